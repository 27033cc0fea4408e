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
    metrics: CloudWatchMetricsSpec,
    scope: MetricScope,
    fromMs: EpochMs,
    toMs: EpochMs,
  ): Promise<Evidence> {
    const { periodSeconds, quantiles, queries } = metrics;
    const range = alignRange(fromMs, toMs, periodSeconds);
    const source = sideQueries(sourceDimensions(metrics, scope), quantiles, queries);
    const ofScope = targetDimensions(metrics, scope);
    const target = ofScope === undefined ? undefined : sideQueries(ofScope, quantiles, ofTarget(queries));
    const asked = [...source.queries, ...(target?.queries ?? [])];
    const series = await readSeries(this.client, asked, range);
    const answers = target?.collect(series.slice(source.queries.length));
    return { complete: true, windows: toWindows(source.collect(series), answers, range) };
  }

  async readBaseline(
    metrics: CloudWatchMetricsSpec,
    scope: MetricScope,
    fromMs: EpochMs,
    toMs: EpochMs,
    onProgress: () => void,
  ): Promise<Baseline> {
    const range = alignRange(fromMs, toMs, metrics.periodSeconds);
    const dimensions = sourceDimensions(metrics, scope);
    const source = sideQueries(dimensions, baselineQuantiles(metrics.quantiles), metrics.queries);
    const series = await readSeries(this.client, source.queries, range, onProgress);
    return toBaseline(source.collect(series), metrics, range);
  }

  /** None: the names of its metrics are AWS's own, and nobody can mistype them. */
  async findMissingSeries(): Promise<readonly string[]> {
    return [];
  }
}

function sourceDimensions({ loadBalancers }: CloudWatchMetricsSpec, scope: MetricScope): Record<string, string> {
  return loadBalancers === undefined
    ? albDimensions(loadBalancerOf(scope), scope.sourceTargetGroupArn)
    : albDimensions(loadBalancers.source.loadBalancerArn, loadBalancers.source.targetGroupArn);
}

/** @returns undefined while there is no target. */
function targetDimensions(
  { loadBalancers }: CloudWatchMetricsSpec,
  { targetTargetGroupArn, ...scope }: MetricScope,
): Record<string, string> | undefined {
  if (targetTargetGroupArn === undefined) return undefined;
  return loadBalancers === undefined
    ? albDimensions(loadBalancerOf(scope), targetTargetGroupArn)
    : albDimensions(loadBalancers.target.loadBalancerArn, loadBalancers.target.targetGroupArn);
}

function loadBalancerOf({ loadBalancerArn }: Pick<MetricScope, 'loadBalancerArn'>): string {
  if (loadBalancerArn === undefined)
    throw new MigrationError('MetricsUnavailable', 'CloudWatch counts at a load balancer, and this route has none');
  return loadBalancerArn;
}
