import { metricSources } from '../../src/adapters/metric-sources';
import { MigrationError } from '../../src/domain/errors';
import type { Baseline, Evidence, EvidenceWindow } from '../../src/domain/evidence';
import { EMPTY_SIDE } from '../../src/domain/evidence';
import type { EpochMs, Milliseconds } from '../../src/domain/quantity';
import type { CloudWatchMetricsSpec, MetricsSpec, PrometheusMetricsSpec } from '../../src/domain/spec';
import type { MetricReader, MetricScope } from '../../src/ports/metric-source';

const SHARED = { periodSeconds: 60, lagMs: 0 as Milliseconds, quantiles: [], queries: [] };
const SIDE = { requests: 'r', errors: 'e', latency: 'l' };
const CLOUDWATCH: CloudWatchMetricsSpec = { kind: 'cloudwatch', ...SHARED };
const PROMETHEUS: PrometheusMetricsSpec = { kind: 'prometheus', url: 'u', source: SIDE, target: SIDE, ...SHARED };
const BOTH: MetricsSpec = { ...CLOUDWATCH, standIn: PROMETHEUS };
const SCOPE: MetricScope = { kind: 'rule', loadBalancerArn: 'lb', source: 'source', target: 'target' };
const [FROM, TO] = [0 as EpochMs, 180_000 as EpochMs];

/** Three windows, of which one may be missing; the requests say who counted them. */
function windowsOf(requestCount: number, ...minutes: number[]): EvidenceWindow[] {
  return minutes.map((minute) => ({
    startMs: (minute * 60_000) as EpochMs,
    endMs: ((minute + 1) * 60_000) as EpochMs,
    source: { ...EMPTY_SIDE, requestCount },
    target: EMPTY_SIDE,
  }));
}

/** Answers with what it was given, or throws it; remembers for which time it was asked. */
class FakeReader implements MetricReader<unknown> {
  readonly asked: (readonly [string, EpochMs, EpochMs])[] = [];

  constructor(
    private readonly answer: Evidence | Error,
    private readonly missing: readonly string[] = [],
  ) {}

  async findMissingSeries(): Promise<readonly string[]> {
    return this.missing;
  }

  async readWindows(_metrics: unknown, { source }: MetricScope, fromMs: EpochMs, toMs: EpochMs) {
    this.asked.push([source, fromMs, toMs]);
    if (this.answer instanceof Error) throw this.answer;
    return this.answer;
  }

  async readBaseline(metrics: unknown, scope: MetricScope, fromMs: EpochMs, toMs: EpochMs): Promise<Baseline> {
    const evidence = await this.readWindows(metrics, scope, fromMs, toMs);
    return { fromMs, toMs, requestCount: evidence.complete ? evidence.windows.length : 0 } as Baseline;
  }
}

const whole = (...windows: EvidenceWindow[]): Evidence => ({ complete: true, windows });
const FIRST = whole(...windowsOf(1, 0, 2));
const SECOND = whole(...windowsOf(2, 0, 1, 2));
const THROTTLED = new MigrationError('AwsUnavailable', 'throttled');
const REFUSED = new MigrationError('MetricsUnavailable', 'answered 503');
const CANCELLED = Object.assign(new Error('nobody waits'), { name: 'AbortError' });

function asking(first: Evidence | Error, second: Evidence | Error) {
  const [cloudwatch, prometheus] = [new FakeReader(first), new FakeReader(second)];
  const source = metricSources({ cloudwatch, prometheus });
  return {
    cloudwatch,
    prometheus,
    windows: (metrics = BOTH) => source.readWindows(metrics, SCOPE, FROM, TO),
    baseline: (metrics = BOTH) => source.readBaseline(metrics, SCOPE, FROM, TO, () => undefined),
  };
}

test('stand-in: a first source that answers is not stood in for, also with a gap in its answer', async () => {
  const { prometheus, windows } = asking(FIRST, SECOND);
  expect(await windows()).toEqual(FIRST);
  expect(prometheus.asked).toEqual([]);
});

test.each<[string, Evidence | Error, string]>([
  ['fails', THROTTLED, 'cloudwatch: throttled'],
  ['answers in part', { complete: false, cause: 'one page is missing' }, 'cloudwatch: one page is missing'],
])('stand-in: when the first %s, the second answers for the same time and says why', async (_how, first, cause) => {
  const { cloudwatch, prometheus, windows } = asking(first, SECOND);
  expect(await windows()).toEqual({
    complete: true,
    windows: windowsOf(2, 0, 1, 2).map((window) => ({ ...window, standIn: 'prometheus' })),
    standIn: { by: 'prometheus', cause },
  });
  expect(prometheus.asked).toEqual([['source', FROM, TO]]);
  expect(cloudwatch.asked).toEqual(prometheus.asked);
});

test('stand-in: every window of an answer is of one source', async () => {
  const { windows } = asking({ complete: false, cause: 'half', ...{ windows: windowsOf(1, 0) } }, SECOND);
  const evidence = await windows();
  const counts = (evidence.complete ? evidence.windows : []).map(({ source }) => source.requestCount);
  expect(counts).toEqual([2, 2, 2]);
});

test.each<[string, Evidence | Error, Evidence | Error]>([
  ['both fail', THROTTLED, REFUSED],
  ['both answer in part', { complete: false, cause: 'throttled' }, { complete: false, cause: 'answered 503' }],
])('stand-in: when %s, both causes are told', async (_how, first, second) => {
  await expect(asking(first, second).windows()).rejects.toMatchObject({
    code: 'MetricsUnavailable',
    message: 'cloudwatch: throttled; stand-in prometheus: answered 503',
  });
});

test('stand-in: a cancellation of the first is passed on, and nobody else is asked', async () => {
  const { prometheus, windows } = asking(CANCELLED, SECOND);
  await expect(windows()).rejects.toBe(CANCELLED);
  expect(prometheus.asked).toEqual([]);
});

test('stand-in: a cancellation of the second is passed on as it is', async () => {
  await expect(asking(THROTTLED, CANCELLED).windows()).rejects.toBe(CANCELLED);
});

test('stand-in: a baseline is of the first source or of none', async () => {
  const { prometheus, baseline } = asking(THROTTLED, SECOND);
  await expect(baseline()).rejects.toBe(THROTTLED);
  expect(prometheus.asked).toEqual([]);
});

test('stand-in: what finds no series is told of both, each by its path', async () => {
  const cloudwatch = new FakeReader(FIRST, ['first']);
  const prometheus = new FakeReader(SECOND, ['source.requests: r']);
  const missing = await metricSources({ cloudwatch, prometheus }).findMissingSeries(BOTH, TO);
  expect(missing).toEqual(['first', 'standIn.source.requests: r']);
});

test('metrics without a stand-in: a failure keeps its own code', async () => {
  await expect(asking(THROTTLED, SECOND).windows(CLOUDWATCH)).rejects.toBe(THROTTLED);
});

test('metrics without a stand-in: each kind is read by its own source', async () => {
  expect(await asking(THROTTLED, SECOND).windows(PROMETHEUS)).toEqual(SECOND);
});
