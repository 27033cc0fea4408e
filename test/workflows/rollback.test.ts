import { verifyChain } from '../../src/activities/ledger-chain';
import { MigrationError } from '../../src/domain/errors';
import { LEDGER_BUCKET } from '../support/fakes';
import { AtOnce } from '../support/temporal/at-once';
import { Migration, SAY } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';

/* Traffic comes back, whatever else is broken, and stays. */

const WITHIN_MS = 120_000;
const AT_ONCE_MAX = 20;
const LONG = { cutover: { stabilization: '1h' } };
const DENIED = new MigrationError('AwsDenied', 'not allowed to ModifyRule');
const DOWN = new MigrationError('AwsUnavailable', 'no answer');

let theatre: Theatre;
const plays = new AtOnce<Record<string, unknown>>();

beforeAll(async () => {
  theatre = await Theatre.open();
  plays.begin({ ...PLAYS, ...EMERGENCIES }, AT_ONCE_MAX);
}, 60_000);

afterAll(async () => {
  await plays.settled();
  await theatre.close();
}, WITHIN_MS);

/** In the middle of cutover, half of the traffic on the target, nothing due for an hour. */
async function atHalf(workload: string, changes: Record<string, unknown> = LONG): Promise<Migration> {
  const migration = await Migration.of(theatre, workload, changes).start();
  await migration.untilAtWeight(50);
  return migration;
}

const PLAYS: Record<string, () => Promise<Record<string, unknown>>> = {
  breach: async () => {
    const migration = await atHalf('breach');
    migration.world.setTraffic('breach', { targetErrorRate: 0.5 });
    const status = await migration.untilRolledBack();
    return { status, share: migration.targetShare() };
  },
  'breach in shadow': async () => {
    const migration = await Migration.of(theatre, 'wrong', { shadow: { firstHold: '1h' } }).start();
    await migration.until('copies', ({ phase, remainingMs }) => phase === 'shadow' && remainingMs !== null);
    migration.world.setTraffic('wrong', { mismatchRate: 0.5 });
    const status = await migration.untilRolledBack();
    const tap = migration.world.taps.get(migration.place.tap);
    await migration.until('copies off', () => tap?.orders.newest()?.fraction === 0);
    return { status, shifts: migration.world.faults.count('router.writeShares') };
  },
  'breach while the ledger hangs': async () => {
    const migration = await atHalf('mute');
    migration.world.faults.failEvery('ledger.putIfAbsent', DOWN);
    // Something to record, so that the main loop is busy trying.
    const before = migration.world.faults.count('ledger.putIfAbsent');
    await migration.send('pause');
    await migration.until('a record that waits', () => migration.world.faults.count('ledger.putIfAbsent') > before);
    migration.world.setTraffic('mute', { targetErrorRate: 0.5 });
    const status = await migration.untilRolledBack();
    return { status, share: migration.targetShare() };
  },
  'breach between two steps': async () => {
    const migration = await atHalf('between', { cutover: { stabilization: '3s' } });
    const ledger = migration.world.buckets.get(LEDGER_BUCKET)?.objects ?? new Map<string, string>();
    const isRecorded = (): boolean => [...ledger.values()].some((body) => body.includes('weights 50/50 read back'));
    await migration.until('the record of the step', isRecorded);
    migration.world.faults.failEvery('ledger.putIfAbsent', DOWN);
    const isNext = (line: string): boolean => line.includes('weights to 0/100');
    await migration.until('the next step', ({ decisions }) => decisions.some(isNext));
    migration.world.setTraffic('between', { targetErrorRate: 0.5 });
    const status = await migration.untilRolledBack();
    return { status, share: migration.targetShare() };
  },
  'ledger down': async () => {
    const migration = await atHalf('unwritten', { cutover: { stabilization: '3s' } });
    const mend = migration.world.faults.failEvery('ledger.putIfAbsent', new MigrationError('AwsDenied', 'no writing'));
    const { blocked } = await migration.untilBlocked();
    await migration.send('rollback');
    await migration.untilRolledBack();
    const share = migration.targetShare();
    mend();
    await migration.send('abandon');
    await migration.result();
    return { blocked, share, records: await migration.records() };
  },
  refused: async () => {
    const migration = await atHalf('refused');
    const mend = migration.world.faults.failEvery('router.writeShares', DENIED);
    await migration.send('rollback');
    const { blocked } = await migration.untilBlocked();
    mend();
    await migration.send('retry');
    const status = await migration.untilRolledBack();
    return { blocked, status, share: migration.targetShare() };
  },
  'retry before it is done': async () => {
    const migration = Migration.of(theatre, 'hasty');
    migration.world.faults.failCall('router.writeShares', 1, DENIED);
    await migration.start();
    await migration.untilBlocked();
    const restoring = migration.world.faults.holdNext('router.writeShiftTag');
    await migration.send('rollback');
    await restoring.reached;
    await migration.send('retry');
    restoring.release();
    await migration.until('rolled back', ({ phase }) => phase === 'rolled_back');
    // The guard against late writes over, a retry that counted would have started again.
    await migration.until('latched', ({ step }) => step.startsWith('traffic is on the source'));
    await migration.send('pause');
    return { status: await migration.until('paused', ({ paused }) => paused) };
  },
  'a late write of the first attempt': () => lateWrite('late', 0),
  // By then more time has passed than one attempt may take.
  'a late write of the sixth attempt': () => lateWrite('later', 5),
};

/** The 100/0 of the join passes; the 50/50 fails so many times, then stalls, and writes after the rollback. */
async function lateWrite(workload: string, failedAttempts: number): Promise<Record<string, unknown>> {
  const migration = Migration.of(theatre, workload);
  const { faults } = migration.world;
  const stalled: { reached: Promise<void>; release(): void }[] = [];
  faults.after('router.writeShares', 1, () => {
    for (let attempt = 1; attempt <= failedAttempts; attempt += 1) faults.failCall('router.writeShares', 1, DOWN);
    stalled.push(faults.holdNext('router.writeShares'));
  });
  await migration.start();
  await migration.until('the step', ({ wanted }) => wanted.target === 50);
  await stalled[0]?.reached;
  await migration.send('rollback');
  await migration.untilRolledBack();
  const before = faults.count('router.writeShares');
  stalled[0]?.release();
  await migration.until('the guard', () => faults.count('router.writeShares') > before);
  await migration.until('all on the source', () => migration.targetShare() === 0);
  return { generation: migration.world.routes.get(migration.place.route.arn)?.shift?.generation };
}

const EMERGENCIES: typeof PLAYS = {
  'emergency beside it': async () => {
    const migration = await atHalf('beside');
    const result = await migration.emergency();
    const share = migration.targetShare();
    const status = await migration.untilRolledBack();
    return { result, share, status, records: await migration.records() };
  },
  'two emergencies beside it': async () => {
    const migration = await atHalf('twice', { ...LONG, guardrails: { blindHold: '1h' } });
    // It must not see by itself that its traffic is gone, and go back before it is told.
    migration.world.metricsOutage = true;
    await migration.until('blindness', ({ verdict }) => verdict?.kind === 'blind');
    await migration.emergency();
    await migration.emergency();
    await migration.send('rollback');
    const status = await migration.untilRolledBack();
    return { status, share: migration.targetShare() };
  },
  'emergency at a gate': async () => {
    const migration = await Migration.of(theatre, 'gate', { cutover: { approvals: { beforeEach: true } } }).start();
    await migration.untilGate('cutover-50');
    await migration.emergency();
    await migration.send('approve', {});
    const { blocked } = await migration.untilBlocked();
    const share = migration.targetShare();
    await migration.send('rollback');
    await migration.untilRolledBack();
    await migration.send('retry');
    await migration.untilGate('cutover-50');
    await migration.send('approve', {});
    await migration.untilGate('cutover-100');
    await migration.send('approve', {});
    return { blocked, share, outcome: (await migration.result()).outcome };
  },
  'emergency after termination': async () => {
    const migration = await atHalf('terminated');
    await migration.handle.terminate('by mistake');
    const result = await migration.emergency();
    return { result, share: migration.targetShare(), records: await migration.records() };
  },
};

describe('a broken guardrail', () => {
  test(
    'in cutover: puts the traffic back without a person',
    async () => {
      const { status, share } = await plays.of('breach');

      expect(status).toMatchObject({
        rollback: { by: 'crossfade', reason: expect.stringContaining('error rate of the target') },
      });
      expect(share).toBe(0);
    },
    WITHIN_MS,
  );

  test(
    'in shadow: stops the copies, and no user ever sees the target',
    async () => {
      const { status, shifts } = await plays.of('breach in shadow');

      expect(status).toMatchObject({
        rollback: { by: 'crossfade', reason: expect.stringContaining('outputs differ') },
      });
      expect(shifts).toBe(0);
    },
    WITHIN_MS,
  );

  test.each(['breach while the ledger hangs', 'breach between two steps'])(
    '%s: the traffic does not wait for the ledger',
    async (name) => {
      const { status, share } = await plays.of(name);

      expect(status).toMatchObject({ blocked: null, rollback: { by: 'crossfade' } });
      expect(share).toBe(0);
    },
    WITHIN_MS,
  );
});

describe('rollback in trouble', () => {
  test(
    'a ledger that refuses: blocks the migration, a rollback works all the same, and its record follows',
    async () => {
      const { blocked, share, records } = await plays.of('ledger down');

      expect(blocked).toMatchObject({ step: 'ledger', code: 'AwsDenied', message: 'no writing' });
      expect(share).toBe(0);
      expect(records).toContainEqual(expect.objectContaining({ kind: 'rollback', actor: SAY }));
      expect(verifyChain(records as never)).toEqual([]);
    },
    WITHIN_MS,
  );

  test(
    'a rollback that is refused: is shown as blocked, and done as soon as it is allowed',
    async () => {
      const { blocked, status, share } = await plays.of('refused');

      expect(blocked).toMatchObject({ code: 'AwsDenied', message: 'not allowed to ModifyRule' });
      expect(status).toMatchObject({ blocked: null, phase: 'rolled_back' });
      expect(share).toBe(0);
    },
    WITHIN_MS,
  );

  test(
    'a retry sent before it is done: does not take it back',
    async () => {
      const { status } = await plays.of('retry before it is done');

      expect(status).toMatchObject({ phase: 'rolled_back', rollback: { by: 'ann' } });
    },
    WITHIN_MS,
  );

  test.each(['a late write of the first attempt', 'a late write of the sixth attempt'])(
    '%s: is put back',
    async (name) => {
      const { generation } = await plays.of(name);

      expect(generation).toBe(3);
    },
    WITHIN_MS,
  );
});

describe('rollbackTraffic', () => {
  test(
    'beside a running migration: traffic is back, and the migration sees it and rolls back too',
    async () => {
      const { result, share, status, records } = await plays.of('emergency beside it');

      expect(result).toMatchObject({ generation: 4, recorded: true });
      expect(share).toBe(0);
      expect(status).toMatchObject({ rollback: { by: 'crossfade', reason: expect.stringContaining('wanted 50 %') } });
      expect(records).toContainEqual(expect.objectContaining({ kind: 'rolled_back', phase: 'emergency', actor: SAY }));
      expect(verifyChain(records as never)).toEqual([]);
    },
    WITHIN_MS,
  );

  test(
    'twice beside a running migration: its own rollback still works',
    async () => {
      const { status, share } = await plays.of('two emergencies beside it');

      expect(status).toMatchObject({ phase: 'rolled_back', generation: 6 });
      expect(share).toBe(0);
    },
    WITHIN_MS,
  );

  test(
    'before a step of the migration: the step is refused, and after rollback and retry it completes',
    async () => {
      const { blocked, share, outcome } = await plays.of('emergency at a gate');

      expect(blocked).toMatchObject({ code: 'StaleGeneration' });
      expect(share).toBe(0);
      expect(outcome).toBe('completed');
    },
    WITHIN_MS,
  );

  test(
    'after the migration was terminated: traffic is back and recorded in its ledger',
    async () => {
      const { result, share, records } = await plays.of('emergency after termination');

      expect(result).toMatchObject({ workload: 'terminated', recorded: true });
      expect(share).toBe(0);
      expect((records as unknown[]).at(-1)).toMatchObject({ kind: 'rolled_back', phase: 'emergency' });
      expect(verifyChain(records as never)).toEqual([]);
    },
    WITHIN_MS,
  );
});
