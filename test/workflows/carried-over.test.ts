import { MigrationError } from '../../src/domain/errors';
import { AtOnce } from '../support/temporal/at-once';
import { Migration, SAY } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';

/* A question that is open when a run continues as new is still the same question, and only its answer moves anything. */

const WITHIN_MS = 90_000;
const DENIED = new MigrationError('AwsDenied', 'not allowed');
/** So few that every wait of some length is cut into several runs. Unit: events. */
const EVENTS_OF_A_RUN = 40;

let theatre: Theatre;
/** Where runs are as long as they are in production. */
let roomy: Theatre;
const plays = new AtOnce<Record<string, unknown>>();

beforeAll(async () => {
  theatre = await Theatre.open({ settings: { 'limit.historyCount.suggestContinueAsNew': EVENTS_OF_A_RUN } });
  roomy = await Theatre.open();
  plays.begin(PLAYS, Object.keys(PLAYS).length);
}, 60_000);

afterAll(async () => {
  await plays.settled();
  await theatre.close();
  await roomy.close();
}, WITHIN_MS);

const NOTIFIED = { notify: [{ webhook: 'http://pager.test/hook' }] };

async function runIdOf(migration: Migration): Promise<string> {
  return (await migration.handle.describe()).runId;
}

/** Says something harmless until the run has continued as new. */
async function untilCarriedOver(migration: Migration): Promise<void> {
  const before = await runIdOf(migration);
  let runId = before;
  await migration.until('another run', () => {
    void migration
      .send('skip')
      .then(() => runIdOf(migration))
      .then((now) => (runId = now))
      .catch(() => undefined);
    return runId !== before;
  });
}

/** Credentials that are no good any more refuse everything: the step, and the ledger that should say so. */
async function blockedTwice(
  place: Theatre,
  workload: string,
  meanwhile: (migration: Migration) => Promise<void>,
): Promise<Record<string, unknown>> {
  const migration = Migration.of(place, workload, { shadow: { firstHold: '1h' } });
  const { faults } = migration.world;
  let mend = (): void => undefined;
  faults.intercept('data.copy', 1, () => {
    mend = faults.failEvery('ledger.putIfAbsent', DENIED);
    return Promise.reject(DENIED);
  });
  await migration.start();
  await migration.until('the ledger', ({ blocked }) => blocked?.step === 'ledger');
  await meanwhile(migration);
  mend();
  await migration.send('retry');
  const beneath = await migration.until('the step', ({ blocked }) => blocked?.step !== 'ledger');
  await migration.send('retry');
  const after = await migration.untilPhase('shadow');
  await migration.send('abandon');
  await migration.result();
  return { beneath, after };
}

const PLAYS: Record<string, () => Promise<Record<string, unknown>>> = {
  'evidence gate': async () => {
    const changes = { guardrails: { extendMax: 0 }, cutover: { stabilization: '2s' } };
    const migration = await Migration.of(theatre, 'asked', changes).start();
    const { world } = migration;
    await migration.untilAtWeight(50);
    world.metricGaps.push({ fromMs: Date.now() - 10_000, toMs: Date.now() + 3_600_000 });
    await migration.untilGate('evidence-cutover-50');
    // An observer's slice ends by being blind; only then may a run continue as new.
    world.metricsOutage = true;
    await untilCarriedOver(migration);
    const carried = await migration.untilGate('evidence-cutover-50');
    world.metricsOutage = false;
    world.metricGaps.length = 0;
    await migration.send('approve', { gate: 'evidence-cutover-50', ...SAY });
    return { carried, after: await migration.untilAtWeight(100) };
  },
  'blind gate': async () => {
    const migration = await Migration.of(theatre, 'blinded', { cutover: { stabilization: '1h' } }).start();
    const { world } = migration;
    await migration.untilAtWeight(50);
    world.metricsOutage = true;
    await migration.untilGate('blind-cutover-50');
    await untilCarriedOver(migration);
    const writes = world.faults.count('router.writeShares');
    await untilCarriedOver(migration);
    const carried = await migration.untilGate('blind-cutover-50');
    const [share, writesMeanwhile] = [migration.targetShare(), world.faults.count('router.writeShares') - writes];
    world.metricsOutage = false;
    await migration.send('approve', { gate: 'blind-cutover-50', ...SAY });
    return { carried, share, writesMeanwhile, after: await migration.untilAtWeight(50) };
  },
  'blocked twice': () => blockedTwice(roomy, 'twice', () => Promise.resolve()),
  'blocked twice, carried over': () => blockedTwice(theatre, 'denied', untilCarriedOver),
  'blind gate in shadow': async () => {
    const migration = await Migration.of(theatre, 'unheard', { shadow: { firstHold: '1h' } }).start();
    const { world, place } = migration;
    const copied = (): number | undefined => world.taps.get(place.tap)?.orders.newest()?.fraction;
    await migration.until('copies', ({ phase, remainingMs }) => phase === 'shadow' && remainingMs !== null);
    const mend = world.faults.failEvery('shadow.readWindows', new Error('no answer'));
    await migration.untilGate('blind-shadow-50');
    await untilCarriedOver(migration);
    await untilCarriedOver(migration);
    const carried = await migration.untilGate('blind-shadow-50');
    const fraction = copied();
    mend();
    await migration.send('approve', { gate: 'blind-shadow-50', ...SAY });
    await migration.until('copies again', ({ remainingMs }) => remainingMs !== null && copied() === 0.5);
    return { carried, fraction };
  },
  'blind while asked': async () => {
    const changes = { ...NOTIFIED, cutover: { weights: [25, 50, 100], stabilization: '3s' } };
    const migration = await Migration.of(roomy, 'patient', changes).start();
    const { world } = migration;
    await migration.untilAtWeight(50);
    world.metricsOutage = true;
    const asked = await migration.untilGate('blind-cutover-50');
    const blindNotices = (): number => world.notices.filter(({ notice }) => notice.event === 'blind').length;
    await migration.until('patience over a second time', () => blindNotices() >= 2);
    world.metricsOutage = false;
    await migration.send('approve', { gate: 'blind-cutover-50', ...SAY });
    return { asked, after: await migration.untilAtWeight(100) };
  },
};

test('continue-as-new at an evidence gate: the question stays open, and its answer is acted on', async () => {
  const { carried, after } = await plays.of('evidence gate');

  expect(carried).toMatchObject({ wanted: { target: 50 }, gate: { name: 'evidence-cutover-50' } });
  expect(after).toMatchObject({ wanted: { target: 100 }, gate: null });
}, 90_000);

test('continue-as-new at a gate after blindness: no weight rises before a person has approved', async () => {
  const { carried, share, writesMeanwhile, after } = await plays.of('blind gate');

  expect(carried).toMatchObject({ wanted: { target: 0 } });
  expect({ share, writesMeanwhile }).toEqual({ share: 0, writesMeanwhile: 0 });
  expect(after).toMatchObject({ wanted: { target: 50 }, gate: null });
}, 90_000);

test.each([
  ['blocked twice', 'blocked at a step and then at the ledger: each retry answers one of them'],
  [
    'blocked twice, carried over',
    'continue-as-new while the ledger does not answer: what was blocked beneath still is',
  ],
])(
  '%s: %s, and the migration goes on',
  async (play) => {
    const { beneath, after } = await plays.of(play);

    expect(beneath).toMatchObject({ blocked: { step: 'copy-data model', code: 'AwsDenied' } });
    expect(after).toMatchObject({ blocked: null });
  },
  90_000,
);

test('continue-as-new at a gate after a silent tap: nothing is copied before a person has approved', async () => {
  const { carried, fraction } = await plays.of('blind gate in shadow');

  expect(carried).toMatchObject({ phase: 'shadow', gate: { name: 'blind-shadow-50' } });
  expect(fraction).toBe(0);
}, 90_000);

test('blindness while a person is asked: the step that is then approved gets its own patience', async () => {
  const { asked, after } = await plays.of('blind while asked');

  expect(asked).toMatchObject({ wanted: { target: 25 } });
  expect(after).toMatchObject({ wanted: { target: 100 } });
}, 90_000);
