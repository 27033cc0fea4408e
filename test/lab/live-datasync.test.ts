import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateAgentCommand, DataSyncClient } from '@aws-sdk/client-datasync';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { labDown, labUp } from '../../lab';
import type { Lab } from '../../lab';
import { userClientConfig } from '../../lab/aws-env';
import { filesDir } from '../../lab/state';
import { createDataActivities } from '../../src/activities/data';
import { createTransferActivities } from '../../src/activities/transfer';
import type { DataActivities, TransferActivities, TransferInput } from '../../src/contracts/activities';
import { DataSyncTransfer } from '../../src/adapters/datasync';
import { fakePorts, World } from '../support/fakes';
import { inActivity, quietActivity } from '../support/temporal/activity';

/* The lab's own gateway, with what a person may break in it: throttled looks, lost replies, errors of DataSync. */

jest.setTimeout(120_000);

const HOST = 'filer.example.com';

let dir: string;
let lab: Lab;
let s3: S3Client;
let input: TransferInput;
let activities: TransferActivities & DataActivities;
const heartbeats: unknown[] = [];

beforeAll(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'crossfade-lab-'));
  lab = await labUp({ dir });
  const config = { ...userClientConfig(lab.info.aws), maxAttempts: 1 };
  const dataSync = new DataSyncClient(config);
  s3 = new S3Client({ ...config, forcePathStyle: true });
  const transfer = new DataSyncTransfer(dataSync, dataSync, s3);
  const sleep = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100));
  const made = {
    ...createTransferActivities({ transfer, now: Date.now, sleep }),
    ...createDataActivities({ ...fakePorts(new World(Date.now)), transfer }),
  };
  activities = inContexts(made as unknown as Record<string, (given: unknown) => Promise<unknown>>) as typeof activities;
  const ActivationKey = 'AAAAA-BBBBB-CCCCC-DDDDD-EEEEE';
  const { AgentArn = '' } = await dataSync.send(new CreateAgentCommand({ ActivationKey }));
  const folder = path.join(filesDir(dir), HOST, 'export');
  mkdirSync(path.join(folder, 'deep'), { recursive: true });
  writeFileSync(path.join(folder, 'a.bin'), Buffer.alloc(300_000, 'weights'));
  writeFileSync(path.join(folder, 'deep', 'b.txt'), 'vocabulary');
  input = inputOf(AgentArn);
});

afterAll(async () => {
  await labDown(dir);
  rmSync(dir, { recursive: true, force: true });
});

function inContexts(made: Record<string, (given: unknown) => Promise<unknown>>): unknown {
  const inside = Object.entries(made).map(([name, run]) => [
    name,
    (given: unknown) => {
      const environment = quietActivity();
      environment.on('heartbeat', (details) => heartbeats.push(details));
      return inActivity(() => run(given), environment);
    },
  ]);
  return Object.fromEntries(inside);
}

function inputOf(agentArn: string): TransferInput {
  const buckets = lab.info.workloads[0]?.buckets ?? { ledger: '' };
  return {
    name: 'crossfade-ranker-files',
    owner: { workload: 'ranker', run: 'run-1' },
    dataSet: {
      name: 'files',
      from: `nfs://${HOST}/export`,
      to: `s3://${buckets.ledger}/files`,
      method: 'datasync',
      infrequentAccessAfterDays: 30,
      datasync: {
        mode: 'enhanced',
        agentArns: [agentArn],
        sourceLocation: { kind: 'nfs', host: HOST, path: '/export', version: 'AUTOMATIC' },
        roleArn: 'arn:aws:iam::123456789012:role/datasync',
        verify: 'transferred',
        include: [],
        exclude: [],
        bytesPerSecond: 300_000,
        reportTo: `s3://${buckets.ledger}/reports`,
      },
    },
  };
}

test('lab: a file server’s data comes by DataSync through throttled looks and a lost reply, and is proven', async () => {
  await lab.setDataSyncDelays({ launchingMs: 100, preparingMs: 100, verifyingMs: 100 });
  const throttle = { kind: 'throttle' } as const;
  await lab.setGatewayFault({ service: 'datasync', operation: 'DescribeTaskExecution', effect: throttle, times: 3 });
  await lab.setGatewayFault({ service: 'datasync', operation: 'StartTaskExecution', effect: { kind: 'cut_reply' } });
  await activities.createTransfer({ ...input, adopt: false });
  await expect(activities.runTransfer(input)).rejects.toThrow('socket hang up');
  const { execution, ...moved } = await activities.runTransfer(input);

  expect(moved).toEqual({ objectCount: 2, byteCount: 300_010 });
  expect(heartbeats).toContainEqual(expect.objectContaining({ execution, status: 'TRANSFERRING' }));
  expect(heartbeats).toContainEqual(expect.objectContaining({ unavailable: expect.stringContaining('Rate exceeded') }));
  const { bucket, Key } = { bucket: lab.info.workloads[0]?.buckets.ledger, Key: 'files/deep/b.txt' };
  const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
  expect(await object.Body?.transformToString()).toBe('vocabulary');
  const proof = await activities.verifyData({ dataSet: input.dataSet, transfer: input.name });
  expect(proof).toMatchObject({ objectCount: 2, byteCount: 300_010 });
});

test('lab: an error that DataSync is told to end with is told on, and the undo removes what was made', async () => {
  const input2 = { ...input, name: 'crossfade-ranker-again', dataSet: { ...input.dataSet, name: 'again' } };
  await lab.clearGatewayFaults();
  await activities.createTransfer({ ...input2, adopt: false });
  await lab.setDataSyncFault({ kind: 'execution_error', errorCode: 'OpNotSupp', errorDetail: 'no such protocol' });

  await expect(activities.runTransfer(input2)).rejects.toMatchObject({ code: 'TransferFailed' });
  await lab.clearDataSyncFaults();
  await activities.removeTransfer(input2);

  await expect(activities.runTransfer(input2)).rejects.toMatchObject({ code: 'NotFound' });
});
