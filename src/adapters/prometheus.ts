/** Prometheus, and whatever speaks its HTTP API (Grafana Mimir, Grafana Cloud, Thanos), as a source of metrics. */
import type { Baseline, Evidence } from '../domain/evidence';
import type { EpochMs } from '../domain/quantity';
import type { PrometheusMetricsSpec } from '../domain/spec';
import type { MetricReader, MetricScope } from '../ports/metric-source';
import { baselineQuantiles, toBaseline } from './metric-baseline';
import type { TimeRange } from './metric-series';
import { alignRange } from './metric-series';
import { toWindows } from './metric-windows';
import { mapOrdered } from './ordered';
import type { LabelledSeries, PrometheusAccess } from './prometheus-client';
import { PrometheusClient } from './prometheus-client';
import type { RangeQuery } from './prometheus-queries';
import { sideQueries, totalQueries } from './prometheus-queries';

/** Prometheus runs 20 at once, and others ask as well; one after the other, a look would outlast its heartbeat. */
const IN_FLIGHT_MAX = 8;

/** How far a series may be back that counts as there. */
const LOOK_BACK_MS = 3_600_000;

/** Without a series, no error is the same answer as a mistyped label. */
const REQUIRED = [
  { name: 'requests', hint: 'mistyped, or not scraped' },
  { name: 'errors', hint: 'mistyped, or nothing has failed yet; with `or vector(0)` behind it, no series is no error' },
] as const;

export class PrometheusMetrics implements MetricReader<PrometheusMetricsSpec> {
  private readonly client: PrometheusClient;

  constructor(access?: PrometheusAccess) {
    this.client = new PrometheusClient(access);
  }

  async readWindows(
    metrics: PrometheusMetricsSpec,
    { target: targetSide }: Pick<MetricScope, 'target'>,
    fromMs: EpochMs,
    toMs: EpochMs,
  ): Promise<Evidence> {
    const range = alignRange(fromMs, toMs, metrics.periodSeconds);
    const source = sideQueries(metrics, 'source');
    const target = targetSide === undefined ? undefined : sideQueries(metrics, 'target');
    const answers = await this.readAll(metrics, [...source.queries, ...(target?.queries ?? [])], range);
    const ofTarget = target?.collect(answers.slice(source.queries.length));
    return { complete: true, windows: toWindows(source.collect(answers), ofTarget, range) };
  }

  async readBaseline(
    metrics: PrometheusMetricsSpec,
    _scope: unknown,
    fromMs: EpochMs,
    toMs: EpochMs,
    onProgress: () => void,
  ): Promise<Baseline> {
    const range = alignRange(fromMs, toMs, metrics.periodSeconds);
    const source = totalQueries({ ...metrics, quantiles: baselineQuantiles(metrics.quantiles) }, 'source');
    const answers = await this.readAll(metrics, source.queries, range, onProgress);
    return toBaseline(source.collect(answers), metrics, range);
  }

  async findMissingSeries(metrics: PrometheusMetricsSpec, toMs: EpochMs): Promise<readonly string[]> {
    const { source, periodSeconds } = metrics;
    const range = alignRange(toMs - Math.max(LOOK_BACK_MS, 2_000 * periodSeconds), toMs, periodSeconds);
    const queries = REQUIRED.map(({ name }) => ({ expression: `count(${source[name]})` }));
    const answers = await this.readAll(metrics, queries, range);
    return REQUIRED.flatMap(({ name, hint }, index) =>
      answers[index]?.size === 0 ? [`source.${name}: ${source[name]} finds no series: ${hint}`] : [],
    );
  }

  private async readAll(
    { url, periodSeconds }: PrometheusMetricsSpec,
    queries: readonly RangeQuery[],
    range: TimeRange,
    onProgress: () => void = () => undefined,
  ): Promise<LabelledSeries[]> {
    const read = async ({ expression, label }: RangeQuery): Promise<LabelledSeries> => {
      const query = expression.replaceAll('$window', `${periodSeconds}s`);
      const series = await this.client.readRange(url, query, range, label);
      onProgress();
      return series;
    };
    const answers: LabelledSeries[] = [];
    for await (const answer of mapOrdered(queries, IN_FLIGHT_MAX, read)) answers.push(answer);
    return answers;
  }
}
