import type { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchMetrics } from '../../src/adapters/cloudwatch';
import { epochMs, milliseconds } from '../../src/domain/quantity';
import type { CloudWatchMetricsSpec } from '../../src/domain/spec';
import type { MetricScope } from '../../src/ports/metric-source';

const scope: MetricScope = { kind: 'endpoint', endpointName: 'Ranker', source: 'primary', target: 'crossfade' };
const metrics: CloudWatchMetricsSpec = {
  kind: 'cloudwatch',
  periodSeconds: 60,
  lagMs: milliseconds(0),
  quantiles: ['p99'],
  queries: [],
};

/** By variant, namespace, metric and statistic. */
type Published = Readonly<Record<string, number>>;

/** CloudWatch with one datapoint of each metric, in the first minute. */
function publishing(published: Published): { metrics: CloudWatchMetrics; asked: Set<string> } {
  const asked = new Set<string>();
  const send = async ({ input }: GetMetricDataCommand): Promise<unknown> => ({
    MetricDataResults: (input.MetricDataQueries ?? []).map(({ Id, MetricStat }) => {
      const { Namespace, MetricName, Dimensions = [] } = MetricStat?.Metric ?? {};
      const [endpoint, variant] = ['EndpointName', 'VariantName'].map(
        (name) => Dimensions.find(({ Name }) => Name === name)?.Value,
      );
      const key = `${variant} ${Namespace} ${MetricName} ${MetricStat?.Stat}`;
      asked.add(`${endpoint}: ${key}`);
      const value = published[key];
      return {
        Id,
        StatusCode: 'Complete',
        Timestamps: value === undefined ? [] : [new Date(0)],
        Values: value === undefined ? [] : [value],
      };
    }),
  });
  return { metrics: new CloudWatchMetrics({ send } as unknown as CloudWatchClient), asked };
}

const of = (variant: string, values: Readonly<Record<string, number>>): Published =>
  Object.fromEntries(Object.entries(values).map(([metric, value]) => [`${variant} AWS/SageMaker ${metric}`, value]));

test('CloudWatchMetrics: an endpoint is read by variant, and its microseconds are milliseconds', async () => {
  const { metrics: source, asked } = publishing({
    ...of('primary', { 'Invocations Sum': 90, 'ModelLatency p99': 12_500 }),
    ...of('crossfade', { 'Invocations Sum': 10, 'ModelLatency p99': 9_000 }),
  });
  const evidence = await source.readWindows(metrics, scope, epochMs(0), epochMs(60_000));
  expect(evidence).toMatchObject({
    windows: [
      {
        source: { requestCount: 90, errorCount: 0, quantilesMs: { p99: 12.5 } },
        target: { requestCount: 10, errorCount: 0, quantilesMs: { p99: 9 } },
      },
    ],
  });
  expect([...asked]).toContain('Ranker: crossfade AWS/SageMaker ModelLatency p99');
});

test.each([
  ['a container that breaks', { Invocation5XXErrors: 3, InvocationModelErrors: 3, Invocation4XXErrors: 0 }, 3],
  ['a container that does not answer', { Invocation5XXErrors: 0, InvocationModelErrors: 2, Invocation4XXErrors: 0 }, 2],
  ['both', { Invocation5XXErrors: 3, InvocationModelErrors: 5, Invocation4XXErrors: 0 }, 5],
  ["the sender's own error", { Invocation5XXErrors: 0, InvocationModelErrors: 4, Invocation4XXErrors: 4 }, 0],
  ['all of them', { Invocation5XXErrors: 3, InvocationModelErrors: 9, Invocation4XXErrors: 4 }, 5],
  ['breaking where model errors are not published', { Invocation5XXErrors: 3, Invocation4XXErrors: 1 }, 3],
])('CloudWatchMetrics: of an endpoint, %s counts as it should', async (_name, counts, errorCount) => {
  const sums = Object.fromEntries(Object.entries(counts).map(([metric, value]) => [`${metric} Sum`, value]));
  const { metrics: source } = publishing(of('primary', { 'Invocations Sum': 100, ...sums }));
  const evidence = await source.readWindows(metrics, scope, epochMs(0), epochMs(60_000));
  expect(evidence).toMatchObject({ windows: [{ source: { requestCount: 100, errorCount } }] });
});

test('CloudWatchMetrics: the baseline of a variant has its GPUs, average and peak', async () => {
  const { metrics: source } = publishing({
    ...of('primary', { 'Invocations Sum': 60, 'ModelLatency p50': 5_000 }),
    'primary /aws/sagemaker/Endpoints GPUUtilization Average': 40,
    'primary /aws/sagemaker/Endpoints GPUUtilization Maximum': 95,
  });
  const baseline = await source.readBaseline(metrics, scope, epochMs(0), epochMs(60_000), () => undefined);
  expect(baseline).toMatchObject({ requestsPerSecondAverage: 1, latencyP50Ms: 5 });
  expect(baseline.metrics).toEqual([
    { name: 'GPUUtilization average', stat: 'Average', average: 40, peak: 40, windowsWithData: 1 },
    { name: 'GPUUtilization peak', stat: 'Maximum', average: 95, peak: 95, windowsWithData: 1 },
  ]);
});

test('CloudWatchMetrics: instances without a GPU have none in the baseline', async () => {
  const { metrics: source } = publishing(of('primary', { 'Invocations Sum': 60 }));
  const baseline = await source.readBaseline(metrics, scope, epochMs(0), epochMs(60_000), () => undefined);
  expect(baseline.metrics).toEqual([]);
});
