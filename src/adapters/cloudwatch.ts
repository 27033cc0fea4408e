/** CloudWatch's numbers about an Application Load Balancer. */
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { Baseline, Evidence } from '../domain/evidence';
import { MigrationError } from '../domain/errors';
import type { EpochMs } from '../domain/quantity';
import type { CloudWatchMetricsSpec } from '../domain/spec';
import type { MetricReader, MetricScope } from '../ports/metric-source';
import { albDimensions, ofTarget, sideQueries } from './cloudwatch-queries';
import { readSeries } from './cloudwatch-series';
import { baselineQuantiles, toBaseline } from './metric-baseline';
import { alignRange } from './metric-series';
import { toWindows } from './metric-windows';

export class CloudWatchMetrics implements MetricReader<CloudWatchMetricsSpec> {
  constructor(private readonly client: CloudWatchClient) {}

  async readWindows(
    { periodSeconds, quantiles, queries }: CloudWatchMetricsSpec,
    { sourceTargetGroupArn, targetTargetGroupArn, ...scope }: MetricScope,
    fromMs: EpochMs,
    toMs: EpochMs,
  ): Promise<Evidence> {
    const loadBalancerArn = loadBalancerOf(scope);
    const range = alignRange(fromMs, toMs, periodSeconds);
    const source = sideQueries(albDimensions(loadBalancerArn, sourceTargetGroupArn), quantiles, queries);
    const target =
      targetTargetGroupArn === undefined
        ? undefined
        : sideQueries(albDimensions(loadBalancerArn, targetTargetGroupArn), quantiles, ofTarget(queries));
    const asked = [...source.queries, ...(target?.queries ?? [])];
    const series = await readSeries(this.client, asked, range);
    const answers = target?.collect(series.slice(source.queries.length));
    return { complete: true, windows: toWindows(source.collect(series), answers, range) };
  }

  async readBaseline(
    metrics: CloudWatchMetricsSpec,
    { sourceTargetGroupArn, ...scope }: MetricScope,
    fromMs: EpochMs,
    toMs: EpochMs,
    onProgress: () => void,
  ): Promise<Baseline> {
    const range = alignRange(fromMs, toMs, metrics.periodSeconds);
    const dimensions = albDimensions(loadBalancerOf(scope), sourceTargetGroupArn);
    const source = sideQueries(dimensions, baselineQuantiles(metrics.quantiles), metrics.queries);
    const series = await readSeries(this.client, source.queries, range, onProgress);
    return toBaseline(source.collect(series), metrics, range);
  }

  /** None: the names of its metrics are AWS's own, and nobody can mistype them. */
  async findMissingSeries(): Promise<readonly string[]> {
    return [];
  }
}

function loadBalancerOf({ loadBalancerArn }: Pick<MetricScope, 'loadBalancerArn'>): string {
  if (loadBalancerArn === undefined)
    throw new MigrationError('MetricsUnavailable', 'CloudWatch counts at a load balancer, and this route has none');
  return loadBalancerArn;
}
