import { readLedger } from '../../src/activities/ledger-chain';
import { temporalSchedules } from '../../src/adapters/temporal-schedules';
import { partSchedule } from '../../src/cli/part-schedule';
import type { PartName } from '../../src/contracts/messages';
import type { BaselineReport } from '../../src/workflows/capture-baseline';
import type { ValidationReport } from '../../src/workflows/validate-target';
import { fakeLedger } from '../support/fakes';
import { Migration } from '../support/temporal/migration';
import { migrated, runPart, validated } from '../support/temporal/parts';
import { Theatre } from '../support/temporal/theatre';

/* Parts of a migration that run by themselves: baselines, dry runs, and the watch over a target that has been accepted. */

const WITHIN_MS = 60_000;
const NOTIFY = [{ webhook: 'https://example.com/hook' }];

let theatre: Theatre;
beforeAll(async () => {
  theatre = await Theatre.open();
}, WITHIN_MS);
afterAll(() => theatre.close(), WITHIN_MS);

const run = <Report>(part: PartName, migration: Migration): Promise<Report> => runPart(theatre, part, migration);

test(
  'captureBaseline: reads what the first phase reads, and records it beside the migrations',
  async () => {
    const migration = Migration.of(theatre, 'measured');
    const { baseline, skipped } = await run<BaselineReport>('baseline', migration);
    const records = await readLedger(fakeLedger(migration.world, migration.place.ledger), 'measured.baseline');

    expect(skipped).toBeNull();
    expect(baseline?.requestCount).toBeGreaterThan(0);
    expect(records).toMatchObject([
      { kind: 'baseline', seq: 1, values: { baseline: { requestCount: baseline?.requestCount } } },
    ]);
    expect(await migration.records()).toEqual([]);
  },
  WITHIN_MS,
);

test.each<[PartName, string]>([
  ['baseline', 'beside-a'],
  ['validation', 'beside-b'],
  ['dry-run', 'beside-c'],
])(
  '%s: beside a migration that is running it looks at nothing, and says why',
  async (part, workload) => {
    const migration = Migration.of(theatre, workload);
    migration.world.histories.set(workload, { document: migration.document, open: true });

    expect(await run(part, migration)).toMatchObject({ skipped: `the migration of ${workload} is running` });
    expect(migration.world.faults.count('router.readRoute')).toBe(0);
  },
  WITHIN_MS,
);

test(
  'dryRun: says that a migration could start, or fails as it would',
  async () => {
    const migration = Migration.of(theatre, 'tried');
    expect(await run('dry-run', migration)).toMatchObject({ skipped: null, notes: [] });
    migration.document['router'] = {
      alb: { ruleArn: OTHER_RULE, sourceTargetGroupArn: migration.place.route.sourceTargetGroupArn },
    };
    await expect(run('dry-run', migration)).rejects.toMatchObject({ cause: { type: 'SpecInvalid' } });
    expect(migration.world.claims.size).toBe(0);
  },
  WITHIN_MS,
);

const OTHER_RULE =
  'arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/app/none/50dc6c495c0c9188/f2f7dc8efc522ab2/1';

test(
  'validateTarget: before a migration is complete there is nothing to compare with',
  async () => {
    const migration = Migration.of(theatre, 'unmoved');
    const { skipped } = await run<ValidationReport>('validation', migration);
    expect(skipped).toBe('the ledger knows no migration of unmoved');
  },
  WITHIN_MS,
);

test(
  'validateTarget: a target as it was accepted has no drift; one that errs and answers otherwise has, and people are told',
  async () => {
    const migration = await migrated(Migration.of(theatre, 'accepted', { notify: NOTIFY }));
    const { world } = migration;
    const first = await validated(theatre, migration, undefined, ({ skipped }) => skipped === null);
    const same = await validated(theatre, migration, first, ({ skipped }) => skipped === null);
    world.setTraffic('accepted', { targetErrorRate: 0.9 });
    world.answer = () => ({ status: 200, body: { score: 9 } });
    const other = await validated(theatre, migration, same, ({ verdict }) => verdict?.kind === 'fail');
    const records = await readLedger(fakeLedger(world, migration.place.ledger), 'accepted.validation');

    expect(first).toMatchObject({ drift: [], answers: { isReference: true } });
    expect(same).toMatchObject({ fromMs: first.toMs, drift: [], answers: { isReference: false, comparedCount: 1 } });
    expect(other.drift).toEqual([expect.stringMatching(/error/), expect.stringMatching(/score: differs at/)]);
    expect(records).toMatchObject([{ kind: 'validated', values: { drift: other.drift } }]);
    expect(world.notices.map(({ notice }) => notice.event)).toContain('drift');
  },
  WITHIN_MS * 2,
);

test(
  'a schedule: is there after it was put, is paused and goes on, and the server refuses a cron that is none',
  async () => {
    const schedules = temporalSchedules(theatre.client, (ask) => ask());
    const migration = Migration.of(theatre, 'repeated');
    const when = { cron: '0 6 * * 1-5', timeZone: 'Europe/Berlin' };
    const repeated = partSchedule('dry-run', migration.workload, migration.document, when);
    await schedules.put(repeated);
    await schedules.pause(repeated.id, 'anna: holidays');
    const paused = await schedules.describe(repeated.id);
    await schedules.resume(repeated.id, 'anna: back');
    const resumed = await schedules.describe(repeated.id);

    expect(paused).toMatchObject({ id: 'dryrun/repeated', paused: true, note: 'anna: holidays', nextAt: null });
    expect(resumed).toMatchObject({ paused: false, nextAt: expect.stringMatching(/T0[45]:0/) });
    await expect(schedules.put({ ...repeated, when: { cron: 'at noon' } })).rejects.toMatchObject({
      code: 'ScheduleRefused',
    });
    await expect(schedules.trigger('dryrun/nobody')).rejects.toMatchObject({ code: 'ScheduleNotFound' });
    expect(await schedules.delete(repeated.id)).toBe(true);
  },
  WITHIN_MS,
);
