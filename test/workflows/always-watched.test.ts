import { Context } from '@temporalio/activity';
import type { ObserveInput } from '../../src/contracts/activities';
import { migrationId } from '../../src/contracts/messages';
import { MigrationError } from '../../src/domain/errors';
import type { JudgeState } from '../../src/domain/judge-state';
import type { LedgerRecord } from '../../src/domain/record';
import { AtOnce } from '../support/temporal/at-once';
import { Migration } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';

/* While users are on the target somebody watches, whatever the migration itself waits for. */

const WITHIN_MS = 90_000;

let theatre: Theatre;
const plays = new AtOnce<Record<string, unknown>>();
const watched: ObserveInput[] = [];
const HANGS_AT_PROOF = 'proof';
const HOUR_MS = 3_600_000;
let beginProof = (): void => undefined;
const proofBegan = new Promise<void>((resolve) => (beginProof = resolve));

beforeAll(async () => {
  theatre = await Theatre.open({
    replace: (activities) => ({
      observe: (input) => {
        watched.push(input);
        return activities.observe(input);
      },
      proveNoTraffic: async (input) => {
        const { info, cancelled } = Context.current();
        if (info.workflowExecution?.workflowId === migrationId(HANGS_AT_PROOF)) {
          beginProof();
          await cancelled;
        }
        return activities.proveNoTraffic(input);
      },
    }),
  });
  plays.begin(PLAYS, Object.keys(PLAYS).length);
}, 60_000);

afterAll(async () => {
  await plays.settled();
  await theatre.close();
}, WITHIN_MS);

const slicesOf = (workload: string): ObserveInput[] => watched.filter(({ ledger }) => ledger.workload === workload);

/** Writes of weights arrive, and whoever sent them waits for ever; but for writes that leave the target empty. */
function hangAfterShares(migration: Migration): void {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    migration.world.faults.intercept('router.writeShares', 1, async (call) => {
      const answer = await call();
      return migration.targetShare() === 0 ? answer : Context.current().cancelled;
    });
  }
}

/** Errors of the target that only users see. */
const FAILING = { targetErrorRate: (percent: number) => (percent > 0 ? 0.5 : 0) };

const PLAYS: Record<string, () => Promise<Record<string, unknown>>> = {
  'a shift that hangs': async () => {
    const migration = Migration.of(theatre, 'hung');
    migration.world.setTraffic('hung', FAILING);
    hangAfterShares(migration);
    await migration.start();
    const status = await migration.untilRolledBack();
    return { status, records: await migration.records() };
  },
  'a proof that hangs': async () => {
    const migration = await Migration.of(theatre, HANGS_AT_PROOF).start();
    await proofBegan;
    migration.world.setTraffic(HANGS_AT_PROOF, FAILING);
    const status = await migration.untilRolledBack();
    return { status, share: migration.targetShare() };
  },
  'a way down that is denied': async () => {
    const migration = await Migration.of(theatre, 'down', { cutover: { stabilization: '1h' } }).start();
    const { world } = migration;
    await migration.untilAtWeight(50);
    const mend = world.faults.failEvery('router.writeShares', new MigrationError('AwsDenied', 'not allowed'));
    world.metricsOutage = true;
    await migration.until('the way down', ({ wanted, blocked }) => wanted.target === 0 && blocked !== null);
    world.metricsOutage = false;
    world.setTraffic('down', FAILING);
    await migration.until('the breach', ({ rollback }) => rollback !== null);
    mend();
    await migration.send('retry');
    const status = await migration.untilRolledBack();
    return { status, share: migration.targetShare() };
  },
  'an approved question': async () => {
    const changes = {
      guardrails: { requestCountMin: 900_000, extendMax: 0 },
      cutover: { weights: [100] },
      shadow: { startPercent: 40, maxPercent: 50 },
    };
    const migration = await Migration.of(theatre, 'asked', changes).start();
    await migration.untilGate('evidence-shadow-40');
    const before = await migration.handle.query<{ judge: JudgeState }>('evidence');
    await migration.send('approve');
    await migration.untilGate('evidence-shadow-50');
    const after = await migration.handle.query<{ judge: JudgeState }>('evidence');
    await migration.send('abandon');
    await migration.result();
    return { before: before.judge, after: after.judge };
  },
  'a slice that is cut': async () => {
    const migration = await Migration.of(theatre, 'cut', { cutover: { stabilization: '3s' } }).start();
    await migration.untilAtWeight(50);
    await migration.send('pause');
    // Begun while the clock stands still, a slice is as long as slices get.
    const isLong = ({ untilMs }: ObserveInput): boolean => untilMs > Date.now() + HOUR_MS;
    await migration.until('a long slice', () => slicesOf('cut').some(isLong));
    const before = slicesOf('cut').length;
    await migration.send('resume');
    await migration.until('the next slice', () => slicesOf('cut').length > before);
    return { next: slicesOf('cut')[before] };
  },
};

test(
  'a shift whose reply does not come: is watched, and errors of the target take it back before it is confirmed',
  async () => {
    const { status, records } = await plays.of('a shift that hangs');
    const confirmed = (records as LedgerRecord[]).filter(({ kind }) => kind === 'shift_confirmed');

    expect(status).toMatchObject({ wanted: { target: 0 }, rollback: { by: 'crossfade', from: 'shadow' } });
    expect(confirmed.map(({ weights }) => weights?.target)).toEqual([0]);
  },
  WITHIN_MS,
);

test(
  'a proof before the end that takes long: is watched, and errors of the target take traffic back',
  async () => {
    expect(await plays.of('a proof that hangs')).toMatchObject({
      status: { rollback: { by: 'crossfade', reason: expect.stringContaining('error rate') } },
      share: 0,
    });
  },
  WITHIN_MS,
);

test(
  'a step down that is denied: the weight that may still hold is watched, and errors of the target roll it back',
  async () => {
    expect(await plays.of('a way down that is denied')).toMatchObject({
      status: { rollback: { by: 'crossfade', reason: expect.stringContaining('error rate') } },
      share: 0,
    });
  },
  WITHIN_MS,
);

test(
  'a step that follows an approved question: is judged by evidence of its own',
  async () => {
    const { before, after } = await plays.of('an approved question');
    const [asked, next] = [before, after] as JudgeState[];

    expect(next?.fromMs).toBeGreaterThan(asked?.seenToMs ?? Number.NaN);
  },
  WITHIN_MS,
);

test(
  'a slice that is cut: the next one knows until when somebody watched',
  async () => {
    const { next } = await plays.of('a slice that is cut');

    expect(next).toMatchObject({ policy: { watchedToMs: expect.any(Number) } });
  },
  WITHIN_MS,
);
