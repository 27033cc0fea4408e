import { MigrationError } from '../../src/domain/errors';
import { MAIN_QUEUE, migrationId, rangeId } from '../../src/contracts/messages';
import type { BlockedOn, StatusView } from '../../src/contracts/messages';
import type { LedgerRecord } from '../../src/domain/record';
import { AtOnce } from '../support/temporal/at-once';
import { Migration } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';

/* A data set whose key ranges several workers copy: each range a child workflow, which ends with whoever copies the whole. */

const WITHIN_MS = 150_000;
const AT_ONCE_MAX = 12;
const RANGES = 3;
const OBJECTS = 7;
const BYTES = 63;
const ALL_COMPLETED = ['COMPLETED', 'COMPLETED', 'COMPLETED'];
const UNSERVED_QUEUE = 'nobody';

type Json = Record<string, unknown>;

interface Ending {
  readonly outcome: string;
  readonly migration: Migration;
  /** Of the ranges, in no order: when the play looked, or at its end. */
  readonly ranges: readonly string[];
  readonly records: readonly LedgerRecord[];
  readonly arrived: Readonly<Record<string, string>>;
  readonly blocked: BlockedOn | null;
}

let theatre: Theatre;
const plays = new AtOnce<Ending>();

function prepared(workload: string, dataSet: Json = {}, changes: Json = {}): Migration {
  const [from, to] = [`s3://${workload}-models/ranker`, `s3://${workload}-target/model`];
  const data = [{ name: 'model', from, to, fanOut: RANGES, ...dataSet }];
  const migration = Migration.of(theatre, workload, { data, ...changes });
  const { objects } = migration.world.buckets.get(`${workload}-models`)!;
  objects.clear();
  for (const [key, content] of Object.entries(SOURCE)) objects.set(`ranker/${key}`, content);
  return migration;
}

const SOURCE = Object.fromEntries(Array.from({ length: OBJECTS }, (_, at) => [`${at}.bin`, `content ${at}`]));

const childId = ({ workload }: Migration, place: number): string => rangeId(migrationId(workload), 'model', place);

/** Of the newest run under each range's ID. */
async function statusesOf(migration: Migration): Promise<string[]> {
  const statuses = Array.from({ length: RANGES }, async (_, place) => {
    const { status } = await theatre.client.workflow.getHandle(childId(migration, place)).describe();
    return status.name;
  });
  return (await Promise.all(statuses)).sort();
}

/** Once none of them runs any more. */
async function endedRanges(migration: Migration): Promise<string[]> {
  const results = Array.from({ length: RANGES }, (_, place) =>
    theatre.client.workflow.getHandle(childId(migration, place)).result(),
  );
  await Promise.allSettled(results);
  return statusesOf(migration);
}

async function ended(migration: Migration, ranges?: string[], blocked: BlockedOn | null = null): Promise<Ending> {
  const outcome = await migration.result().then(
    (result) => result.outcome,
    ({ cause }: { cause: Error }) => cause.name,
  );
  const target = migration.world.buckets.get(`${migration.workload}-target`)?.objects ?? new Map<string, string>();
  return {
    outcome,
    migration,
    ranges: ranges ?? (await statusesOf(migration)),
    records: (await migration.records()).filter(({ kind }) => kind.startsWith('data_')),
    arrived: Object.fromEntries([...target].map(([key, content]) => [key.replace('model/', ''), content])),
    blocked,
  };
}

async function copied(migration: Migration): Promise<Ending> {
  await migration.start();
  return ended(migration);
}

/** As it is without: there are no ranges to be looked at. */
async function copiedByOne(): Promise<Ending> {
  const migration = prepared('single', { fanOut: 1 });
  await migration.start();
  await migration.result();
  return ended(migration, []);
}

const areTwoDone = ({ step }: StatusView): boolean =>
  /^copy model: 2 of 3 ranges done, \d objects, \d+ .*B copied$/.test(step);

/** While two ranges are done and the third is held up. @param act its words are the ranges' ends. */
async function inTheMiddle(workload: string, act: (migration: Migration) => Promise<string[]>): Promise<Ending> {
  const migration = prepared(workload);
  const held = migration.world.faults.holdNext('data.copyRange');
  await migration.start();
  await migration.until('two ranges', areTwoDone);
  const ranges = await act(migration);
  held.release();
  return ended(migration, ranges);
}

/** A pause, and then the third range. */
async function paused(): Promise<Ending> {
  const migration = prepared('paused');
  const held = migration.world.faults.holdNext('data.copyRange');
  await migration.start();
  await migration.until('two ranges', areTwoDone);
  await migration.send('pause');
  held.release();
  const ranges = await endedRanges(migration);
  await migration.until('it stands still', ({ waitingFor }) => waitingFor.startsWith('resume'));
  await migration.send('resume');
  return ended(migration, ranges);
}

async function refused(answer: 'retry' | 'abandon'): Promise<Ending> {
  const migration = prepared(`refused-${answer}`);
  migration.world.faults.failCall('data.copyRange', 2, new MigrationError('AwsDenied', 'not allowed to copy'));
  await migration.start();
  const { blocked } = await migration.untilBlocked();
  const ranges = await endedRanges(migration);
  await migration.send(answer);
  return ended(migration, ranges, blocked);
}

/** An older copy's range that nobody ends. */
async function takenOver(): Promise<Ending> {
  const migration = prepared('taken-over');
  const older = await theatre.client.workflow.start('copyRange', {
    taskQueue: UNSERVED_QUEUE,
    workflowId: childId(migration, 1),
    args: [{}],
  });
  const ending = await copied(migration);
  const { status } = await theatre.client.workflow.getHandle(older.workflowId, older.firstExecutionRunId).describe();
  return { ...ending, ranges: [status.name, ...ending.ranges] };
}

/** A round beside a hold is under way when the hold ends. */
async function cutShort(): Promise<Ending> {
  const followed = { syncEvery: '1s', freezeMax: '1m', freeze: 'read-only' };
  const migration = prepared('followed', followed, { shadow: { firstHold: '5s', hold: '5s' } });
  await migration.start();
  await migration.until('the shadow hold', ({ phase, clockRuns }) => phase === 'shadow' && clockRuns);
  const held = migration.world.faults.holdNext('data.copyRange');
  await held.reached;
  const ending = await ended(migration);
  held.release();
  return ending;
}

function lostReplies(): Promise<Ending> {
  const migration = prepared('lost');
  for (const name of ['divide', 'copyRange', 'copy']) migration.world.faults.loseNextReply(`data.${name}`);
  return copied(migration);
}

beforeAll(async () => {
  theatre = await Theatre.open();
  plays.begin(
    {
      shared: () => copied(prepared('shared')),
      single: copiedByOne,
      paused,
      'rolled back': () =>
        inTheMiddle('rolled-back', async (migration) => {
          await migration.send('rollback');
          await migration.untilRolledBack();
          const ranges = await endedRanges(migration);
          await migration.send('retry');
          return ranges;
        }),
      cancelled: () =>
        inTheMiddle('cancelled', async (migration) => {
          await migration.handle.cancel();
          return endedRanges(migration);
        }),
      terminated: () =>
        inTheMiddle('terminated', async (migration) => {
          await migration.handle.terminate('enough');
          return endedRanges(migration);
        }),
      retry: () => refused('retry'),
      abandon: () => refused('abandon'),
      'taken over': takenOver,
      'cut short': cutShort,
      lost: lostReplies,
    },
    AT_ONCE_MAX,
  );
}, 90_000);

afterAll(async () => {
  await plays.settled();
  await theatre.close();
}, WITHIN_MS);

test(
  'a data set with fanOut: arrives in ranges; the ledger has their sum, and the root that one worker’s copy has',
  async () => {
    const [shared, single] = await Promise.all([plays.of('shared'), plays.of('single')]);
    const { faults } = shared.migration.world;
    expect(shared).toMatchObject({ outcome: 'completed', ranges: ALL_COMPLETED, arrived: SOURCE });
    expect(['divide', 'copyRange', 'copy'].map((name) => faults.count(`data.${name}`))).toEqual([1, RANGES, 1]);
    expect(shared.records.map(({ kind }) => kind)).toEqual(['data_transferred', 'data_verified']);
    expect(shared.records[0]).toMatchObject({
      text: `model: ${OBJECTS} changed objects copied (${BYTES} B), in ${RANGES} ranges side by side`,
      values: { copiedCount: OBJECTS, copiedBytes: BYTES, unchangedCount: 0, rangeCount: RANGES },
    });
    expect(single.records.map(({ kind }) => kind)).toEqual(['data_verified']);
    expect(shared.records[1]?.values).toMatchObject({
      manifestHash: single.records[0]?.values?.['manifestHash'],
      objectCount: OBJECTS,
    });
  },
  WITHIN_MS,
);

test(
  'a data set with fanOut 1: is copied by one worker, without a range',
  async () => {
    const { migration, outcome, arrived } = await plays.of('single');
    const { faults } = migration.world;
    expect({ outcome, arrived }).toEqual({ outcome: 'completed', arrived: SOURCE });
    expect(['divide', 'copyRange', 'copy'].map((name) => faults.count(`data.${name}`))).toEqual([0, 0, 1]);
  },
  WITHIN_MS,
);

test(
  'a range: waits on the main queue, so that any worker takes it',
  async () => {
    const { migration } = await plays.of('shared');
    const { taskQueue } = await theatre.client.workflow.getHandle(childId(migration, 0)).describe();
    expect(taskQueue).toBe(MAIN_QUEUE);
  },
  WITHIN_MS,
);

test(
  'a pause: lets the ranges under way go on, and nothing after them',
  async () => {
    expect(await plays.of('paused')).toMatchObject({ outcome: 'completed', ranges: ALL_COMPLETED, arrived: SOURCE });
  },
  WITHIN_MS,
);

test(
  'a rollback: ends the range that goes on, and retry copies in ranges anew',
  async () => {
    const { outcome, ranges, arrived, migration } = await plays.of('rolled back');
    expect({ outcome, ranges, arrived }).toEqual({
      outcome: 'completed',
      ranges: ['CANCELLED', 'COMPLETED', 'COMPLETED'],
      arrived: SOURCE,
    });
    expect(migration.world.faults.count('data.divide')).toBe(2);
  },
  WITHIN_MS,
);

test.each([
  ['cancelled', 'CancelledFailure', ['CANCELLED', 'COMPLETED', 'COMPLETED']],
  ['terminated', 'TerminatedFailure', ['COMPLETED', 'COMPLETED', 'TERMINATED']],
])(
  'a migration that is %s in the middle of a copy: leaves no range running',
  async (name, outcome, ranges) => {
    expect(await plays.of(name)).toMatchObject({ outcome, ranges });
  },
  WITHIN_MS,
);

test(
  'a range that is refused: ends the others and blocks with its code; retry copies all, abandon leaves nothing',
  async () => {
    const [retried, abandoned] = [await plays.of('retry'), await plays.of('abandon')];
    const blocked = { code: 'AwsDenied', message: 'not allowed to copy', skippable: false };
    expect(retried).toMatchObject({ outcome: 'completed', blocked, arrived: SOURCE });
    expect(retried.ranges).toContain('FAILED');
    expect(retried.ranges).not.toContain('RUNNING');
    expect(abandoned).toMatchObject({ outcome: 'abandoned', blocked, arrived: {} });
    expect(abandoned.migration.world.buckets.has('refused-abandon-target')).toBe(false);
  },
  WITHIN_MS,
);

test(
  'a range whose ID an older copy still holds: takes it over',
  async () => {
    expect(await plays.of('taken over')).toMatchObject({
      outcome: 'completed',
      ranges: ['TERMINATED', ...ALL_COMPLETED],
      arrived: SOURCE,
    });
  },
  WITHIN_MS,
);

test(
  'a round that the end of a hold cuts short: is taken over by the next copy, under the same IDs',
  async () => {
    const { outcome, records, migration } = await plays.of('cut short');
    expect(outcome).toBe('completed');
    expect(await migration.recordedKinds()).not.toContain('blocked');
    expect(records.map(({ kind }) => kind)).toContain('data_final');
  },
  WITHIN_MS,
);

test(
  'lost replies: of dividing, of a range and of the whole change nothing',
  async () => {
    expect(await plays.of('lost')).toMatchObject({ outcome: 'completed', ranges: ALL_COMPLETED, arrived: SOURCE });
  },
  WITHIN_MS,
);
