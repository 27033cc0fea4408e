import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DatabaseMigrationServiceClient } from '@aws-sdk/client-database-migration-service';
import { MockActivityEnvironment } from '@temporalio/testing';
import { labDown, labUp } from '../../lab';
import type { Lab } from '../../lab';
import { userClientConfig } from '../../lab/aws-env';
import { createReplicationActivities } from '../../src/activities/replication';
import { DmsReplication } from '../../src/adapters/dms';
import type { ReplicationActivities } from '../../src/contracts/replication-activities';
import type { DatabaseSpec } from '../../src/domain/spec';
import { parseSpec, readSpecFile } from '../../src/spec';

/* The lab's own gateway: DMS and CloudWatch behind one address, with what a person may break in them. */

jest.setTimeout(120_000);

const SILENT = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };
const name = 'crossfade-ranker-features';
const owner = { workload: 'ranker', run: 'run-1' };

let dir: string;
let lab: Lab;
let database: DatabaseSpec;
let activities: ReplicationActivities;

beforeAll(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'crossfade-lab-'));
  lab = await labUp({ dir });
  const config = { ...userClientConfig(lab.info.aws), maxAttempts: 3 };
  const replication = new DmsReplication(new DatabaseMigrationServiceClient(config), new CloudWatchClient(config));
  const sleep = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100));
  activities = createReplicationActivities({ replication, now: Date.now, sleep });
  const { databases } = parseSpec(readSpecFile(path.join(__dirname, '../../examples/dms.yaml')));
  database = databases?.[0] as DatabaseSpec;
});

afterAll(async () => {
  await labDown(dir);
  rmSync(dir, { recursive: true, force: true });
});

function inside<T>(run: () => Promise<T>): Promise<T> {
  return new MockActivityEnvironment({}, { logger: SILENT }).run<[], T, () => Promise<T>>(run);
}

test('lab: a database is built, loaded and level through throttled looks and a cut reply, and is taken apart', async () => {
  const input = { name, database, owner };
  await lab.setDmsDelays({ loadingMs: 1_000, catchUpMs: 1_000, validatingMs: 500 });
  const throttle = { kind: 'throttle' } as const;
  await lab.setGatewayFault({ service: 'dms', operation: 'DescribeReplicationTasks', effect: throttle, times: 2 });
  await lab.setGatewayFault({ service: 'dms', operation: 'CreateReplicationInstance', effect: { kind: 'cut_reply' } });

  await inside(() => activities.createReplicationInstance({ ...input, adopt: false }));
  await inside(() => activities.connectDatabases({ ...input, adopt: false }));
  await inside(() => activities.createReplicationTask({ ...input, adopt: false }));
  const loaded = await inside(() => activities.loadDatabase(input));
  const level = await inside(() => activities.waitDatabaseLevel(input));
  await inside(() => activities.removeReplication({ name, owner }));

  expect(loaded).toEqual({ tableCount: 3, rowCount: 3_000 });
  expect(level.tableCount).toBe(3);
  expect(level.targetMs).toBeLessThanOrEqual(database.cdcLatencyMaxMs);
  await expect(inside(() => activities.loadDatabase(input))).rejects.toMatchObject({ code: 'NotFound' });
});
