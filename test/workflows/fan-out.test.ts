import { MigrationError } from '../../src/domain/errors';
import { MAIN_QUEUE, migrationId, rangeId } from '../../src/contracts/messages';
import type { StatusView } from '../../src/contracts/messages';
import type { LedgerRecord } from '../../src/domain/record';
import { Migration } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';

/* A data set whose key ranges several workers copy: each range a child workflow, which ends with whoever copies the whole. */

const WITHIN_MS = 90_000;
const RANGES = 3;
const OBJECTS = 7;
const UNSERVED_QUEUE = 'nobody';

let theatre: Theatre;
beforeAll(async () => {
  theatre = await Theatre.open();
}, WITHIN_MS);
afterAll(() => theatre.close(), WITHIN_MS);

type Json = Record<string, unknown>;

function prepared(workload: string, fanOut = RANGES, changes: Json = {}, dataSet: Json = {}): Migration {
  const [from, to] = [`s3://${workload}-models/ranker`, `s3://${workload}-target/model`];
  const data = [{ name: 'model', from, to, fanOut, ...dataSet }];
  const migration = Migration.of(theatre, workload, { data, ...changes });
  const { objects } = migration.world.buckets.get(`${workload}-models`)!;
  objects.clear();
  for (let at = 0; at < OBJECTS; at += 1) objects.set(`ranker/${at}.bin`, `content ${at}`);
  return migration;
}

const childId = ({ workload }: Migration, place: number): string => rangeId(migrationId(workload), 'model', place);

/** Of the newest run under each range's ID. */
function childStatuses(migration: Migration): Promise<string[]> {
  return Promise.all(
    Array.from({ length: RANGES }, async (_, place) => {
      const { status } = await theatre.client.workflow.getHandle(childId(migration, place)).describe();
      return status.name;
    }),
  );
}

const contentOf = (migration: Migration, bucket: string, prefix: string): Record<string, string> =>
  Object.fromEntries(
    [...(migration.world.buckets.get(`${migration.workload}-${bucket}`)?.objects ?? [])]
      .map(([key, content]) => [key.slice(prefix.length), content] as const)
      .sort(),
  );

function expectCopied(migration: Migration): void {
  const target = contentOf(migration, 'target', 'model/');
  expect(Object.keys(target)).toHaveLength(OBJECTS);
  expect(target).toEqual(contentOf(migration, 'models', 'ranker/'));
}

/** Started, with the second range to begin held up. */
async function heldUp(workload: string): Promise<{ migration: Migration; release: () => void }> {
  const migration = prepared(workload);
  const { faults } = migration.world;
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  let reach = (): void => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  faults.intercept('data.copyRange', 2, async (call) => {
    reach();
    await released;
    return call();
  });
  await migration.start();
  await reached;
  return { migration, release };
}

const inStep = ({ step }: StatusView): boolean => /^copy model: 2 of 3 ranges done, \d objects, .* copied$/.test(step);

const dataRecords = (records: readonly LedgerRecord[]): LedgerRecord[] =>
  records.filter(({ kind }) => kind.startsWith('data_'));

test(
  'a data set with fanOut: arrives in ranges, and the ledger has their sum and the root that one worker’s copy has',
  async () => {
    const [shared, single] = [prepared('shared'), prepared('single', 1)];
    await Promise.all([shared.start(), single.start()]);
    await Promise.all([shared.result(), single.result()]);
    const [records, alone] = [dataRecords(await shared.records()), dataRecords(await single.records())];

    expectCopied(shared);
    const calls = ['divide', 'copyRange', 'copy'].map((name) => shared.world.faults.count(`data.${name}`));
    expect(calls).toEqual([1, RANGES, 1]);
    expect(await childStatuses(shared)).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
    expect(records.map(({ kind }) => kind)).toEqual(['data_transferred', 'data_verified']);
    expect(records[0]).toMatchObject({
      text: `model: ${OBJECTS} changed objects copied (63 bytes), in ${RANGES} ranges side by side`,
      values: { copiedCount: OBJECTS, copiedBytes: 63, unchangedCount: 0, rangeCount: RANGES },
    });
    expect(single.world.faults.count('data.divide')).toBe(0);
    expect(alone.map(({ kind }) => kind)).toEqual(['data_verified']);
    expect(records[1]?.values?.['manifestHash']).toBe(alone[0]?.values?.['manifestHash']);
  },
  WITHIN_MS,
);

test(
  'a data set with fanOut: its status tells the sums of the ranges that are done; a pause lets those under way go on',
  async () => {
    const { migration, release } = await heldUp('seen');
    await migration.until('two ranges', inStep);
    await migration.send('pause');
    release();
    await migration.until(
      'the ranges are done',
      ({ step }) => step !== '' && migration.world.faults.count('data.copy') === 1,
    );
    const statuses = await childStatuses(migration);
    await migration.until('it stands still', ({ paused, waitingFor }) => paused && waitingFor.startsWith('resume'));
    await migration.send('resume');
    await migration.result();

    expect(statuses).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
    expectCopied(migration);
  },
  WITHIN_MS,
);

test(
  'a data set with fanOut: a rollback in the middle ends the range that goes on, and retry copies in ranges anew',
  async () => {
    const { migration, release } = await heldUp('rolled-back');
    await migration.until('two ranges', inStep);
    await migration.send('rollback');
    await migration.untilRolledBack();
    const statuses = await untilEnded(migration);
    release();
    await migration.send('retry');
    await migration.result();

    expect(statuses.sort()).toEqual(['CANCELLED', 'COMPLETED', 'COMPLETED']);
    expect(migration.world.faults.count('data.divide')).toBe(2);
    expectCopied(migration);
  },
  WITHIN_MS,
);

async function untilEnded(migration: Migration): Promise<string[]> {
  await Promise.all(
    Array.from({ length: RANGES }, (_, place) =>
      theatre.client.workflow
        .getHandle(childId(migration, place))
        .result()
        .catch(() => undefined),
    ),
  );
  return childStatuses(migration);
}

test.each([
  ['cancelled', 'CANCELLED', (migration: Migration) => migration.handle.cancel()],
  ['terminated', 'TERMINATED', (migration: Migration) => migration.handle.terminate('enough')],
] as const)(
  'a data set with fanOut: a migration that is %s in the middle leaves no range running',
  async (how, expected, end) => {
    const { migration, release } = await heldUp(how);
    await migration.until('two ranges', inStep);
    await end(migration);
    await expect(migration.result()).rejects.toMatchObject({ name: 'WorkflowFailedError' });
    const statuses = await untilEnded(migration);
    release();

    expect(statuses.sort()).toEqual([expected, 'COMPLETED', 'COMPLETED'].sort());
  },
  WITHIN_MS,
);

test(
  'a data set with fanOut: a range that is refused ends the others and blocks with its code; abandon leaves nothing',
  async () => {
    const migration = prepared('refused');
    const before = migration.world.snapshot();
    migration.world.faults.failCall('data.copyRange', 2, new MigrationError('AwsDenied', 'not allowed to copy'));
    await migration.start();
    const { blocked } = await migration.untilBlocked();
    const statuses = await untilEnded(migration);
    await migration.send('abandon');
    const { outcome } = await migration.result();

    expect(blocked).toMatchObject({ code: 'AwsDenied', message: 'not allowed to copy' });
    expect(statuses).toContain('FAILED');
    expect(statuses).not.toContain('RUNNING');
    expect(outcome).toBe('abandoned');
    expect(migration.world.snapshot()).toEqual(before);
  },
  WITHIN_MS,
);

test(
  'a data set with fanOut: a range whose ID an older copy still holds is taken over',
  async () => {
    const migration = prepared('taken-over');
    const older = await theatre.client.workflow.start('copyRange', {
      taskQueue: UNSERVED_QUEUE,
      workflowId: childId(migration, 1),
      args: [{}],
    });
    await migration.start();
    await migration.result();
    const { status } = await theatre.client.workflow.getHandle(older.workflowId, older.firstExecutionRunId).describe();

    expect(status.name).toBe('TERMINATED');
    expect(await childStatuses(migration)).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
    expectCopied(migration);
  },
  WITHIN_MS,
);

test(
  'a data set with fanOut: a round that the end of a hold cuts short is taken over by the next, under the same IDs',
  async () => {
    const followed = { syncEvery: '1s', freezeMax: '1m', freeze: 'read-only' };
    const migration = prepared('followed', RANGES, { shadow: { firstHold: '5s', hold: '5s' } }, followed);
    await migration.start();
    await migration.until('the shadow hold', ({ phase, clockRuns }) => phase === 'shadow' && clockRuns);
    const held = migration.world.faults.holdNext('data.copyRange');
    await held.reached;
    const { outcome } = await migration.result();
    held.release();

    expect(outcome).toBe('completed');
    expect((await migration.recordedKinds()).filter((kind) => kind === 'blocked')).toEqual([]);
    expectCopied(migration);
  },
  WITHIN_MS,
);

test(
  'a data set with fanOut: the replies of dividing, of a range and of the whole may be lost',
  async () => {
    const migration = prepared('lost');
    for (const name of ['divide', 'copyRange', 'copy']) migration.world.faults.loseNextReply(`data.${name}`);
    await migration.start();
    expect((await migration.result()).outcome).toBe('completed');
    expectCopied(migration);
    expect((await migration.until('it is over', ({ outcome }) => outcome !== null)).phase).toBe('completed');
  },
  WITHIN_MS,
);

test(
  'a range: waits on the main queue, so that any worker takes it',
  async () => {
    const { migration, release } = await heldUp('queued');
    const { taskQueue } = await theatre.client.workflow.getHandle(childId(migration, 0)).describe();
    release();
    await migration.result();
    expect(taskQueue).toBe(MAIN_QUEUE);
  },
  WITHIN_MS,
);
