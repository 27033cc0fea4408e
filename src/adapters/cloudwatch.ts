/** CloudWatch's numbers about an Application Load Balancer. */
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { Baseline, Evidence } from '../domain/evidence';
import type { EpochMs } from '../domain/quantity';
import type { CloudWatchMetricsSpec } from '../domain/spec';
import type { MetricScope } from '../ports/metric-source';
import type { SeriesQuery } from './cloudwatch-series';
import { alignRange, readSeries } from './cloudwatch-series';
import {
  albDimensions,
  baselineQuantiles,
  ownQuery,
  sideQueries,
  sideSeries,
  toBaseline,
  toWindows,
} from './cloudwatch-windows';

export class CloudWatchMetrics {
  constructor(private readonly client: CloudWatchClient) {}

  /** Whatever keeps it from a whole answer is itself the answer: the judge calls it `blind` and says why. */
  async readWindows(
    metrics: CloudWatchMetricsSpec,
    scope: MetricScope,
    fromMs: EpochMs,
    toMs: EpochMs,
  ): Promise<Evidence> {
    const range = alignRange(fromMs, toMs, metrics.periodSeconds);
    const sides = [
      scope.sourceTargetGroupArn,
      ...(scope.targetTargetGroupArn === undefined ? [] : [scope.targetTargetGroupArn]),
    ];
    const queries = sides.map((targetGroupArn) =>
      sideQueries(albDimensions(scope.loadBalancerArn, targetGroupArn), metrics.quantiles),
    );
    try {
      const series = await readSeries(this.client, queries.flat(), range);
      const perSide = queries[0]?.length ?? 0;
      const source = sideSeries(series.slice(0, perSide), metrics.quantiles);
      const target =
        scope.targetTargetGroupArn === undefined ? undefined : sideSeries(series.slice(perSide), metrics.quantiles);
      return { complete: true, windows: toWindows(source, target, range) };
    } catch (error) {
      if (error instanceof Error && error.name === 'AbortError') throw error;
      return { complete: false, cause: error instanceof Error ? error.message : String(error) };
    }
  }

  async readBaseline(
    metrics: CloudWatchMetricsSpec,
    scope: MetricScope,
    fromMs: EpochMs,
    toMs: EpochMs,
    onProgress: () => void,
  ): Promise<Baseline> {
    const range = alignRange(fromMs, toMs, metrics.periodSeconds);
    const dimensions = albDimensions(scope.loadBalancerArn, scope.sourceTargetGroupArn);
    const quantiles = baselineQuantiles(metrics.quantiles);
    const side = sideQueries(dimensions, quantiles);
    const queries: SeriesQuery[] = [...side, ...metrics.queries.map(ownQuery)];
    const series = await readSeries(this.client, queries, range, onProgress);
    const own = series.slice(side.length);
    return toBaseline(
      {
        side: sideSeries(series.slice(0, side.length), quantiles),
        own: metrics.queries.map((query, index) => ({ query, series: own[index] ?? new Map() })),
      },
      metrics.quantiles,
      range,
    );
  }
}
