/** The product's activities and adapter against the lab's DataSync: real requests, real files, a real S3 server. */
import type { DataSyncFault } from '../../../lab/gateway/datasync/faults';
import { createDataActivities } from '../../../src/activities/data';
import { createTransferActivities } from '../../../src/activities/transfer';
import type { DataActivities, TransferActivities, TransferInput } from '../../../src/contracts/activities';
import { DataSyncTransfer } from '../../../src/adapters/datasync';
import { s3Places } from '../../../src/adapters/s3-places';
import { EngineMover } from '../../../src/data/mover';
import type { DataSetSpec, DataSyncSpec } from '../../../src/domain/spec';
import { ListLocationsCommand, ListTasksCommand } from '@aws-sdk/client-datasync';
import { HOST, LocalDataSync, ROLE } from './local-datasync';
import { fakePorts, World } from '../../support/fakes';
import { inActivity } from '../../support/temporal/activity';

const gateway = new LocalDataSync();
const owner = { workload: 'ranker', run: 'run-1' };

let activities: TransferActivities & Pick<DataActivities, 'verifyData'>;

beforeAll(async () => {
  await gateway.start();
  const transfer = new DataSyncTransfer(gateway.client, gateway.client, gateway.s3);
  const data = new EngineMover(s3Places(gateway.s3, gateway.connection));
  const sleep = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
  const made = {
    ...createTransferActivities({ transfer, now: Date.now, sleep }),
    ...createDataActivities({ ...fakePorts(new World(Date.now)), transfer, data }),
  };
  const inside = Object.entries(made as unknown as Record<string, (input: unknown) => Promise<unknown>>).map(
    ([name, run]) => [name, (input: unknown) => inActivity(() => run(input))],
  );
  activities = Object.fromEntries(inside) as typeof activities;
});
afterAll(() => gateway.stop());
afterEach(() => gateway.dataSync.clearFaults());

const memory = { ledger: 's3://reports/ledger', workload: 'ranker' };

let count = 0;

/** A data set of its own, with its files on the server or in the bucket. */
async function dataSet(kind: 'nfs' | 's3', changes: Partial<DataSyncSpec> = {}): Promise<TransferInput> {
  count += 1;
  const name = `set-${count}`;
  const files: Record<string, string> = { 'a.bin': 'weights', 'deep/b.bin': 'vocabulary', empty: '' };
  for (const [file, content] of Object.entries(files))
    if (kind === 'nfs') gateway.writeFile(`export/${name}/${file}`, content);
    else await gateway.put('source', `${name}/${file}`, content);
  const shared = { mode: 'basic', roleArn: ROLE, verify: 'transferred', include: [], exclude: [] } as const;
  const reportTo = 's3://reports/datasync';
  const nfs = { kind: 'nfs', host: HOST, path: `/export/${name}`, version: 'AUTOMATIC' } as const;
  const datasync: DataSyncSpec =
    kind === 'nfs'
      ? { ...shared, reportTo, agentArns: [await gateway.agent()], sourceLocation: nfs, ...changes }
      : { ...shared, reportTo, agentArns: [], ...changes };
  const set: DataSetSpec = {
    name,
    from: kind === 'nfs' ? `nfs://${HOST}/export/${name}` : `s3://source/${name}`,
    to: `s3://target/${name}`,
    method: 'datasync',
    datasync,
    infrequentAccessAfterDays: 30,
  };
  return { name: `crossfade-ranker-${name}`, dataSet: set, owner };
}

async function everything(): Promise<{ tasks: number; locations: number }> {
  const [tasks, locations] = await Promise.all([
    gateway.client.send(new ListTasksCommand({ MaxResults: 100 })),
    gateway.client.send(new ListLocationsCommand({ MaxResults: 100 })),
  ]);
  return { tasks: tasks.Tasks?.length ?? 0, locations: locations.Locations?.length ?? 0 };
}

const started = (): number => gateway.seen.filter(({ operation }) => operation === 'StartTaskExecution').length;

test.each([
  ['nfs', 'basic', true],
  ['nfs', 'enhanced', true],
  ['s3', 'enhanced', false],
] as const)(
  'transfer from %s in %s mode: it arrives, is proven, and leaves nothing after its undo',
  async (kind, mode, byReport) => {
    const before = await everything();
    const input = await dataSet(kind, { mode });

    await activities.createTransfer({ ...input, adopt: false });
    expect(await activities.runTransfer(input)).toMatchObject({ objectCount: 3, byteCount: 17 });
    const { dataSet: set, name } = input;
    const proof = await activities.verifyData({ dataSet: set, memory, ...(byReport ? { transfer: name } : {}) });
    expect(proof).toMatchObject({ objectCount: 3, byteCount: 17 });
    await activities.removeTransfer(input);

    expect(await everything()).toEqual(before);
    expect(await gateway.keys('target', set.name)).toEqual([]);
  },
);

test('transfer: every creation and start whose reply is lost is found again, and made once', async () => {
  const before = await everything();
  const input = await dataSet('nfs');
  const create = (): Promise<void> => activities.createTransfer({ ...input, adopt: false });
  for (const operation of ['CreateLocationNfs', 'CreateLocationS3', 'CreateTask']) {
    gateway.lost.add(operation);
    await expect(create()).rejects.toThrow('socket hang up');
  }
  await create();
  expect(await everything()).toEqual({ tasks: before.tasks + 1, locations: before.locations + 2 });

  const startedBefore = started();
  gateway.lost.add('StartTaskExecution');
  await expect(activities.runTransfer(input)).rejects.toThrow('socket hang up');
  expect(await activities.runTransfer(input)).toMatchObject({ objectCount: 3 });
  expect(started() - startedBefore).toBe(1);

  // What a deletion whose reply is lost was to delete is gone, which is all that is asked.
  for (const operation of ['DeleteTask', 'DeleteLocation']) gateway.lost.add(operation);
  await activities.removeTransfer(input);
  expect(await everything()).toEqual(before);
});

test('transfer: only what the filters want arrives, and the reports prove it', async () => {
  const input = await dataSet('s3', { include: ['/a*', '/deep'], exclude: ['*.tmp'] });
  await activities.createTransfer({ ...input, adopt: false });
  await activities.runTransfer(input);

  const { dataSet: set, name } = input;
  expect(await gateway.keys('target', set.name)).toEqual([`${set.name}/a.bin`, `${set.name}/deep/b.bin`]);
  expect(await activities.verifyData({ dataSet: set, transfer: name })).toMatchObject({ objectCount: 2 });
});

test('transfer: the proof names what somebody took away from the target', async () => {
  const input = await dataSet('nfs');
  await activities.createTransfer({ ...input, adopt: false });
  await activities.runTransfer(input);
  await gateway.put('target', `${input.dataSet.name}/a.bin`, 'of another size');

  await expect(activities.verifyData({ dataSet: input.dataSet, transfer: input.name })).rejects.toMatchObject({
    code: 'DataMismatch',
    message: expect.stringContaining('1 of 3 objects differ or are missing: a.bin'),
  });
});

const TROUBLES: [string, (input: TransferInput) => DataSyncFault, object][] = [
  [
    'access denied',
    ({ dataSet: { name } }) => ({ kind: 'access_denied', location: `/export/${name}/` }),
    { code: 'TransferFailed' },
  ],
  [
    'an error of its own',
    () => ({ kind: 'execution_error', errorCode: 'OpNotSupp', errorDetail: 'no such protocol' }),
    { code: 'TransferFailed', message: expect.stringContaining('OpNotSupp: no such protocol') },
  ],
  [
    'an agent that is offline',
    ({ dataSet: { datasync } }) => ({ kind: 'agent_offline', agentArn: datasync?.agentArns[0] ?? '' }),
    { code: 'AgentOffline' },
  ],
];
test.each(TROUBLES)('transfer: %s is told, and it runs when that is over', async (_name, fault, failure) => {
  const input = await dataSet('nfs');
  await activities.createTransfer({ ...input, adopt: false });
  gateway.dataSync.fault(fault(input));

  await expect(activities.runTransfer(input)).rejects.toMatchObject(failure);
  gateway.dataSync.clearFaults();
  const { execution } = await activities.runTransfer(input);

  expect(await gateway.describe(execution)).toMatchObject({ Status: 'SUCCESS' });
});
