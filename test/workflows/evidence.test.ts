import { playAll } from '../support/temporal/at-once';
import { Migration, SAY } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';

/* What follows from evidence that is too little, or does not come. */

const WITHIN_MS = 120_000;

let theatre: Theatre;
const plays = playAll<Record<string, unknown>>({
  open: async () => (theatre = await Theatre.open()),
  plays: () => PLAYS,
  withinMs: WITHIN_MS,
});

/** So little traffic that a step never has its sample. */
async function starved(workload: string, extendMax: number): Promise<Migration> {
  const guardrails = { requestCountMin: 900_000, extendMax };
  // Shadow has its sample by itself: it is not what this is about.
  const migration = Migration.of(theatre, workload, { guardrails, cutover: { weights: [100] } });
  return migration.start();
}

async function blindAtHalf(workload: string): Promise<Migration> {
  const migration = Migration.of(theatre, workload, { cutover: { weights: [50, 75, 100], stabilization: '3s' } });
  await migration.start();
  await migration.untilAtWeight(75);
  migration.world.metricsOutage = true;
  return migration;
}

const PLAYS: Record<string, () => Promise<Record<string, unknown>>> = {
  'too little, approved': async () => {
    const migration = await starved('little', 1);
    const status = await migration.untilGate('evidence-shadow-50');
    await migration.send('approve', { gate: 'evidence-shadow-50', ...SAY });
    const next = await migration.untilGate('evidence-cutover-100');
    await migration.send('reject');
    const rolledBack = await migration.untilRolledBack();
    return { status, next, rolledBack, records: await migration.records() };
  },
  'too little traffic in the baseline': async () => {
    const guardrails = { requestCountMin: 900_000 };
    const migration = await Migration.of(theatre, 'quiet', { guardrails, cutover: { weights: [50, 100] } }).start();
    const asked = await migration.untilGate('power');
    const built = migration.world.targetGroups.size;
    await migration.send('reject', { gate: 'power', ...SAY });
    const rejected = await migration.untilRolledBack();
    await migration.send('retry');
    await migration.untilGate('power');
    await migration.send('approve', { gate: 'power', ...SAY });
    const approved = await migration.untilPhase('shadow');
    await migration.send('abandon');
    await migration.result();
    return { asked, built, rejected, approved };
  },
  'too little, extended': async () => {
    const migration = await starved('more', 0);
    await migration.untilGate('evidence-shadow-50');
    const answer = await migration.handle.executeUpdate('extendStep', { args: [{ by: '2s', ...SAY }] });
    const holding = await migration.until('hold', ({ gate, clockRuns }) => gate === null && clockRuns);
    const again = await migration.untilGate('evidence-shadow-50');
    return { answer, holding, again };
  },
  'nobody in standby': async () => {
    const migration = Migration.of(theatre, 'nobody', { guardrails: { extendMax: 1 } });
    await migration.start();
    await migration.untilPhase('decommission');
    migration.world.setTraffic('nobody', { requestsPerSecond: 0 });
    const status = await migration.until('the question', ({ gate }) => gate?.name.startsWith('evidence-') === true);
    await migration.send('reject');
    const rolledBack = await migration.untilRolledBack();
    return { status, rolledBack };
  },
  'silent and back': async () => {
    const migration = await blindAtHalf('back');
    const blind = await migration.until('blind', ({ verdict }) => verdict?.kind === 'blind');
    migration.world.metricsOutage = false;
    const seeing = await migration.until('seeing', ({ verdict, clockRuns }) => verdict?.kind === 'pass' && clockRuns);
    const { outcome } = await migration.result();
    return { blind, seeing, outcome };
  },
  'silent for too long': async () => {
    const migration = await blindAtHalf('silent');
    const gate = await migration.untilGate('blind-cutover-75');
    const share = migration.targetShare();
    migration.world.metricsOutage = false;
    await migration.send('approve', {});
    const tried = await migration.untilAtWeight(75);
    const { outcome } = await migration.result();
    return { gate, share, tried, outcome, records: await migration.records() };
  },
  'silent tap': async () => {
    const migration = await Migration.of(theatre, 'tap', { shadow: { firstHold: '1h' } }).start();
    await migration.until('copies', ({ phase, remainingMs }) => phase === 'shadow' && remainingMs !== null);
    migration.world.metricsOutage = true;
    const gate = await migration.untilGate('blind-shadow-50');
    const fraction = migration.world.taps.get(migration.place.tap)?.orders.newest()?.fraction;
    await migration.send('reject');
    const status = await migration.untilRolledBack();
    return { gate, fraction, status };
  },
  'silent in standby': async () => {
    const migration = await Migration.of(theatre, 'standby', { decommission: { after: '3s' } }).start();
    await migration.until('the wait', ({ phase, remainingMs }) => phase === 'decommission' && remainingMs !== null);
    migration.world.metricsOutage = true;
    const looksBefore = migration.world.faults.count('metrics.readWindows');
    const blind = await migration.until('blind', ({ verdict, clockRuns }) => verdict?.kind === 'blind' && !clockRuns);
    await migration.until('patience', () => migration.world.faults.count('metrics.readWindows') > looksBefore + 15);
    const still = await migration.status();
    migration.world.metricsOutage = false;
    const { outcome } = await migration.result();
    return { blind, still, outcome };
  },
};

describe('too little evidence', () => {
  test(
    'a baseline with too little traffic for the guardrails: a person is asked before anything is built',
    async () => {
      const { asked, built, rejected, approved } = await plays.of('too little traffic in the baseline');

      expect(asked).toMatchObject({
        phase: 'baseline',
        gate: { question: expect.stringMatching(/900000 are wanted/) },
      });
      expect(built).toBe(1);
      expect(rejected).toMatchObject({ phase: 'rolled_back', rollback: { by: 'ann' } });
      expect(approved).toMatchObject({ phase: 'shadow' });
    },
    WITHIN_MS,
  );

  test(
    'a step: is extended as often as allowed, then a gate asks, and an approval goes on',
    async () => {
      const { status, next, records } = await plays.of('too little, approved');
      const extensions = (records as { kind: string; text: string }[]).filter(({ kind }) => kind === 'extended');

      expect(status).toMatchObject({ verdict: { kind: 'insufficient' }, clockRuns: false, phase: 'shadow' });
      expect(extensions.map(({ text }) => text.split(' ')[0])).toEqual(['shadow-50', 'cutover-100']);
      expect(next).toMatchObject({ phase: 'cutover', wanted: { target: 100 } });
    },
    WITHIN_MS,
  );

  test(
    'a gate that asks for more: rejected, rolls back',
    async () => {
      const { rolledBack } = await plays.of('too little, approved');

      expect(rolledBack).toMatchObject({ wanted: { target: 0 }, rollback: { by: 'ann' } });
    },
    WITHIN_MS,
  );

  test(
    'extendStep at the gate: closes it, holds on, and asks again when it was not enough',
    async () => {
      const { answer, holding, again } = await plays.of('too little, extended');

      expect(answer).toBe('extended by 2s');
      expect(holding).toMatchObject({ phase: 'shadow', gate: null });
      expect(again).toMatchObject({ gate: { name: 'evidence-shadow-50' } });
    },
    WITHIN_MS,
  );
});

describe('evidence that does not come', () => {
  test(
    'a step: stands still at its weight, and goes on when metrics are back',
    async () => {
      const { blind, seeing, outcome } = await plays.of('silent and back');

      expect(blind).toMatchObject({
        wanted: { target: 75 },
        clockRuns: false,
        waitingFor: expect.stringMatching(/^metrics/),
      });
      expect(seeing).toMatchObject({ wanted: { target: 75 } });
      expect(outcome).toBe('completed');
    },
    WITHIN_MS,
  );

  test(
    'for longer than blindHold: goes one weight back and asks; approved, tries again and completes',
    async () => {
      const { gate, share, tried, outcome, records } = await plays.of('silent for too long');

      expect(gate).toMatchObject({
        wanted: { target: 50 },
        gate: { question: expect.stringContaining('went back to 50/50') },
      });
      expect(share).toBe(50);
      expect(tried).toMatchObject({ generation: 5 });
      expect(outcome).toBe('completed');
      expect(records).not.toContainEqual(expect.objectContaining({ kind: 'rollback' }));
    },
    WITHIN_MS,
  );

  test(
    'from the tap: stops the copies and asks; rejected, rolls back',
    async () => {
      const { gate, fraction, status } = await plays.of('silent tap');

      expect(gate).toMatchObject({ phase: 'shadow' });
      expect(fraction).toBe(0);
      expect(status).toMatchObject({ rollback: { by: 'ann', from: 'shadow' } });
    },
    WITHIN_MS,
  );

  test(
    'in standby: time in which the target served nobody is extended, then a person is asked',
    async () => {
      const { status, rolledBack } = await plays.of('nobody in standby');

      expect(status).toMatchObject({ phase: 'decommission', wanted: { target: 100 } });
      expect((status as { decisions: string[] }).decisions.join()).toMatch(/extended by/);
      expect(rolledBack).toMatchObject({ wanted: { target: 0 }, rollback: { by: 'ann' } });
    },
    WITHIN_MS,
  );

  test(
    'in standby: the clock stands still for as long as it takes, all traffic on the target',
    async () => {
      const { blind, still, outcome } = await plays.of('silent in standby');
      const [first, later] = [blind, still] as { remainingMs: number }[];

      expect(still).toMatchObject({ wanted: { target: 100 }, clockRuns: false, gate: null });
      expect(later?.remainingMs).toBe(first?.remainingMs);
      expect(outcome).toBe('completed');
    },
    WITHIN_MS,
  );
});
