/** Devices and lines: adapter and activities over the lab's services, the one by its SDK, the other by our own wire. */
import http from 'node:http';
import { CreateConnectionCommand, DirectConnectClient } from '@aws-sdk/client-direct-connect';
import { MockActivityEnvironment } from '@temporalio/testing';
import { userClientConfig } from '../../../lab/aws-env';
import { AwsError, errorAnswer, sendAnswer } from '../../../lab/gateway/answer';
import { ServiceModel } from '../../../lab/gateway/botocore';
import { identify, signerOf } from '../../../lab/gateway/request';
import { Roads } from '../../../lab/gateway/roads';
import { LOOPBACK, listenOnFreePort, readBody } from '../../../lab/loopback';
import { readTools } from '../../../lab/tools';
import { createRoadActivities } from '../../../src/activities/data-roads';
import { AwsDataRoads } from '../../../src/adapters/data-roads';
import { SnowballApi } from '../../../src/adapters/snowball-api';
import type { RoadActivities } from '../../../src/contracts/activities';
import type { DataSetSpec } from '../../../src/domain/spec';

const owner = { workload: 'ranker', run: 'run-1' };
const dataSet: DataSetSpec = {
  name: 'corpus',
  from: 's3://old/corpus',
  to: 's3://new-bucket/corpus',
  method: 'snowball',
  infrequentAccessAfterDays: 30,
  snowball: {
    addressId: 'ADID12345678-1234-1234-1234-123456789012',
    roleArn: 'arn:aws:iam::123456789012:role/snowball',
    kmsKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012',
    type: 'EDGE_S',
  },
};
const input = { dataSet, owner };

const { botocoreData } = readTools();
const seen: { service: string; operation: string; input: string }[] = [];
const lost = new Set<string>();
let nowMs: number;
let roads: Roads;
let activities: RoadActivities;
let directConnect: DirectConnectClient;
const server = http.createServer((incoming, response) => void serve(incoming, response));
let url: string;

async function serve(incoming: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const request = identify(incoming, signerOf(incoming), await readBody(incoming));
  const { service, operation } = request;
  seen.push({ service, operation, input: request.body?.toString('utf8') ?? '' });
  try {
    const answer = await roads.answer(request);
    if (answer === undefined) throw new Error(`${service}:${operation} is not answered`);
    if (lost.delete(operation)) response.destroy();
    else sendAnswer(response, answer);
  } catch (error) {
    const known = error instanceof AwsError ? error : new AwsError('InternalFailure', String(error), 500);
    sendAnswer(response, errorAnswer(request, known));
  }
}

beforeAll(async () => {
  url = `http://${LOOPBACK}:${await listenOnFreePort(server)}`;
  directConnect = new DirectConnectClient({ ...userClientConfig(url), maxAttempts: 1 });
});

beforeEach(() => {
  seen.length = 0;
  nowMs = 1_800_000_000_000;
  roads = new Roads({ botocoreData, now: () => nowMs, delays: { withCustomerMs: 60_000 } });
  const sleep = async (ms: number): Promise<void> => void (nowMs += Math.ceil(ms));
  const port = new AwsDataRoads(directConnect, new SnowballApi(directConnect, url));
  activities = createRoadActivities({ roads: port, now: () => nowMs, sleep });
});

afterAll(async () => {
  directConnect.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const inside = <T>(run: () => Promise<T>): Promise<T> =>
  new MockActivityEnvironment().run<[], T, () => Promise<T>>(run);
const count = (operation: string): number => seen.filter((one) => one.operation === operation).length;

test('snowball: a device is ordered once though the reply is lost, followed to the customer, then to its import', async () => {
  lost.add('CreateJob');
  await expect(inside(() => activities.orderImport(input))).rejects.toBeDefined();
  const { jobId } = await inside(() => activities.orderImport(input));
  const done = await inside(() => activities.waitImported(input));

  expect(done).toEqual({ jobId, failureLog: null });
  expect(count('CreateJob')).toBe(1);
  const model = ServiceModel.load(botocoreData, 'snowball');
  const asked = seen.filter(({ service }) => service === 'snowball');
  expect(asked.flatMap((one) => model.validate(one.operation, JSON.parse(one.input)))).toEqual([]);
});

test('snowball: a job of another run is not taken for ours, on whatever page it stands', async () => {
  for (const run of ['run-7', 'run-8', 'run-9'])
    await inside(() => activities.orderImport({ dataSet, owner: { ...owner, run } }));
  await inside(() => activities.orderImport(input));
  expect(count('CreateJob')).toBe(4);
});

test('snowball: a job that nobody began to prepare is cancelled; one that is on its way is told, and stays', async () => {
  const port = new AwsDataRoads(directConnect, new SnowballApi(directConnect, url));
  await port.createImport(dataSet, owner);
  await inside(() => activities.cancelImport(input));
  await inside(() => activities.cancelImport(input));
  await expect(inside(() => activities.waitImported(input))).rejects.toMatchObject({ code: 'TransferFailed' });

  const other = { ...input, owner: { ...owner, run: 'run-2' } };
  await inside(() => activities.orderImport(other));
  await expect(inside(() => activities.cancelImport(other))).rejects.toMatchObject({
    code: 'AwsRejected',
    message: expect.stringMatching(/WithCustomer and cannot be cancelled: send the device back/),
  });
});

test('direct connect: a line is followed until it is available; one that is not there is told', async () => {
  const order = new CreateConnectionCommand({ location: 'EqDC2', bandwidth: '10Gbps', connectionName: 'crossfade' });
  const { connectionId = '' } = await directConnect.send(order);
  const byLine = (id: string): DataSetSpec => ({
    ...dataSet,
    method: 'direct-connect',
    directConnect: { connectionId: id },
  });
  await inside(() => activities.waitLine({ dataSet: byLine(connectionId), owner }));
  expect(count('DescribeConnections')).toBeGreaterThan(1);
  await expect(inside(() => activities.waitLine({ dataSet: byLine('dxcon-00000000'), owner }))).rejects.toMatchObject({
    code: 'TransferFailed',
    message: expect.stringMatching(/dxcon-00000000 is not there/),
  });
});
