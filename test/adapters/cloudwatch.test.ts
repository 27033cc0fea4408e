import type {
  CloudWatchClient,
  GetMetricDataCommand,
  GetMetricDataCommandOutput,
  MetricStat,
} from '@aws-sdk/client-cloudwatch';
import { CloudWatchMetrics } from '../../src/adapters/cloudwatch';
import { albDimensions } from '../../src/adapters/cloudwatch-queries';
import { collectSeries, splitRange } from '../../src/adapters/cloudwatch-series';
import { alignRange } from '../../src/adapters/metric-series';
import type { Baseline } from '../../src/domain/evidence';
import type { EpochMs } from '../../src/domain/quantity';
import { epochMs, milliseconds } from '../../src/domain/quantity';
import type { CloudWatchMetricsSpec } from '../../src/domain/spec';
import type { MetricScope } from '../../src/ports/metric-source';

const MINUTE = 60_000;
const T0 = 1_700_000_040_000; // A whole minute.
const range = alignRange(T0, T0 + 5 * MINUTE, 60);
const at = (minute: number): EpochMs => epochMs(T0 + minute * MINUTE);
const QUERY = { namespace: 'AWS/ApplicationELB', metricName: 'RequestCount', dimensions: {}, stat: 'Sum' };

test('albDimensions: the ends of the ARNs', () => {
  const base = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012';
  expect(albDimensions(`${base}:loadbalancer/app/web/1a`, `${base}:targetgroup/blue/2b`)).toEqual({
    LoadBalancer: 'app/web/1a',
    TargetGroup: 'targetgroup/blue/2b',
  });
});

test('splitRange: a week of minutes is covered without gap or overlap, within the limit of datapoints', () => {
  const week = alignRange(T0, T0 + 7 * 24 * 60 * MINUTE, 60);
  const parts = splitRange(week, 100);
  expect(parts[0]?.fromMs).toBe(week.fromMs);
  expect(parts.at(-1)?.toMs).toBe(week.toMs);
  parts.slice(1).forEach((part, index) => expect(part.fromMs).toBe(parts[index]?.toMs));
  parts.forEach((part) => expect(((part.toMs - part.fromMs) / MINUTE) * 100).toBeLessThanOrEqual(100_800));
});

describe('collectSeries', () => {
  const page = (
    StatusCode: 'Complete' | 'PartialData' | 'InternalError' | 'Forbidden',
    ...minutes: number[]
  ): object => ({
    StatusCode,
    Timestamps: minutes.map((minute) => new Date(at(minute))),
    Values: minutes,
  });

  test('collectSeries: PartialData on a page before the last is normal', () => {
    expect([...collectSeries(QUERY, [page('PartialData', 0, 1), page('Complete', 2)], range).values()]).toEqual([
      0, 1, 2,
    ]);
  });

  test.each([
    ['PartialData at the end', [page('Complete', 0), page('PartialData', 1)], 'AwsUnavailable'],
    ['InternalError anywhere', [page('InternalError'), page('Complete', 1)], 'AwsUnavailable'],
    ['no result for the query', [], 'AwsUnavailable'],
    ['a result without status', [{}], 'AwsUnavailable'],
    ['Forbidden', [page('Forbidden')], 'AwsDenied'],
  ])('collectSeries: %s is not a whole answer', (_name, pages, code) => {
    expect(() => collectSeries(QUERY, pages, range)).toThrow(expect.objectContaining({ code }));
  });

  test('collectSeries: datapoints outside the range are not taken', () => {
    expect(collectSeries(QUERY, [page('Complete', -1, 0, 5)], range).size).toBe(1);
  });
});

describe('CloudWatchMetrics', () => {
  const base = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012';
  const scope: MetricScope = {
    kind: 'rule',
    loadBalancerArn: `${base}:loadbalancer/app/web/1a`,
    source: `${base}:targetgroup/blue/2b`,
    target: `${base}:targetgroup/green/3c`,
  };
  const metrics: CloudWatchMetricsSpec = {
    kind: 'cloudwatch',
    periodSeconds: 60,
    lagMs: milliseconds(0),
    quantiles: ['p99'],
    queries: [],
  };

  /** Answers GetMetricData with the given pages, one after the other. */
  function sourceOf(
    answer: (input: GetMetricDataCommand['input'], page: number) => Partial<GetMetricDataCommandOutput> | Error,
  ): CloudWatchMetrics {
    let page = 0;
    const send = async (command: GetMetricDataCommand): Promise<unknown> => {
      const reply = answer(command.input, page++);
      if (reply instanceof Error) throw reply;
      return reply;
    };
    return new CloudWatchMetrics({ send } as unknown as CloudWatchClient);
  }
  const all = (input: GetMetricDataCommand['input'], value: number): Partial<GetMetricDataCommandOutput> => ({
    MetricDataResults: (input.MetricDataQueries ?? []).map(({ Id }) => ({
      Id,
      StatusCode: 'Complete',
      Timestamps: [new Date(at(0))],
      Values: [value],
    })),
  });

  test('readWindows: values of all pages are put together', async () => {
    const source = sourceOf((input, page) =>
      page === 0
        ? {
            MetricDataResults: (input.MetricDataQueries ?? []).map(({ Id }) => ({
              Id,
              StatusCode: 'PartialData',
              Timestamps: [new Date(at(1))],
              Values: [7],
            })),
            NextToken: 'more',
          }
        : all(input, 5),
    );
    const evidence = await source.readWindows(metrics, scope, at(0), at(5));
    expect(evidence).toMatchObject({
      complete: true,
      windows: [{ startMs: at(0) }, { startMs: at(1), source: { requestCount: 7 }, target: { requestCount: 7 } }],
    });
  });

  test.each([
    [
      'throttled',
      Object.assign(new Error('slow down'), { name: 'Throttling', $metadata: { httpStatusCode: 400 } }),
      /Throttling/,
    ],
    [
      'denied',
      Object.assign(new Error('no'), { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } }),
      /cloudwatch:GetMetricData/,
    ],
    ['unreachable', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), /connect/],
  ])('readWindows: a source that is %s is an error with the cause in words', async (_name, error, cause) => {
    await expect(sourceOf(() => error).readWindows(metrics, scope, at(0), at(5))).rejects.toThrow(cause);
  });

  test('readWindows: a query that is left out of the answer is an error, never a window without it', async () => {
    const source = sourceOf((input) => ({ MetricDataResults: all(input, 1).MetricDataResults?.slice(1) ?? [] }));
    await expect(source.readWindows(metrics, scope, at(0), at(5))).rejects.toMatchObject({ code: 'AwsUnavailable' });
  });

  test('readWindows: each stack is asked for at the load balancer that the spec names, whatever the route has', async () => {
    const stack = (name: string): { loadBalancerArn: string; targetGroupArn: string } => ({
      loadBalancerArn: `${base}:loadbalancer/app/${name}/4d`,
      targetGroupArn: `${base}:targetgroup/${name}/5e`,
    });
    const loadBalancers = { source: stack('old'), target: stack('new') };
    const route = { kind: 'record', source: 'blue', target: 'green' } as const;
    const isOld = (sent: MetricStat | undefined): boolean =>
      sent?.Metric?.Dimensions?.map(({ Value }) => Value).join(' ') === 'app/old/4d targetgroup/old/5e';
    const source = sourceOf((input) => ({
      MetricDataResults: (input.MetricDataQueries ?? []).map(({ Id, MetricStat }) => ({
        Id,
        StatusCode: 'Complete',
        Timestamps: [new Date(at(0))],
        Values: [isOld(MetricStat) ? 30 : 10],
      })),
    }));

    expect(await source.readWindows({ ...metrics, loadBalancers }, route, at(0), at(1))).toMatchObject({
      windows: [{ source: { requestCount: 30 }, target: { requestCount: 10 } }],
    });
  });

  describe('readWindows with metrics of the spec', () => {
    const gpu = (side: string) => ({ AutoScalingGroupName: side });
    const own: CloudWatchMetricsSpec['queries'] = [
      {
        name: 'gpu',
        namespace: 'Ranker/GPU',
        metricName: 'Utilization',
        dimensions: gpu('old'),
        targetDimensions: gpu('new'),
        stat: 'Average',
        unit: 'Percent',
      },
      { name: 'licences', namespace: 'Ranker/Old', metricName: 'Licences', dimensions: {}, stat: 'Maximum' },
    ];
    type Sent = NonNullable<NonNullable<GetMetricDataCommand['input']['MetricDataQueries']>[number]['MetricStat']>;
    const isOld = ({ Metric }: Sent): boolean => Metric?.Dimensions?.[0]?.Value === 'old';
    const valueOf = (sent: Sent): number =>
      ({ Utilization: isOld(sent) ? 60 : 40, Licences: 7 })[sent.Metric?.MetricName ?? ''] ?? 100;

    /** What was asked, and the windows made of answers for the first two; the target's own have a datapoint in the first only. */
    async function read(): Promise<{ sent: Sent[]; windows: unknown }> {
      const sent: Sent[] = [];
      const source = sourceOf((input) => ({
        MetricDataResults: (input.MetricDataQueries ?? []).map(({ Id, MetricStat }) => {
          const asked = MetricStat as Sent;
          sent.push(asked);
          const minutes = asked.Metric?.MetricName === 'Utilization' && !isOld(asked) ? [0] : [0, 1];
          const Timestamps = minutes.map((minute) => new Date(at(minute)));
          return { Id, StatusCode: 'Complete' as const, Timestamps, Values: minutes.map(() => valueOf(asked)) };
        }),
      }));
      const windows = await source.readWindows({ ...metrics, queries: own }, scope, at(0), at(5));
      return { sent, windows };
    }

    test('readWindows: each side has its own metrics, where there is a datapoint', async () => {
      expect((await read()).windows).toMatchObject({
        windows: [
          { source: { metrics: { gpu: 60, licences: 7 } }, target: { metrics: { gpu: 40 } } },
          { source: { metrics: { gpu: 60, licences: 7 } }, target: expect.not.objectContaining({ metrics: {} }) },
        ],
      });
    });

    test('readWindows: a metric without dimensions of the target is not asked for there', async () => {
      const { sent } = await read();
      const names = sent.map(({ Metric }) => Metric?.MetricName);
      expect(names.filter((each) => each === 'Licences')).toHaveLength(1);
      expect(names.filter((each) => each === 'Utilization')).toHaveLength(2);
    });

    test('readWindows: a unit is passed on, so that a metric that changes its unit has a gap instead', async () => {
      const { sent } = await read();
      const units = sent.map(({ Metric, Unit }) => [Metric?.MetricName, Unit]);
      expect(units.filter(([, unit]) => unit !== undefined)).toEqual([
        ['Utilization', 'Percent'],
        ['Utilization', 'Percent'],
      ]);
    });
  });

  test('readBaseline: an incomplete answer is an error, never a smaller baseline', async () => {
    const source = sourceOf(() => ({ MetricDataResults: [] }));
    await expect(source.readBaseline(metrics, scope, at(0), at(5), () => undefined)).rejects.toMatchObject({
      code: 'AwsUnavailable',
    });
  });

  describe('readBaseline with two metrics of the spec', () => {
    const own: CloudWatchMetricsSpec['queries'] = [
      {
        name: 'gpu',
        namespace: 'Ranker/GPU',
        metricName: 'Utilization',
        dimensions: { AutoScalingGroupName: 'ranker', Device: '0' },
        stat: 'Average',
      },
      { name: 'queue', namespace: 'Ranker/Queue', metricName: 'Depth', dimensions: { Queue: 'predict' }, stat: 'p99' },
    ];
    type Sent = NonNullable<GetMetricDataCommand['input']['MetricDataQueries']>[number];

    /** What was asked, and the baseline made of answers whose value `valueOf` chooses, last query first. */
    async function read(valueOf: (query: Sent) => number): Promise<{ sent: Sent[]; baseline: Baseline }> {
      const sent: Sent[] = [];
      const source = sourceOf((input) => {
        sent.push(...(input.MetricDataQueries ?? []));
        const results = (input.MetricDataQueries ?? []).map((query) => ({
          Id: query.Id,
          StatusCode: 'Complete' as const,
          Timestamps: [new Date(at(0)), new Date(at(1))],
          Values: [valueOf(query), valueOf(query) + 2],
        }));
        return { MetricDataResults: results.reverse() };
      });
      const spec = { ...metrics, queries: own };
      return { sent, baseline: await source.readBaseline(spec, scope, at(0), at(5), () => undefined) };
    }

    test('readBaseline: each own metric is asked for with its namespace, name, dimensions and statistic', async () => {
      const { sent } = await read(() => 1);
      const asked = sent.filter((query) => query.MetricStat?.Metric?.Namespace !== 'AWS/ApplicationELB');
      expect(asked.map((query) => query.MetricStat)).toEqual([
        {
          Metric: {
            Namespace: 'Ranker/GPU',
            MetricName: 'Utilization',
            Dimensions: [
              { Name: 'AutoScalingGroupName', Value: 'ranker' },
              { Name: 'Device', Value: '0' },
            ],
          },
          Period: 60,
          Stat: 'Average',
        },
        {
          Metric: {
            Namespace: 'Ranker/Queue',
            MetricName: 'Depth',
            Dimensions: [{ Name: 'Queue', Value: 'predict' }],
          },
          Period: 60,
          Stat: 'p99',
        },
      ]);
    });

    test('readBaseline: every query has an ID of its own, and its answer is not held back', async () => {
      const { sent } = await read(() => 1);
      expect(new Set(sent.map((query) => query.Id)).size).toBe(sent.length);
      expect(sent.every((query) => query.ReturnData)).toBe(true);
    });

    test('readBaseline: each answer stands under its own metric’s name, in whatever order the answers come', async () => {
      const values: Readonly<Record<string, number>> = { Utilization: 50, Depth: 7, RequestCount: 100 };
      const { baseline } = await read((query) => values[query.MetricStat?.Metric?.MetricName ?? ''] ?? 0);
      expect(baseline.metrics).toEqual([
        { name: 'gpu', stat: 'Average', average: 51, peak: 52, windowsWithData: 2 },
        { name: 'queue', stat: 'p99', average: 8, peak: 9, windowsWithData: 2 },
      ]);
      expect(baseline.requestCount).toBe(202);
    });

    test('readBaseline: each latency is the one of its own percentile', async () => {
      const seconds: Readonly<Record<string, number>> = { p50: 1, p95: 3, p99: 5 };
      const { baseline } = await read(({ MetricStat }) =>
        MetricStat?.Metric?.MetricName === 'TargetResponseTime' ? (seconds[MetricStat.Stat ?? ''] ?? NaN) : 100,
      );
      // The median of two windows that are two seconds apart.
      expect([baseline.latencyP50Ms, baseline.latencyP95Ms, baseline.latencyP99Ms]).toEqual([2_000, 4_000, 6_000]);
    });
  });

  test('readBaseline: progress is told for every request of a long range', async () => {
    let told = 0;
    await sourceOf((input) => all(input, 1)).readBaseline(metrics, scope, at(0), at(3 * 24 * 60), () => (told += 1));
    expect(told).toBe(3);
  });
});
