/** The adapter and the activities over the lab's DMS and CloudWatch, by the real SDK. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { createReplicationActivities } from '../../../src/activities/replication';
import { DmsReplication } from '../../../src/adapters/dms';
import type { ReplicationActivities } from '../../../src/contracts/replication-activities';
import { milliseconds } from '../../../src/domain/quantity';
import type { DatabaseSpec } from '../../../src/domain/spec';
import { LocalDms } from './local-dms';

const owner = { workload: 'ranker', run: 'run-1' };
const name = 'crossfade-ranker-features';
const end = {
  engine: 'postgres',
  database: 'features',
  secretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:features-AbCdEf',
  secretRoleArn: 'arn:aws:iam::123456789012:role/dms-secrets',
  ssl: 'require',
} as const;
const database: DatabaseSpec = {
  name: 'features',
  from: end,
  to: end,
  replicationInstance: {
    class: 'dms.c6i.large',
    subnetGroup: 'ranker',
    securityGroupIds: ['sg-0123456789abcdef0'],
    multiAz: false,
    storageGb: 50,
  },
  tables: ['public.%'],
  excludeTables: [],
  targetTables: 'keep',
  cdcLatencyMaxMs: milliseconds(5_000),
};
const input = { name, database, owner };
const created = { ...input, adopt: false };

let gateway: LocalDms;
let activities: ReplicationActivities;

beforeEach(async () => {
  gateway = new LocalDms();
  await gateway.start();
  const replication = new DmsReplication(gateway.client, gateway.cloudWatch);
  const sleep = async (ms: number): Promise<void> => gateway.pass(ms);
  activities = createReplicationActivities({ replication, now: () => gateway.nowMs, sleep });
});
afterEach(() => gateway.stop());

const inside = <T>(run: () => Promise<T>): Promise<T> =>
  new MockActivityEnvironment().run<[], T, () => Promise<T>>(run);
const count = (operation: string): number => gateway.seen.filter((one) => one.operation === operation).length;

/** Each call as often as it takes: a reply that is lost is the next attempt's business. */
async function untilDone<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const result = await inside(run).catch((error: unknown) => {
      if (attempt === 3) throw error;
      return undefined;
    });
    if (result !== undefined) return result;
  }
}

async function build(own: DatabaseSpec = database): Promise<{ tableCount: number; rowCount: number }> {
  const done = <T>(work: Promise<T>): Promise<true> => work.then(() => true);
  await untilDone(() => done(activities.createReplicationInstance(created)));
  await untilDone(() => done(activities.connectDatabases(created)));
  await untilDone(() => done(activities.createReplicationTask(created)));
  return untilDone(() => activities.loadDatabase({ ...input, database: own }));
}

const parts = async (): Promise<unknown[]> => {
  const replication = new DmsReplication(gateway.client, gateway.cloudWatch);
  return [
    await replication.findInstance(name),
    await replication.findEndpoint(`${name}-source`),
    await replication.findEndpoint(`${name}-target`),
    await replication.findTask(name),
  ];
};

test('dms: built, loaded, level by CloudWatch and by every page of tables, and taken apart', async () => {
  expect(await build()).toEqual({ tableCount: 3, rowCount: 3_000 });
  const before = gateway.nowMs;
  const level = await inside(() => activities.waitDatabaseLevel(input));
  await inside(() => activities.removeReplication({ name, owner }));

  expect(level).toMatchObject({ tableCount: 3 });
  expect(gateway.nowMs).toBeGreaterThan(before);
  expect(await parts()).toEqual([undefined, undefined, undefined, undefined]);
  // Once more is nothing.
  await inside(() => activities.removeReplication({ name, owner }));
});

test.each([
  'CreateReplicationInstance',
  'CreateEndpoint',
  'TestConnection',
  'CreateReplicationTask',
  'StartReplicationTask',
])('dms: with the reply of %s lost, nothing is made or begun twice', async (operation) => {
  gateway.lost.add(operation);
  await build();
  const both = ['CreateEndpoint', 'TestConnection'].includes(operation) ? 2 : 1;
  expect(count(operation)).toBe(both);
});

test.each(['StopReplicationTask', 'DeleteReplicationTask', 'DeleteEndpoint', 'DeleteReplicationInstance'])(
  'dms: with the reply of %s lost, everything is gone all the same',
  async (operation) => {
    await build();
    gateway.lost.add(operation);
    await untilDone(() => activities.removeReplication({ name, owner }).then(() => true));
    expect(await parts()).toEqual([undefined, undefined, undefined, undefined]);
  },
);

test('dms: a side that is not reached is told with its reason, and tested anew by the next attempt', async () => {
  gateway.dms.fault({ kind: 'connection', side: 'target', message: 'no route to host' });
  await inside(() => activities.createReplicationInstance(created));
  await expect(inside(() => activities.connectDatabases(created))).rejects.toMatchObject({
    code: 'ReplicationFailed',
    message: expect.stringMatching(/target of features: no route to host/),
  });
  gateway.dms.clearFaults();
  await inside(() => activities.connectDatabases(created));
  expect(count('CreateEndpoint')).toBe(2);
});

test.each<[DatabaseSpec['targetTables'], string]>([
  ['keep', 'resume-processing'],
  ['truncate', 'reload-target'],
])('dms: a load that failed is told, and with targetTables %s taken up by %s', async (targetTables, kind) => {
  gateway.dms.fault({ kind: 'task', message: 'replication slot lost' });
  await build({ ...database, targetTables });
  const starts = gateway.seen.filter(({ operation }) => operation === 'StartReplicationTask');
  expect(starts).toHaveLength(2);
  expect(starts[1]?.input).toContain(kind);
});

test.each<[string, object, RegExp]>([
  [
    'a table that differs',
    { kind: 'validation', table: 'public.orders', state: 'Mismatched records', failedRecords: 3 },
    /public\.orders \(Table completed, Mismatched records, 3 rows\)/,
  ],
  ['a table without a key', { kind: 'validation', table: 'public.orders', state: 'No primary key' }, /No primary key/],
  ['a capture that lags', { kind: 'latency', seconds: 6 }, /CDCLatencySource is 6s/],
  ['no figures', { kind: 'silence' }, /CloudWatch has no CDCLatencySource/],
])('dms: with %s it is not level, however long it waits', async (_fact, fault, words) => {
  await build();
  gateway.dms.fault(fault);
  await expect(inside(() => activities.waitDatabaseLevel(input))).rejects.toMatchObject({
    code: 'DatabaseNotLevel',
    message: expect.stringMatching(words),
  });
});

test('dms: a table that cannot be loaded is named', async () => {
  gateway.dms.fault({ kind: 'table_error', table: 'public.orders' });
  await expect(build()).rejects.toMatchObject({
    code: 'ReplicationFailed',
    message: expect.stringMatching(/1 tables with errors: public\.orders/),
  });
});

test('dms: what is ours by name alone is neither used nor removed', async () => {
  await build();
  const stranger = { workload: 'other', run: 'run-9' };
  await inside(() => activities.removeReplication({ name, owner: stranger }));
  await expect(inside(() => activities.loadDatabase({ ...input, owner: stranger }))).rejects.toMatchObject({
    code: 'ResourceNotOurs',
  });
  expect(await parts()).not.toContain(undefined);
});
