/** CloudWatch's numbers about an Application Load Balancer's target groups, and about a SageMaker endpoint's variants. */
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { Baseline, Evidence } from '../domain/evidence';
import { assertNever, MigrationError } from '../domain/errors';
import type { EpochMs } from '../domain/quantity';
import type { CloudWatchMetricsSpec, CloudWatchQuerySpec } from '../domain/spec';
import type { MetricReader, MetricScope } from '../ports/metric-source';
import type { SideQueries } from './cloudwatch-queries';
import { albDimensions, ofTarget, targetGroupQueries } from './cloudwatch-queries';
import { readSeries } from './cloudwatch-series';
import { gpuQueries, variantDimensions, variantQueries } from './cloudwatch-variants';
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
    const source = sideOf(metrics, scope, 'source', quantiles, queries);
    const target =
      scope.target === undefined ? undefined : sideOf(metrics, scope, 'target', quantiles, ofTarget(queries));
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
    const builtIn = scope.kind === 'endpoint' ? gpuQueries(variantDimensions(scope.endpointName, scope.source)) : [];
    const queries = [...metrics.queries, ...builtIn];
    const source = sideOf(metrics, scope, 'source', baselineQuantiles(metrics.quantiles), queries);
    const series = await readSeries(this.client, source.queries, range, onProgress);
    return withoutSilent(toBaseline(source.collect(series), { ...metrics, queries }, range), builtIn);
  }

  /** None: the names of its metrics are AWS's own, and nobody can mistype them. */
  async findMissingSeries(): Promise<readonly string[]> {
    return [];
  }
}

/** @throws MetricsUnavailable where nothing that CloudWatch knows is between the sides. */
function sideOf(
  { loadBalancers }: CloudWatchMetricsSpec,
  scope: MetricScope,
  side: 'source' | 'target',
  quantiles: readonly string[],
  own: readonly CloudWatchQuerySpec[],
): SideQueries {
  const backend = scope[side] ?? '';
  switch (scope.kind) {
    case 'rule':
    case 'listener':
      return targetGroupQueries(albDimensions(scope.loadBalancerArn, backend), quantiles, own);
    case 'endpoint':
      return variantQueries(variantDimensions(scope.endpointName, backend), quantiles, own);
    case 'record': {
      if (loadBalancers === undefined)
        throw new MigrationError('MetricsUnavailable', 'CloudWatch counts at a load balancer, and this route has none');
      const { loadBalancerArn, targetGroupArn } = loadBalancers[side];
      return targetGroupQueries(albDimensions(loadBalancerArn, targetGroupArn), quantiles, own);
    }
    default:
      return assertNever(scope);
  }
}

/** An instance without a GPU has nothing to say of one. */
function withoutSilent(baseline: Baseline, builtIn: readonly CloudWatchQuerySpec[]): Baseline {
  const names = builtIn.map(({ name }) => name);
  const metrics = baseline.metrics.filter((metric) => metric.windowsWithData > 0 || !names.includes(metric.name));
  return { ...baseline, metrics };
}
