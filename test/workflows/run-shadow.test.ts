import { readLedger } from '../../src/activities/ledger-chain';
import type { ShadowReport } from '../../src/workflows/run-shadow';
import { eventually } from '../lab/eventually';
import { fakeLedger } from '../support/fakes';
import { Migration } from '../support/temporal/migration';
import { migrated, runPart } from '../support/temporal/parts';
import { Theatre } from '../support/temporal/theatre';

/* The third phase by itself: copies for a target that stands already, and never a user on it. */

const WITHIN_MS = 60_000;
const TWO_STEPS = { shadow: { startPercent: 20, stepPercent: 30, maxPercent: 50, firstHold: '2s', hold: '2s' } };

let theatre: Theatre;
beforeAll(async () => {
  theatre = await Theatre.open();
}, WITHIN_MS);
afterAll(() => theatre.close(), WITHIN_MS);

const run = (migration: Migration): Promise<ShadowReport> => runPart<ShadowReport>(theatre, 'shadow', migration);

function fractionOf({ world, place }: Migration): number | undefined {
  return world.taps.get(place.tap)?.orders.newest()?.fraction;
}

test(
  'runShadow: every step is held and judged, recorded beside the migrations, and the copies end with it',
  async () => {
    const migration = Migration.overRecords(theatre, 'copied', TWO_STEPS);
    const before = migration.recordSet.route.shares.newest();
    const { skipped, steps } = await run(migration);
    const records = await readLedger(fakeLedger(migration.world, migration.place.ledger), 'copied.shadow');

    expect(skipped).toBeNull();
    expect(steps).toMatchObject([
      { fractionPercent: 20, verdict: { kind: 'pass' } },
      { fractionPercent: 50, verdict: { kind: 'pass' } },
    ]);
    expect(records.filter(({ kind }) => kind !== 'evidence').map(({ kind }) => kind)).toEqual([
      'step_started',
      'step_finished',
      'step_started',
      'step_finished',
    ]);
    expect(records.map(({ kind }) => kind)).toContain('evidence');
    expect(fractionOf(migration)).toBe(0);
    expect(migration.recordSet.route.shares.newest()).toEqual(before);
    expect(await migration.records()).toEqual([]);
  },
  WITHIN_MS,
);

test(
  'runShadow: a target that errs ends it at the first step, and one that is cancelled copies no more',
  async () => {
    const bad = Migration.overRecords(theatre, 'copied-bad', TWO_STEPS);
    bad.world.setTraffic('copied-bad', { targetErrorRate: 0.9 });
    const { steps } = await run(bad);
    const stopped = Migration.overRecords(theatre, 'copied-off', { shadow: { ...TWO_STEPS.shadow, firstHold: '1h' } });
    const ended = run(stopped).catch((error: Error) => error.name);
    await eventually(() => expect(fractionOf(stopped)).toBe(0.2));
    await theatre.client.workflow.getHandle('shadow/copied-off').cancel();

    expect(steps).toMatchObject([{ fractionPercent: 20, verdict: { kind: 'fail' } }]);
    expect(fractionOf(bad)).toBe(0);
    expect(await ended).toBe('WorkflowFailedError');
    expect(fractionOf(stopped)).toBe(0);
  },
  WITHIN_MS,
);

test(
  'runShadow: says why where it copies nothing',
  async () => {
    const built = Migration.of(theatre, 'built-later');
    const beside = Migration.overRecords(theatre, 'copied-beside');
    beside.world.histories.set('copied-beside', { document: beside.document, open: true });
    const moved = await migrated(Migration.overRecords(theatre, 'copied-after'));

    expect((await run(built)).skipped).toBe(
      'the target of built-later is built by its migration: there is none to copy to',
    );
    expect((await run(beside)).skipped).toBe('the migration of copied-beside is running');
    expect((await run(moved)).skipped).toBe('users of copied-after are on the target');
    expect(beside.world.faults.count('shadow.setOrder')).toBe(0);
  },
  WITHIN_MS,
);
