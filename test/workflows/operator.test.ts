import type { WorkflowUpdateFailedError } from '@temporalio/client';
import { MigrationError } from '../../src/domain/errors';
import { playAll } from '../support/temporal/at-once';
import { Migration, SAY } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';

/* What an operator can say, in every phase, and what comes of it. */

const WITHIN_MS = 120_000;
const LONG = '1h';

let theatre: Theatre;
const plays = playAll<Record<string, unknown>>({
  open: async () => (theatre = await Theatre.open()),
  plays: () => PLAYS,
  withinMs: WITHIN_MS,
});

const begin = (workload: string, changes: Record<string, unknown> = {}): Promise<Migration> =>
  Migration.of(theatre, workload, changes).start();

const refusalOf = (update: Promise<unknown>): Promise<string> =>
  update.then(
    () => 'accepted',
    (error: WorkflowUpdateFailedError) => error.cause?.message ?? error.message,
  );

/** The run as the server sees it at its end. */
async function closing(migration: Migration): Promise<string> {
  await migration.result().catch(() => undefined);
  return (await migration.handle.describe()).status.name;
}

async function rolledBack(migration: Migration): Promise<Record<string, unknown>> {
  await migration.send('rollback');
  const status = await migration.untilRolledBack();
  await migration.send('abandon');
  const { outcome } = await migration.result();
  return { status, share: migration.targetShare(), kinds: await migration.recordedKinds(), outcome };
}

const PLAYS: Record<string, () => Promise<Record<string, unknown>>> = {
  'rollback in baseline': async () => {
    const migration = Migration.of(theatre, 'in-baseline', { baseline: { window: '1h' } });
    migration.world.metricGaps.push({ fromMs: 0, toMs: Date.now() });
    await migration.start();
    await migration.until('the window', ({ phase, remainingMs }) => phase === 'baseline' && remainingMs !== null);
    return rolledBack(migration);
  },
  'rollback in environment': async () => {
    const migration = Migration.of(theatre, 'in-environment');
    migration.world.faults.failCall('data.copy', 1, new MigrationError('AwsDenied', 'no'));
    await migration.start();
    await migration.untilBlocked();
    return rolledBack(migration);
  },
  'rollback in shadow': async () => {
    const migration = await begin('in-shadow', { shadow: { firstHold: LONG } });
    await migration.until('copies', ({ phase, remainingMs }) => phase === 'shadow' && remainingMs !== null);
    return rolledBack(migration);
  },
  'rollback in cutover': async () => {
    const migration = await begin('in-cutover', { cutover: { stabilization: LONG } });
    await migration.untilAtWeight(50);
    return rolledBack(migration);
  },
  'rollback in decommission': async () => {
    const migration = await begin('in-decommission', { decommission: { after: LONG } });
    await migration.until('the wait', ({ phase, remainingMs }) => phase === 'decommission' && remainingMs !== null);
    return rolledBack(migration);
  },
  pause: async () => {
    const migration = await begin('pause', { cutover: { stabilization: LONG } });
    await migration.untilAtWeight(50);
    await migration.send('pause');
    const first = await migration.until('paused', (status) => status.paused);
    const heardBefore = migration.world.faults.count('metrics.readWindows');
    // Watching goes on.
    await migration.until('looks', () => migration.world.faults.count('metrics.readWindows') >= heardBefore + 2);
    const second = await migration.status();
    await migration.send('resume');
    const third = await migration.until('resumed', (status) => status.clockRuns && !status.paused);
    await migration.send('abandon');
    await migration.result();
    return { first, second, third };
  },
  'retry after rollback': async () => {
    const migration = await begin('again', { cutover: { approvals: { beforeEach: true } } });
    await migration.untilGate('cutover-50');
    await migration.send('approve', { gate: 'cutover-50', ...SAY });
    await migration.untilGate('cutover-100');
    await migration.send('rollback');
    const latched = await migration.untilRolledBack();
    const share = migration.targetShare();
    await migration.send('retry');
    await migration.untilGate('cutover-50');
    await migration.send('approve', {});
    await migration.untilGate('cutover-100');
    await migration.send('approve', {});
    const { outcome } = await migration.result();
    return { latched, share, outcome, records: await migration.records() };
  },
  abandon: async () => {
    const migration = Migration.of(theatre, 'abandon', { cutover: { stabilization: LONG } });
    const before = migration.world.snapshot();
    await migration.start();
    await migration.untilAtWeight(50);
    await migration.send('abandon');
    const { outcome } = await migration.result();
    return { before, outcome, after: migration.world.snapshot() };
  },
  cancel: async () => {
    const migration = await begin('cancel', { cutover: { stabilization: LONG } });
    await migration.untilAtWeight(50);
    await migration.handle.cancel();
    const closed = await closing(migration);
    const { claims, notices } = migration.world;
    return {
      closed,
      share: migration.targetShare(),
      claims: [...claims],
      frozenFrom: migration.world.autoScalingGroups.get(migration.place.sourceFleet)?.frozenFrom,
      kinds: await migration.recordedKinds(),
      events: notices.map(({ notice }) => notice.event),
    };
  },
  reject: async () => {
    const migration = await begin('reject', { cutover: { approvals: { beforeEach: true } } });
    await migration.untilGate('cutover-50');
    await migration.handle.executeUpdate('approveGate', { args: [{ gate: 'cutover-50', ...SAY }] });
    await migration.untilGate('cutover-100');
    const wrongGate = await refusalOf(
      migration.handle.executeUpdate('approveGate', { args: [{ gate: 'cutover-50' }] }),
    );
    await migration.send('reject');
    const status = await migration.untilRolledBack();
    const noGate = await refusalOf(migration.handle.executeUpdate('approveGate', { args: [] }));
    return { wrongGate, noGate, status, share: migration.targetShare() };
  },
  'after the point of no return': async () => {
    const migration = Migration.of(theatre, 'no-return');
    migration.world.faults.failCall('compute.terminateInstances', 1, new MigrationError('AwsDenied', 'not allowed'));
    await migration.start();
    await migration.untilBlocked();
    const refusal = await refusalOf(migration.handle.executeUpdate('requestRollback', { args: [SAY] }));
    await migration.send('rollback');
    await migration.send('abandon');
    const told = await migration.until(
      'both answers',
      ({ decisions }) => decisions.filter((line) => line.includes('refused')).length === 2,
    );
    const share = migration.targetShare();
    await migration.send('retry');
    const { outcome } = await migration.result();
    return { refusal, told, share, outcome };
  },
  'bare messages': async () => {
    const migration = await begin('bare', { cutover: { stabilization: LONG } });
    await migration.untilAtWeight(50);
    await migration.handle.signal('pause');
    await migration.until('paused', ({ paused }) => paused);
    await migration.handle.signal('make-coffee', { sugar: 2 });
    const unknown = await migration.until('unknown', ({ unknownMessages }) => unknownMessages.length > 0);
    await migration.handle.signal('rollback');
    const status = await migration.untilRolledBack();
    await migration
      .until('recorded', ({ ledgerRecords }) => ledgerRecords > status.ledgerRecords)
      .catch(() => undefined);
    return { unknown, status, share: migration.targetShare(), records: await migration.records() };
  },
  extend: async () => {
    const migration = Migration.of(theatre, 'extend', { cutover: { stabilization: LONG } });
    migration.world.faults.failCall('data.copy', 1, new MigrationError('AwsDenied', 'no'));
    await migration.start();
    await migration.untilBlocked();
    const early = await refusalOf(migration.handle.executeUpdate('extendStep', { args: [{ by: '6h' }] }));
    await migration.send('retry');
    const before = await migration.untilAtWeight(50);
    const wrong = await refusalOf(migration.handle.executeUpdate('extendStep', { args: [{ by: 'soon' }] }));
    await migration.handle.executeUpdate('extendStep', { args: [{ by: '6h', ...SAY }] });
    return { early, wrong, before, after: await migration.status() };
  },
};

describe('rollback', () => {
  test.each([
    ['baseline', 'baseline'],
    ['environment', 'environment'],
    ['shadow', 'shadow'],
    ['cutover', 'shadow'],
    ['decommission', 'shadow'],
  ])(
    'in %s: traffic is on the source, latched, and recorded',
    async (phase, from) => {
      const { status, share, kinds, outcome } = await plays.of(`rollback in ${phase}`);

      expect(status).toMatchObject({
        phase: 'rolled_back',
        wanted: { source: 100, target: 0 },
        rollback: { by: 'ann', reason: 'because', from },
      });
      expect(share).toBe(0);
      expect(kinds).toEqual(expect.arrayContaining(['rollback', 'rolled_back']));
      expect(outcome).toBe('abandoned');
    },
    WITHIN_MS,
  );

  test(
    'retry after it: starts again from shadow and completes',
    async () => {
      const { latched, share, outcome, records } = await plays.of('retry after rollback');

      expect(latched).toMatchObject({ phase: 'rolled_back', gate: null });
      expect(share).toBe(0);
      expect(outcome).toBe('completed');
      expect(records).toContainEqual(
        expect.objectContaining({ kind: 'restarted', text: 'starts again from shadow', actor: SAY }),
      );
    },
    WITHIN_MS,
  );

  test(
    'after the point of no return: is refused with the reason, and the migration completes',
    async () => {
      const { refusal, told, share, outcome } = await plays.of('after the point of no return');

      expect(refusal).toMatch(/the source is terminated: there is nothing to roll back to/);
      expect(told).toMatchObject({ phase: 'decommission', blocked: { code: 'AwsDenied' }, rollback: null });
      expect(share).toBe(100);
      expect(outcome).toBe('completed');
    },
    WITHIN_MS,
  );
});

describe('other messages', () => {
  test(
    'pause: the rest of the step stands still while watching goes on, until resume',
    async () => {
      const { first, second, third } = (await plays.of('pause')) as Record<
        string,
        { remainingMs: number; clockRuns: boolean }
      >;

      expect(first).toMatchObject({ clockRuns: false, stepEndsAt: null });
      expect(second?.remainingMs).toBe(first?.remainingMs);
      expect(third?.clockRuns).toBe(true);
    },
    WITHIN_MS,
  );

  test(
    'abandon: in the middle of cutover leaves the world as it was',
    async () => {
      const { before, outcome, after } = await plays.of('abandon');

      expect(outcome).toBe('abandoned');
      expect(after).toEqual(before);
    },
    WITHIN_MS,
  );

  test(
    'cancel: traffic goes back to the source, the claims are given back, people are told, and the run ends as cancelled',
    async () => {
      const { closed, share, claims, frozenFrom, kinds, events } = await plays.of('cancel');

      expect(closed).toBe('CANCELLED');
      expect(share).toBe(0);
      expect(claims).toEqual([]);
      expect(frozenFrom).toBeUndefined();
      // The slice that was cut may still add its evidence.
      expect((kinds as string[]).filter((kind) => kind !== 'evidence').at(-1)).toBe('cancelled');
      expect((events as string[]).at(-1)).toBe('cancelled');
    },
    WITHIN_MS,
  );

  test(
    'reject: rolls back; an answer to another gate, or to none, is refused at once',
    async () => {
      const { wrongGate, noGate, status, share } = await plays.of('reject');

      expect(wrongGate).toBe('gate cutover-50 is not open; cutover-100 is');
      expect(noGate).toBe('no gate is open');
      expect(status).toMatchObject({ rollback: { by: 'ann' } });
      expect(share).toBe(0);
    },
    WITHIN_MS,
  );

  test(
    'messages without a payload: act, and are recorded as unknown',
    async () => {
      const { status, share, records } = await plays.of('bare messages');
      const nobody = { requestedBy: 'unknown', reason: 'unknown' };

      expect(status).toMatchObject({ rollback: { by: 'unknown', reason: 'unknown' } });
      expect(share).toBe(0);
      expect(records).toContainEqual(expect.objectContaining({ kind: 'paused', actor: nobody }));
    },
    WITHIN_MS,
  );

  test(
    'an unknown signal: is recorded and shown',
    async () => {
      const { unknown, records } = await plays.of('bare messages');

      expect(unknown).toMatchObject({ unknownMessages: ['make-coffee'], phase: 'cutover' });
      expect(records).toContainEqual(
        expect.objectContaining({ kind: 'unknown_message', text: expect.stringContaining('make-coffee') }),
      );
    },
    WITHIN_MS,
  );

  test(
    'extendStep: makes the step longer, and is refused at once without a step or a length',
    async () => {
      const { early, wrong, before, after } = await plays.of('extend');
      const [first, later] = [before, after] as { stepEndsAt: number }[];

      expect(early).toBe('no step is being held');
      expect(wrong).toMatch(/expected a length of time such as "6h", got "soon"/);
      expect((later?.stepEndsAt ?? 0) - (first?.stepEndsAt ?? 0)).toBeCloseTo(6 * 3_600_000, -3);
    },
    WITHIN_MS,
  );
});
