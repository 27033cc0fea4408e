/** Prometheus, and whatever speaks its HTTP API (Grafana Mimir, Grafana Cloud, Thanos), as a source of metrics. */
import { MigrationError } from '../domain/errors';
import type { Baseline, Evidence } from '../domain/evidence';
import type { EpochMs } from '../domain/quantity';
import { fractionOf } from '../domain/quantity';
import type { PrometheusMetricsSpec } from '../domain/spec';
import type { MetricReader, MetricScope } from '../ports/metric-source';
import { baselineQuantiles, toBaseline } from './metric-baseline';
import type { Series, SideSeries, TimeRange } from './metric-series';
import { alignRange, finiteOnly, NO_DATA } from './metric-series';
import { toWindows } from './metric-windows';
import type { LabelledSeries, PrometheusAccess } from './prometheus-client';
import { PrometheusClient } from './prometheus-client';

/** Reads one expression; with a label, one series for each of its values. */
type Read = (expression: string, label?: string) => Promise<LabelledSeries>;

type SideName = 'source' | 'target';

export class PrometheusMetrics implements MetricReader<PrometheusMetricsSpec> {
  private readonly client: PrometheusClient;

  constructor(access?: PrometheusAccess) {
    this.client = new PrometheusClient(access);
  }

  async readWindows(
    metrics: PrometheusMetricsSpec,
    { targetTargetGroupArn }: Pick<MetricScope, 'targetTargetGroupArn'>,
    fromMs: EpochMs,
    toMs: EpochMs,
  ): Promise<Evidence> {
    const range = alignRange(fromMs, toMs, metrics.periodSeconds);
    const read = this.reader(metrics, range);
    const readBoth = async (name: SideName): Promise<SideSeries> => ({
      ...(await readTotal(metrics, name, read)),
      ...(await readSegments(metrics, name, read)),
    });
    const source = await readBoth('source');
    const target = targetTargetGroupArn === undefined ? undefined : await readBoth('target');
    return { complete: true, windows: toWindows(source, target, range) };
  }

  async readBaseline(
    metrics: PrometheusMetricsSpec,
    _scope: unknown,
    fromMs: EpochMs,
    toMs: EpochMs,
    onProgress: () => void,
  ): Promise<Baseline> {
    const range = alignRange(fromMs, toMs, metrics.periodSeconds);
    const read = this.reader(metrics, range, onProgress);
    const quantiles = baselineQuantiles(metrics.quantiles);
    return toBaseline(await readTotal({ ...metrics, quantiles }, 'source', read), metrics, range);
  }

  private reader(
    { url, periodSeconds }: PrometheusMetricsSpec,
    range: TimeRange,
    onProgress: () => void = () => undefined,
  ): Read {
    return async (expression, label) => {
      const query = expression.replaceAll('$window', `${periodSeconds}s`);
      const series = await this.client.readRange(url, query, range, label);
      onProgress();
      return series;
    };
  }
}

/** All requests of one side, whatever their label. */
async function readTotal(metrics: PrometheusMetricsSpec, name: SideName, read: Read): Promise<SideSeries> {
  const { segmentBy } = metrics;
  const { requests, errors, latency } = metrics[name];
  const sumOf = (counts: string): string => (segmentBy === undefined ? counts : `sum(${counts})`);
  const buckets = segmentBy === undefined ? latency : `sum without (${segmentBy}) (${latency})`;
  const quantiles = await readQuantiles(metrics.quantiles, buckets, read);
  return {
    latency: Object.fromEntries(quantiles.map(([quantile, found]) => [quantile, finiteOnly(seriesOf(found))])),
    requests: wholeNumbers(seriesOf(await read(sumOf(requests))), requests),
    errors: wholeNumbers(seriesOf(await read(sumOf(errors))), errors),
    own: await readOwn(metrics.queries, name, read),
  };
}

/** The same requests by label; what has no label is in none. */
async function readSegments(
  metrics: PrometheusMetricsSpec,
  name: SideName,
  read: Read,
): Promise<Pick<SideSeries, 'segments'>> {
  const { segmentBy } = metrics;
  if (segmentBy === undefined) return {};
  const side = metrics[name];
  const requests = await read(side.requests, segmentBy);
  const errors = await read(side.errors, segmentBy);
  const quantiles = await readQuantiles(metrics.quantiles, side.latency, read, segmentBy);
  const segment = (value: string): SideSeries => ({
    requests: wholeNumbers(seriesOf(requests, value), side.requests),
    errors: wholeNumbers(seriesOf(errors, value), side.errors),
    latency: Object.fromEntries(quantiles.map(([quantile, found]) => [quantile, finiteOnly(seriesOf(found, value))])),
  });
  const values = new Set([...requests.keys(), ...errors.keys()].filter((value) => value !== ''));
  return { segments: new Map([...values].map((value) => [value, segment(value)])) };
}

async function readQuantiles(
  quantiles: readonly string[],
  buckets: string,
  read: Read,
  label?: string,
): Promise<[string, LabelledSeries][]> {
  const found: [string, LabelledSeries][] = [];
  for (const quantile of quantiles)
    found.push([quantile, await read(`histogram_quantile(${fractionOf(quantile)}, ${buckets})`, label)]);
  return found;
}

async function readOwn(
  queries: PrometheusMetricsSpec['queries'],
  name: SideName,
  read: Read,
): Promise<Record<string, Series>> {
  const own: Record<string, Series> = {};
  for (const query of queries) {
    const expression = query[name];
    if (expression !== undefined) own[query.name] = finiteOnly(seriesOf(await read(expression)));
  }
  return own;
}

function seriesOf(found: LabelledSeries, value = ''): Series {
  return found.get(value) ?? NO_DATA;
}

/** `increase` extrapolates to the edges of the window, so it gives fractions of requests. */
function wholeNumbers(series: Series, query: string): Series {
  const whole = new Map<EpochMs, number>();
  for (const [startMs, value] of series) {
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY))
      throw new MigrationError(
        'MetricsUnavailable',
        `${query} is ${value} at ${new Date(startMs).toISOString()}, a count is needed`,
      );
    whole.set(startMs, Math.round(value));
  }
  return whole;
}
