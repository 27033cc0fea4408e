import http from 'node:http';
import { UpdateEndpointCommand, UpdateEndpointWeightsAndCapacitiesCommand } from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, InvokeEndpointWithResponseStreamCommand } from '@aws-sdk/client-sagemaker-runtime';
import type { InvokeEndpointCommandInput, InvokeEndpointCommandOutput } from '@aws-sdk/client-sagemaker-runtime';
import { predict } from '../../../lab/fleet/model';
import { CloudWatch } from '../../../lab/gateway/cloudwatch';
import { LOOPBACK, listenOnFreePort } from '../../../lab/loopback';
import { eventually } from '../eventually';
import { LocalContainers, LocalGateway, variant } from './local-gateway';

const containers = new LocalContainers();
const gateway = new LocalGateway(containers);

beforeAll(async () => {
  await gateway.start();
  await gateway.deploy('split', [
    variant('old', { InitialVariantWeight: 3 }),
    variant('new', { InitialVariantWeight: 1, InitialInstanceCount: 2 }),
    variant('idle', { InitialVariantWeight: 0 }),
  ]);
});
afterAll(() => gateway.stop());

const features = Array.from({ length: 16 }, (_, index) => index / 16);
const FEATURES = JSON.stringify({ features });

function invoke(
  EndpointName: string,
  change: Partial<InvokeEndpointCommandInput> = {},
): Promise<InvokeEndpointCommandOutput> {
  const input = { EndpointName, Body: FEATURES, ContentType: 'application/json', ...change };
  return gateway.runtime.send(new InvokeEndpointCommand(input));
}

const cloudWatch = new CloudWatch(() => undefined, gateway.sageMaker.metrics);

/** One statistic over the last minute; undefined: no data. */
async function metric(
  endpoint: string,
  name: string,
  Stat: string,
  Namespace = 'AWS/SageMaker',
  variantName = 'only',
): Promise<number | undefined> {
  const Dimensions = [
    { Name: 'VariantName', Value: variantName },
    { Name: 'EndpointName', Value: endpoint },
  ];
  const Metric = { Namespace, MetricName: name, Dimensions };
  const nowSeconds = Math.ceil(Date.now() / 1000);
  const page = await cloudWatch.getMetricData({
    StartTime: nowSeconds - 60,
    EndTime: nowSeconds + 1,
    MetricDataQueries: [{ Id: 'm', MetricStat: { Metric, Period: 3_600, Stat } }],
  });
  return page.MetricDataResults[0]?.Values[0];
}

test('invoke: the model’s answer comes back as it is', async () => {
  const reply = await invoke('split');

  expect(JSON.parse(reply.Body.transformToString())).toEqual(predict(features, 'float32'));
  expect(reply.ContentType).toBe('application/json');
});

test('invoke: requests go to variants by their weights', async () => {
  const counts: Record<string, number> = { old: 0, new: 0, idle: 0 };
  for (let round = 0; round < 25; round++) {
    const replies = await Promise.all(Array.from({ length: 16 }, () => invoke('split')));
    for (const { InvokedProductionVariant = '' } of replies)
      counts[InvokedProductionVariant] = (counts[InvokedProductionVariant] ?? 0) + 1;
  }

  // Five standard deviations of 400 draws.
  expect(Math.abs((counts['old'] ?? 0) / 400 - 0.75)).toBeLessThan(0.11);
  expect(counts).toMatchObject({ new: 400 - (counts['old'] ?? 0), idle: 0 });
});

test('invoke: TargetVariant wins over the weights', async () => {
  expect((await invoke('split', { TargetVariant: 'idle' })).InvokedProductionVariant).toBe('idle');
});

test.each([
  ['an endpoint that is not there', 'nothing', {}, 'Endpoint nothing of account 123456789012 not found.'],
  ['a variant that is not there', 'split', { TargetVariant: 'nobody' }, 'Variant nobody of endpoint split not found.'],
])('invoke: %s is a ValidationError', async (_what, endpoint, change, message) => {
  await expect(invoke(endpoint, change)).rejects.toMatchObject({ name: 'ValidationError', message });
});

test.each([
  [400, '{}', {}],
  [500, FEATURES, { errorRate: 1 }],
])('invoke: a container that answers %d is a ModelError that says so', async (status, Body, fault) => {
  const name = `broken-${status}`;
  await gateway.deploy(name, [variant(name)]);
  for (const server of containers.of(name)) server.fault = fault;

  await expect(invoke(name, { Body })).rejects.toMatchObject({
    name: 'ModelError',
    OriginalStatusCode: status,
    message: expect.stringContaining(`error (${status}) from primary`) as string,
    $metadata: { httpStatusCode: 424 },
  });
});

test('invoke: a weight that is only wanted moves nothing', async () => {
  await gateway.deploy('waiting', [variant('now'), variant('later', { InitialVariantWeight: 0 })]);
  gateway.sageMaker.setDelays({ updatingMs: 2_000 });
  const DesiredWeightsAndCapacities = [
    { VariantName: 'now', DesiredWeight: 0 },
    { VariantName: 'later', DesiredWeight: 1 },
  ];
  await gateway.client.send(
    new UpdateEndpointWeightsAndCapacitiesCommand({ EndpointName: 'waiting', DesiredWeightsAndCapacities }),
  );
  const during = await Promise.all(Array.from({ length: 8 }, () => invoke('waiting')));
  expect((await gateway.describe('waiting')).EndpointStatus).toBe('Updating');
  await gateway.reaches('waiting', 'InService');
  const after = await invoke('waiting');
  gateway.sageMaker.setDelays({ updatingMs: 100 });

  expect(during.map(({ InvokedProductionVariant }) => InvokedProductionVariant)).toEqual(Array(8).fill('now'));
  expect(after.InvokedProductionVariant).toBe('later');
});

test('invoke: updates, of weights and of everything, fail no request', async () => {
  await gateway.deploy('moving', [variant('first'), variant('second', { InitialVariantWeight: 0 })]);
  await gateway.configure('moved', [variant('third', { InitialInstanceCount: 2 })]);
  const answered = new Set<string | undefined>();
  let isOver = false;
  const load = Array.from({ length: 8 }, async () => {
    while (!isOver) answered.add((await invoke('moving')).InvokedProductionVariant);
  });

  const DesiredWeightsAndCapacities = [{ VariantName: 'second', DesiredWeight: 1, DesiredInstanceCount: 3 }];
  await gateway.client.send(
    new UpdateEndpointWeightsAndCapacitiesCommand({ EndpointName: 'moving', DesiredWeightsAndCapacities }),
  );
  await gateway.reaches('moving', 'InService');
  await eventually(() => expect(answered).toContain('second'));
  await gateway.client.send(new UpdateEndpointCommand({ EndpointName: 'moving', EndpointConfigName: 'moved' }));
  await gateway.reaches('moving', 'InService');
  await eventually(() => expect(containers.of('first')).toEqual([]));
  isOver = true;
  await Promise.all(load);

  expect([...answered].sort()).toEqual(['first', 'second', 'third']);
});

test('shadow: gets a share of the requests, and its answers reach nobody', async () => {
  await gateway.deploy('shadowed', [variant('only')], {
    ShadowProductionVariants: [variant('copy', { InitialVariantWeight: 0.25 })],
  });
  for (const server of containers.of('copy')) server.fault = { errorRate: 1 };
  for (let round = 0; round < 25; round++) {
    const replies = await Promise.all(Array.from({ length: 16 }, () => invoke('shadowed')));
    expect(replies.map((reply) => reply.InvokedProductionVariant)).toEqual(Array(16).fill('only'));
  }

  const copies = await eventually(async () => {
    const failed = await metric('shadowed', 'Invocation5XXErrors', 'Sum', 'AWS/SageMaker', 'copy');
    expect(await metric('shadowed', 'Invocations', 'Sum')).toBe(400);
    expect(failed).toBe(await metric('shadowed', 'Invocations', 'Sum', 'AWS/SageMaker', 'copy'));
    return failed ?? 0;
  });
  // Five standard deviations of 400 draws.
  expect(Math.abs(copies / 400 - 0.25)).toBeLessThan(0.11);
});

test('metrics: counts, errors as a dense zero, and latency in microseconds with percentiles', async () => {
  await gateway.deploy('measured', [variant('only', { InitialInstanceCount: 2 })]);
  for (const server of containers.of('only')) server.fault = { extraLatencyMs: 40 };
  for (let count = 0; count < 10; count++) await invoke('measured');

  await eventually(async () => expect(await metric('measured', 'Invocations', 'Sum')).toBe(10));
  expect(await metric('measured', 'InvocationsPerInstance', 'Sum')).toBe(5);
  for (const name of ['Invocation4XXErrors', 'Invocation5XXErrors', 'InvocationModelErrors'])
    expect([await metric('measured', name, 'SampleCount'), await metric('measured', name, 'Sum')]).toEqual([10, 0]);
  const p99 = await metric('measured', 'ModelLatency', 'p99');
  expect(p99).toBeGreaterThan(39_000);
  expect(p99).toBeLessThan(5_000_000);
  expect(await metric('measured', 'OverheadLatency', 'p50')).toBeLessThan(40_000);
});

test('metrics: utilization is published of every variant, busy or not', async () => {
  await gateway.deploy('hosts', [variant('only')]);

  for (const name of ['CPUUtilization', 'MemoryUtilization', 'GPUUtilization'])
    await eventually(async () =>
      expect(await metric('hosts', name, 'Average', '/aws/sagemaker/Endpoints')).toBeLessThanOrEqual(100),
    );
});

describe('response stream', () => {
  let model: http.Server;
  let streaming: LocalGateway;
  let release: (() => void) | undefined;
  let ending: 'whole' | 'cut' | 'refused' = 'whole';

  /** A container that streams, of which the lab has none: its second piece waits until the test has the first. */
  beforeAll(async () => {
    model = http.createServer((request, response) => {
      if (request.url === '/ping') return void response.end();
      if (ending === 'refused') return void response.writeHead(503).end('busy');
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.write('first ');
      release = () => void (ending === 'cut' ? response.destroy() : response.end('second'));
    });
    const url = `http://${LOOPBACK}:${await listenOnFreePort(model)}`;
    streaming = new LocalGateway({ start: async () => url, stop: async () => undefined });
    await streaming.start();
    await streaming.deploy('talker', [variant('only')]);
  });

  afterAll(async () => {
    await streaming.stop();
    model.closeAllConnections();
    await new Promise((resolve) => model.close(resolve));
  });

  async function read(): Promise<string[]> {
    const command = new InvokeEndpointWithResponseStreamCommand({ EndpointName: 'talker', Body: 'hello' });
    const reply = await streaming.runtime.send(command);
    expect([reply.InvokedProductionVariant, reply.ContentType]).toEqual(['only', 'text/plain']);
    const parts: string[] = [];
    for await (const event of reply.Body ?? []) {
      parts.push(Buffer.from(event.PayloadPart?.Bytes ?? []).toString('utf8'));
      release?.();
    }
    return parts;
  }

  test('stream: each piece arrives before the model has written the next', async () => {
    ending = 'whole';
    expect(await read()).toEqual(['first ', 'second']);
  });

  test('stream: that the model breaks off ends in a ModelStreamError', async () => {
    ending = 'cut';
    await expect(read()).rejects.toMatchObject({ name: 'ModelStreamError' });
  });

  test('stream: that the model refuses is a ModelError', async () => {
    ending = 'refused';
    await expect(read()).rejects.toMatchObject({ name: 'ModelError', OriginalStatusCode: 503 });
  });
});
