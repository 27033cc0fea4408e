/** CloudWatch metrics: what the load balancer publishes, what PutMetricData brought, and GetMetricData page by page. */
import { percentile } from '../metrics/histogram';
import type { SecondStats } from '../metrics/histogram';
import { Series, foldIntoPeriods } from '../metrics/series';
import { exchangeJson } from '../loopback';
import { AwsError } from './answer';
import { checkQueries, pageOf, parseEpochSeconds } from './metric-data';
import type { Dimension, GetMetricDataInput, MetricDataPage, MetricDataQuery, MetricReference } from './metric-data';

export const ELB_NAMESPACE = 'AWS/ApplicationELB';

export interface MetricIdentity {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly Dimension[];
}

interface MetricDatum {
  readonly MetricName: string;
  readonly Dimensions?: readonly Dimension[];
  readonly Timestamp?: number | string;
  readonly Value?: number;
  readonly Values?: readonly number[];
  readonly Counts?: readonly number[];
  readonly StatisticValues?: {
    readonly SampleCount: number;
    readonly Sum: number;
    readonly Minimum: number;
    readonly Maximum: number;
  };
}

/** A service that publishes its own metrics, beside the load balancer. */
export interface PublishedMetrics {
  /** Undefined: it publishes no such metric. Seconds with data in [from, to), oldest first. */
  window(metric: MetricIdentity, from: number, to: number): SecondStats[] | undefined;
  identities(): MetricIdentity[];
}

/** Of several services; the first that publishes a metric tells it. */
export function joined(...all: readonly PublishedMetrics[]): PublishedMetrics {
  return {
    window: (metric, from, to) =>
      all.map((one) => one.window(metric, from, to)).find((seconds) => seconds !== undefined),
    identities: () => all.flatMap((one) => one.identities()),
  };
}

export class CloudWatch {
  private readonly custom = new Map<string, { identity: MetricIdentity; series: Series }>();

  constructor(
    private readonly dataPlane: () => string | undefined,
    private readonly published: PublishedMetrics = { window: () => undefined, identities: () => [] },
  ) {}

  putMetricData(input: { Namespace: string; MetricData?: readonly MetricDatum[] }, nowMs: number): void {
    if (input.Namespace.startsWith('AWS/'))
      throw new AwsError('InvalidParameterValue', 'The value AWS/ for parameter Namespace is invalid.');
    for (const datum of input.MetricData ?? []) {
      const identity = { Namespace: input.Namespace, MetricName: datum.MetricName, Dimensions: datum.Dimensions ?? [] };
      const key = identityKey(identity);
      const entry = this.custom.get(key) ?? { identity, series: new Series() };
      this.custom.set(key, entry);
      recordDatum(
        entry.series,
        datum,
        datum.Timestamp === undefined ? nowMs : parseEpochSeconds(datum.Timestamp) * 1000,
      );
    }
  }

  async getMetricData(input: GetMetricDataInput): Promise<MetricDataPage> {
    checkQueries(input);
    const results = await Promise.all(
      input.MetricDataQueries.filter((query) => query.ReturnData !== false).map(async (query) => ({
        query,
        points: await this.points(query, input),
      })),
    );
    return pageOf(input, results);
  }

  async listMetrics(input: Partial<MetricIdentity>): Promise<MetricIdentity[]> {
    const custom = [...this.custom.values()].map((entry) => entry.identity);
    const all = [...custom, ...this.published.identities(), ...(await this.elbIdentities())];
    const holds = (metric: MetricIdentity, wanted: Dimension): boolean =>
      metric.Dimensions.some(
        (dimension) =>
          dimension.Name === wanted.Name && (wanted.Value === undefined || dimension.Value === wanted.Value),
      );
    return all.filter(
      (metric) =>
        (input.Namespace === undefined || metric.Namespace === input.Namespace) &&
        (input.MetricName === undefined || metric.MetricName === input.MetricName) &&
        (input.Dimensions ?? []).every((wanted) => holds(metric, wanted)),
    );
  }

  private async points(query: MetricDataQuery, input: GetMetricDataInput): Promise<{ t: number; value: number }[]> {
    const stat = query.MetricStat;
    if (stat === undefined)
      throw new AwsError('ValidationError', `The lab evaluates no expressions; query '${query.Id}' has no MetricStat.`);
    const from = Math.floor(parseEpochSeconds(input.StartTime) / stat.Period) * stat.Period;
    // The second that is still running is published when it is over, so a value never changes after it was read.
    const to = Math.min(Math.ceil(parseEpochSeconds(input.EndTime)), Math.floor(Date.now() / 1000));
    const seconds = await this.seconds(stat.Metric, from, to);
    return foldIntoPeriods(seconds, stat.Period)
      .map((folded) => ({ t: folded.t, value: statistic(folded, stat.Stat) }))
      .filter((point): point is { t: number; value: number } => point.value !== undefined);
  }

  private async seconds(metric: MetricReference, from: number, to: number): Promise<SecondStats[]> {
    const dimensions = metric.Dimensions ?? [];
    if (metric.Namespace !== ELB_NAMESPACE) {
      const identity = { Namespace: metric.Namespace, MetricName: metric.MetricName, Dimensions: dimensions };
      const own = this.published.window(identity, from, to);
      return own ?? this.custom.get(identityKey(identity))?.series.window(from, to) ?? [];
    }
    const value = (name: string): string | undefined => dimensions.find((dimension) => dimension.Name === name)?.Value;
    const admin = this.dataPlane();
    // AWS publishes per load balancer, and per load balancer and target group; any other set of dimensions has no data.
    const known = dimensions.every(
      (dimension) => dimension.Name === 'LoadBalancer' || dimension.Name === 'TargetGroup',
    );
    const loadBalancer = value('LoadBalancer');
    if (admin === undefined || !known || loadBalancer === undefined) return [];
    const query = new URLSearchParams({ loadBalancer, metric: metric.MetricName, from: `${from}`, to: `${to}` });
    const group = value('TargetGroup');
    if (group !== undefined) query.set('targetGroup', group);
    return exchangeJson<SecondStats[]>('GET', `${admin}/series?${query.toString()}`);
  }

  private async elbIdentities(): Promise<MetricIdentity[]> {
    const admin = this.dataPlane();
    if (admin === undefined) return [];
    const keys = await exchangeJson<{ metric: string; targetGroup?: string; loadBalancer: string }[]>(
      'GET',
      `${admin}/keys`,
    );
    return keys.map((key) => ({
      Namespace: ELB_NAMESPACE,
      MetricName: key.metric,
      Dimensions: [
        ...(key.targetGroup === undefined ? [] : [{ Name: 'TargetGroup', Value: key.targetGroup }]),
        { Name: 'LoadBalancer', Value: key.loadBalancer },
      ],
    }));
  }
}

function identityKey(identity: MetricIdentity): string {
  const dimensions = identity.Dimensions.map((dimension) => `${dimension.Name}=${dimension.Value ?? ''}`).sort();
  return JSON.stringify([identity.Namespace, identity.MetricName, ...dimensions]);
}

function recordDatum(series: Series, datum: MetricDatum, atMs: number): void {
  if (datum.Value !== undefined) series.record(atMs, datum.Value);
  datum.Values?.forEach((value, index) => series.record(atMs, value, datum.Counts?.[index] ?? 1));
  const set = datum.StatisticValues;
  if (set !== undefined)
    series.merge({
      t: Math.floor(atMs / 1000),
      count: set.SampleCount,
      sum: set.Sum,
      min: set.Minimum,
      max: set.Maximum,
    });
}

/** Undefined means: no data point. A dense zero has a sum but no samples. */
export function statistic(stats: SecondStats, stat: string): number | undefined {
  switch (stat) {
    case 'Sum':
      return stats.sum;
    case 'SampleCount':
      return stats.count;
    case 'Average':
      return stats.count === 0 ? undefined : stats.sum / stats.count;
    case 'Minimum':
      return stats.count === 0 ? undefined : stats.min;
    case 'Maximum':
      return stats.count === 0 ? undefined : stats.max;
    default:
      return percentile(stats, Number(stat.slice(1)));
  }
}
