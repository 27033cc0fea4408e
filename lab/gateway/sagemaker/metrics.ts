/** What SageMaker publishes to CloudWatch of each variant, at one second. */
import type { SecondStats } from '../../metrics/histogram';
import { Series } from '../../metrics/series';
import type { Dimension } from '../metric-data';
import type { Endpoint, Variant } from './account';
import { variantsOf } from './account';

export const INVOCATION_NAMESPACE = 'AWS/SageMaker';
export const HOST_NAMESPACE = '/aws/sagemaker/Endpoints';

/** How one invocation went. */
export interface Invocation {
  /** The container's; undefined: it did not answer. */
  readonly status: number | undefined;
  /** In the container. Unit: milliseconds. */
  readonly modelMs: number;
  /** Everything else. Unit: milliseconds. */
  readonly overheadMs: number;
}

export interface PublishedMetric {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly Dimension[];
}

interface VariantSeries {
  readonly identity: PublishedMetric;
  readonly series: Series;
}

const MICROSECONDS_PER_MS = 1_000;
const MS_PER_SECOND = 1_000;

export class EndpointMetrics {
  private readonly all = new Map<string, VariantSeries>();
  /** Milliseconds that containers were busy since the last look, by variant. */
  private readonly busyMs = new Map<string, number>();

  record(endpointName: string, variant: Variant, invocation: Invocation, nowMs: number): void {
    const put = (metric: string, value: number): void =>
      this.put(INVOCATION_NAMESPACE, metric, endpointName, variant.name, value, nowMs);
    const { status } = invocation;
    const isClass = (hundred: number): number => (status !== undefined && Math.floor(status / 100) === hundred ? 1 : 0);
    put('Invocations', 1);
    put('InvocationsPerInstance', 1 / Math.max(1, variant.currentCount));
    // Unlike a load balancer's counts, zeros are sent: the average is the error rate.
    put('Invocation4XXErrors', isClass(4));
    put('Invocation5XXErrors', isClass(5));
    put('InvocationModelErrors', isClass(2) === 1 ? 0 : 1);
    put('ModelLatency', invocation.modelMs * MICROSECONDS_PER_MS);
    put('OverheadLatency', invocation.overheadMs * MICROSECONDS_PER_MS);
    const key = `${endpointName}/${variant.name}`;
    this.busyMs.set(key, (this.busyMs.get(key) ?? 0) + invocation.modelMs);
  }

  /** To be called once a second. The lab has no machines to measure: utilization is made up from how busy containers were. */
  recordHosts(endpoints: readonly Endpoint[], nowMs: number): void {
    for (const endpoint of endpoints) {
      for (const variant of variantsOf(endpoint.fleet)) {
        if (variant.currentCount === 0) continue;
        const key = `${endpoint.name}/${variant.name}`;
        const load = Math.min(1, (this.busyMs.get(key) ?? 0) / (MS_PER_SECOND * variant.currentCount));
        this.busyMs.delete(key);
        const put = (metric: string, percent: number): void =>
          this.put(HOST_NAMESPACE, metric, endpoint.name, variant.name, percent, nowMs);
        put('CPUUtilization', 3 + 60 * load);
        put('MemoryUtilization', 35 + 10 * load);
        if (/^ml\.(g|p)\d/.test(variant.config.InstanceType ?? '')) put('GPUUtilization', 95 * load);
      }
    }
  }

  /** Undefined: SageMaker does not publish this metric. Seconds with data in [from, to), oldest first. */
  window(metric: PublishedMetric, from: number, to: number): SecondStats[] | undefined {
    if (metric.Namespace !== INVOCATION_NAMESPACE && metric.Namespace !== HOST_NAMESPACE) return undefined;
    return this.all.get(keyOf(metric))?.series.window(from, to);
  }

  identities(): PublishedMetric[] {
    return [...this.all.values()].map(({ identity }) => identity);
  }

  private put(
    Namespace: string,
    MetricName: string,
    endpoint: string,
    variant: string,
    value: number,
    nowMs: number,
  ): void {
    const Dimensions = [
      { Name: 'EndpointName', Value: endpoint },
      { Name: 'VariantName', Value: variant },
    ];
    const identity = { Namespace, MetricName, Dimensions };
    const key = keyOf(identity);
    const entry = this.all.get(key) ?? { identity, series: new Series() };
    this.all.set(key, entry);
    entry.series.record(nowMs, value);
  }
}

function keyOf({ Namespace, MetricName, Dimensions }: PublishedMetric): string {
  return JSON.stringify([
    Namespace,
    MetricName,
    ...Dimensions.map(({ Name, Value }) => `${Name}=${Value ?? ''}`).sort(),
  ]);
}
