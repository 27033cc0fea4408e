import type { CloudWatchClient, GetMetricDataCommand, GetMetricDataCommandOutput } from '@aws-sdk/client-cloudwatch';
import { CloudWatchMetrics } from '../../src/adapters/cloudwatch';
import { alignRange, collectSeries, splitRange } from '../../src/adapters/cloudwatch-series';
import { albDimensions, toBaseline, toWindows } from '../../src/adapters/cloudwatch-windows';
import type { Baseline } from '../../src/domain/evidence';
import type { EpochMs } from '../../src/domain/quantity';
import { epochMs, milliseconds } from '../../src/domain/quantity';
import type { CloudWatchMetricsSpec } from '../../src/domain/spec';

const MINUTE = 60_000;
const T0 = 1_700_000_040_000; // A whole minute.
const range = alignRange(T0, T0 + 5 * MINUTE, 60);
const at = (minute: number): EpochMs => epochMs(T0 + minute * MINUTE);
const series = (...points: [minute: number, value: number][]): Map<EpochMs, number> =>
  new Map(points.map(([minute, value]) => [at(minute), value]));
const NONE = series();
const QUERY = { namespace: 'AWS/ApplicationELB', metricName: 'RequestCount', dimensions: {}, stat: 'Sum' };

test('albDimensions: the ends of the ARNs', () => {
  const base = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012';
  expect(albDimensions(`${base}:loadbalancer/app/web/1a`, `${base}:targetgroup/blue/2b`)).toEqual({
    LoadBalancer: 'app/web/1a',
    TargetGroup: 'targetgroup/blue/2b',
  });
});

test('alignRange: only windows that lie whole inside', () => {
  expect(alignRange(T0 + 1, T0 + 3 * MINUTE - 1, 60)).toEqual({
    fromMs: T0 + MINUTE,
    toMs: T0 + 2 * MINUTE,
    periodMs: MINUTE,
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

describe('toWindows', () => {
  const side = (more: object): Parameters<typeof toWindows>[0] => ({
    requests: NONE,
    targetErrors: NONE,
    connectionErrors: NONE,
    latency: { p99: NONE },
    ...more,
  });

  test('toWindows: missing error counts are zero beside a request count, and latency is milliseconds', () => {
    const source = side({ requests: series([0, 100]), latency: { p99: series([0, 0.25]) } });
    expect(toWindows(source, undefined, range)).toEqual([
      {
        startMs: at(0),
        endMs: at(1),
        source: { requestCount: 100, errorCount: 0, quantilesMs: { p99: 250 } },
        target: { requestCount: 0, errorCount: 0, quantilesMs: {} },
      },
    ]);
  });

  test('toWindows: errors are the target’s 5xx and failed connections', () => {
    const source = side({ requests: series([0, 100]), targetErrors: series([0, 3]), connectionErrors: series([0, 4]) });
    expect(toWindows(source, undefined, range)[0]?.source.errorCount).toBe(7);
  });

  test('toWindows: errors without a request count are a contradiction, not zero requests', () => {
    const source = side({ requests: series([1, 5]), targetErrors: series([0, 3]) });
    expect(() => toWindows(source, undefined, range)).toThrow(expect.objectContaining({ code: 'AwsUnavailable' }));
  });

  test('toWindows: a window without requests on either side is left out, one with any is not', () => {
    const source = side({ requests: series([0, 0], [1, 0]) });
    const target = side({ requests: series([0, 0], [1, 1]) });
    expect(toWindows(source, target, range).map((window) => window.startMs)).toEqual([at(1)]);
  });
});

describe('toBaseline', () => {
  const baseline = toBaseline(
    {
      side: {
        requests: series([0, 60], [1, 120], [4, 0]),
        targetErrors: series([1, 9]),
        connectionErrors: NONE,
        latency: {
          p50: series([0, 0.01], [1, 0.02], [2, 0.09]),
          p95: NONE,
          p99: series([0, 0.1], [1, 0.3]),
        },
      },
      own: [{ query: { ...QUERY, name: 'gpu' }, series: series([0, 50], [1, 70]) }],
    },
    ['p99'],
    range,
  );

  test('toBaseline: a window with zero requests is data, one without a datapoint is a gap', () => {
    expect(baseline.windowsExpected).toBe(5);
    expect(baseline.windowsWithData).toBe(3);
    expect(baseline.gaps).toEqual([{ fromMs: at(2), toMs: at(4) }]);
  });

  test('toBaseline: volume per second, on average over the whole span and at its peak', () => {
    expect(baseline.requestCount).toBe(180);
    expect(baseline.requestsPerSecondAverage).toBeCloseTo(0.6);
    expect(baseline.requestsPerSecondPeak).toBe(2);
    expect(baseline.errorRate).toBeCloseTo(0.05);
  });

  test('toBaseline: latency is the median of the windows, null where there is none', () => {
    expect(baseline.latencyP50Ms).toBe(20);
    expect(baseline.latencyP95Ms).toBeNull();
    expect(baseline.latencyP99Ms).toBeCloseTo(200);
  });

  test('toBaseline: the spec’s own metrics have average and peak', () => {
    expect(baseline.metrics).toEqual([{ name: 'gpu', stat: 'Sum', average: 60, peak: 70, windowsWithData: 2 }]);
  });

  test('toBaseline: no requests at all have no error rate, instead of a rate of zero', () => {
    const empty = { requests: NONE, targetErrors: NONE, connectionErrors: NONE, latency: { p99: NONE } };
    const nothing = toBaseline({ side: empty, own: [] }, ['p99'], range);
    expect(nothing.errorRate).toBeNull();
    expect(nothing.gaps).toEqual([{ fromMs: at(0), toMs: at(5) }]);
  });
});

describe('CloudWatchMetrics', () => {
  const base = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012';
  const scope = {
    loadBalancerArn: `${base}:loadbalancer/app/web/1a`,
    sourceTargetGroupArn: `${base}:targetgroup/blue/2b`,
    targetTargetGroupArn: `${base}:targetgroup/green/3c`,
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
  ])('readWindows: a source that is %s is incomplete, with the cause in words', async (_name, error, cause) => {
    const evidence = await sourceOf(() => error).readWindows(metrics, scope, at(0), at(5));
    expect(evidence).toEqual({ complete: false, cause: expect.stringMatching(cause) });
  });

  test('readWindows: a query that is left out of the answer makes it incomplete', async () => {
    const source = sourceOf((input) => ({ MetricDataResults: all(input, 1).MetricDataResults?.slice(1) ?? [] }));
    expect(await source.readWindows(metrics, scope, at(0), at(5))).toMatchObject({ complete: false });
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
