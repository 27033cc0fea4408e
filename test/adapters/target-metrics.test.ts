import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import type { MetricDatum } from '@aws-sdk/client-cloudwatch';
import { CostExplorerClient } from '@aws-sdk/client-cost-explorer';
import { userClientConfig } from '../../lab/aws-env';
import { exchange } from '../../lab/loopback';
import { readCost } from '../../src/adapters/cost-explorer';
import { readBucket, readTargetHours } from '../../src/adapters/target-metrics';
import type { TargetDimensions } from '../../src/adapters/target-metrics';
import { epochMs } from '../../src/domain/quantity';
import { Moto } from '../support/moto';
import { closeWires, openWire } from './wire';

/* CloudWatch and Cost Explorer as moto serves them: it returns what was put, and the costs that it was told. */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW_MS = Math.floor(Date.now() / DAY_MS) * DAY_MS;
const GROUP: TargetDimensions = { autoScalingGroup: 'crossfade-ranker' };

let moto: Moto;
let cloudwatch: CloudWatchClient;

beforeAll(async () => {
  moto = await Moto.start();
  cloudwatch = new CloudWatchClient(userClientConfig(moto.url));
}, 60_000);

afterAll(async () => {
  cloudwatch?.destroy();
  await closeWires();
  await moto?.stop();
});

const datum = (
  MetricName: string,
  dimensions: Record<string, string>,
  atMs: number,
  Value: number,
  more: Partial<MetricDatum> = {},
): MetricDatum => ({
  MetricName,
  Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
  Timestamp: new Date(atMs),
  Value,
  ...more,
});

const put = (Namespace: string, ...MetricData: MetricDatum[]): Promise<unknown> =>
  cloudwatch.send(new PutMetricDataCommand({ Namespace, MetricData }));

test('hours of an Auto Scaling group: averages and peaks, with their source; what nobody publishes has none', async () => {
  const group = { AutoScalingGroupName: 'crossfade-ranker' };
  const from = NOW_MS - 2 * HOUR_MS;
  await put('AWS/AutoScaling', datum('GroupInServiceInstances', group, from, 4));
  await put(
    'CWAgent',
    datum('nvidia_smi_utilization_gpu', group, from, 10),
    datum('nvidia_smi_utilization_gpu', group, from + 1_000, 90),
    datum('nvidia_smi_memory_used', group, from, 6_000),
    datum('nvidia_smi_memory_total', group, from, 24_000),
  );
  const { hours, sources } = await readTargetHours(cloudwatch, GROUP, epochMs(from), epochMs(NOW_MS));

  expect(hours).toEqual([{ startMs: from, instances: 4, gpu: 50, gpuPeak: 90, gpuMemoryPeak: 25 }]);
  expect(sources.gpu).toBe('CloudWatch CWAgent nvidia_smi_utilization_gpu, Average an hour');
  expect(sources).not.toHaveProperty('cpu');
});

test('hours of an endpoint: loads that SageMaker adds up are divided by processors and GPUs', async () => {
  const endpoint = { name: 'ranker', variant: 'crossfade', vcpus: 48, chips: 4 };
  const dimensions = { EndpointName: 'ranker', VariantName: 'crossfade' };
  const from = NOW_MS - 2 * HOUR_MS;
  await put(
    'AWS/SageMaker',
    datum('Invocations', dimensions, from, 700),
    datum('Invocations', dimensions, from + 9, 300),
  );
  await put(
    '/aws/sagemaker/Endpoints',
    datum('GPUUtilization', dimensions, from, 200),
    datum('CPUUtilization', dimensions, from, 480),
    datum('MemoryUtilization', dimensions, from, 33),
  );
  const { hours } = await readTargetHours(cloudwatch, { endpoint }, epochMs(from), epochMs(NOW_MS));

  expect(hours).toEqual([{ startMs: from, requests: 1_000, cpu: 10, gpu: 50, gpuPeak: 50, memoryPeak: 33 }]);
});

test('a bucket: its newest size, and what is read of it a month; without request metrics that is not known', async () => {
  const size = { BucketName: 'models', StorageType: 'StandardStorage' };
  await put(
    'AWS/S3',
    datum('BucketSizeBytes', size, NOW_MS - 3 * DAY_MS, 1),
    datum('BucketSizeBytes', size, NOW_MS - DAY_MS, 5e12),
  );
  const span = [epochMs(NOW_MS - 4 * DAY_MS), epochMs(NOW_MS)] as const;
  const before = await readBucket(cloudwatch, 'models', ...span);
  const read = { BucketName: 'models', FilterId: 'EntireBucket' };
  await put(
    'AWS/S3',
    datum('BytesDownloaded', read, NOW_MS - 3 * DAY_MS, 3e9),
    datum('BytesDownloaded', read, NOW_MS - DAY_MS, 3e9),
  );
  const after = await readBucket(cloudwatch, 'models', ...span);

  expect(before).toMatchObject({ bucket: 'models', standardBytes: 5e12 });
  expect(before).not.toHaveProperty('readBytesPerMonth');
  expect(after.readBytesPerMonth).toBeCloseTo(2e9 * (365 / 12), 0);
});

const dayOf = (Start: string, service: string, Amount: string, Unit = 'USD'): object => ({
  TimePeriod: { Start, End: Start },
  Total: {},
  Groups: [{ Keys: [service], Metrics: { UnblendedCost: { Amount, Unit } } }],
  Estimated: Start === '2026-01-02',
});

const tellCosts = (...days: object[]): Promise<unknown> =>
  exchange(`${moto.url}/moto-api/static/ce/cost-and-usage-results`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ results: [{ ResultsByTime: days, DimensionValueAttributes: [] }] })),
  });

test('costs: of what bears the tag, by service, the dearest first', async () => {
  const client = new CostExplorerClient(userClientConfig(moto.url));
  await tellCosts(dayOf('2026-01-01', 'S3', '1.5'), dayOf('2026-01-02', 'EC2', '20'), dayOf('2026-01-03', 'EC2', '0'));
  expect(await readCost(client, 'ranker', '2026-01-01', '2026-01-04')).toEqual({
    from: '2026-01-01',
    to: '2026-01-04',
    dayCount: 2,
    services: [
      { service: 'EC2', usd: 20 },
      { service: 'S3', usd: 1.5 },
    ],
    isEstimated: true,
  });
  expect(await readCost(client, 'nobody', '2026-01-01', '2026-01-04')).toMatchObject({ dayCount: 0, services: [] });
});

test('costs: every page is followed, asked for by the tag of the workload', async () => {
  const wire = await openWire(({ body }) => ({
    body: JSON.stringify({
      ResultsByTime: [dayOf('2026-01-01', 'EC2', '2')],
      ...(body.includes('NextPageToken') ? {} : { NextPageToken: 'more' }),
    }),
  }));
  const cost = await readCost(new CostExplorerClient(wire.client), 'ranker', '2026-01-01', '2026-01-02');
  const asked = JSON.parse(wire.seen[0]?.body ?? '{}') as object;

  expect(cost.services).toEqual([{ service: 'EC2', usd: 4 }]);
  expect(asked).toMatchObject({
    Filter: { Tags: { Key: 'crossfade:workload', Values: ['ranker'] } },
    Granularity: 'DAILY',
  });
});

test('costs: another currency is refused, not taken for USD', async () => {
  const wire = await openWire(() => ({
    body: JSON.stringify({ ResultsByTime: [dayOf('2026-01-01', 'EC2', '2', 'CNY')] }),
  }));
  await expect(
    readCost(new CostExplorerClient(wire.client), 'ranker', '2026-01-01', '2026-01-02'),
  ).rejects.toMatchObject({ code: 'AwsRejected', message: expect.stringContaining('CNY') });
});
