/** Pure: what to ask CloudWatch about one side, and which answer is what. */
import type { StandardUnit } from '@aws-sdk/client-cloudwatch';
import type { CloudWatchQuerySpec } from '../domain/spec';
import type { SeriesQuery } from './cloudwatch-series';
import type { Series, SideSeries } from './metric-series';
import { addSeries, NO_DATA } from './metric-series';

const NAMESPACE = 'AWS/ApplicationELB';

export type Dimensions = Readonly<Record<string, string>>;

/** One side of one read. */
export interface SideQueries {
  readonly queries: readonly SeriesQuery[];
  /** Takes the answers in the order of the queries. */
  readonly collect: (answers: readonly Series[]) => SideSeries;
}

/** `…:loadbalancer/app/name/id` → `app/name/id`; `…:targetgroup/name/id` → `targetgroup/name/id`. */
export function albDimensions(loadBalancerArn: string, targetGroupArn: string): Record<string, string> {
  return {
    LoadBalancer: loadBalancerArn.slice(loadBalancerArn.indexOf(':loadbalancer/') + ':loadbalancer/'.length),
    TargetGroup: targetGroupArn.slice(targetGroupArn.indexOf(':targetgroup/') + 1),
  };
}

/** What a load balancer publishes about one target group, and the spec's own metrics of that side. */
export function targetGroupQueries(
  dimensions: Dimensions,
  quantiles: readonly string[],
  own: readonly CloudWatchQuerySpec[],
): SideQueries {
  return sideQueries({
    namespace: NAMESPACE,
    dimensions,
    counts: ['RequestCount', 'HTTPCode_Target_5XX_Count', 'TargetConnectionErrorCount'],
    count: ([requests = NO_DATA, targetErrors = NO_DATA, connectionErrors = NO_DATA]) => ({
      requests,
      errors: addSeries([targetErrors, connectionErrors]),
    }),
    latency: 'TargetResponseTime',
    perSecond: 1,
    quantiles,
    own,
  });
}

/** What a service publishes about one side, and the spec's own metrics of it. */
export interface PublishedSide {
  readonly namespace: string;
  readonly dimensions: Dimensions;
  /** Names of metrics that are counted. */
  readonly counts: readonly string[];
  /** Takes their sums in the order of their names. */
  readonly count: (sums: readonly Series[]) => Pick<SideSeries, 'requests' | 'errors'>;
  /** Name of the metric. */
  readonly latency: string;
  /** How many of its units are a second. */
  readonly perSecond: number;
  readonly quantiles: readonly string[];
  readonly own: readonly CloudWatchQuerySpec[];
}

export function sideQueries(side: PublishedSide): SideQueries {
  const { namespace, dimensions, counts, quantiles, own, perSecond } = side;
  const ask = (metricName: string, stat: string): SeriesQuery => ({ namespace, metricName, dimensions, stat });
  return {
    queries: [
      ...counts.map((name) => ask(name, 'Sum')),
      ...quantiles.map((quantile) => ask(side.latency, quantile)),
      ...own.map(ownQuery),
    ],
    collect: (answers) => {
      const rest = answers.slice(counts.length);
      return {
        ...side.count(answers.slice(0, counts.length)),
        latency: named(
          quantiles,
          rest.slice(0, quantiles.length).map((series) => divided(series, perSecond)),
        ),
        own: named(
          own.map(({ name }) => name),
          rest.slice(quantiles.length),
        ),
      };
    },
  };
}

function divided(series: Series, by: number): Series {
  return new Map([...series].map(([startMs, value]) => [startMs, value / by] as const));
}

/** The spec's own metrics as the target has them; one without dimensions of its own is the source's alone. */
export function ofTarget(queries: readonly CloudWatchQuerySpec[]): CloudWatchQuerySpec[] {
  return queries.flatMap(({ targetDimensions, ...query }) =>
    targetDimensions === undefined ? [] : [{ ...query, dimensions: targetDimensions }],
  );
}

function ownQuery({ namespace, metricName, dimensions, stat, unit }: CloudWatchQuerySpec): SeriesQuery {
  const query = { namespace, metricName, dimensions, stat };
  // The spec's schema knows CloudWatch's units, and lets no other pass.
  return unit === undefined ? query : { ...query, unit: unit as StandardUnit };
}

function named(names: readonly string[], series: readonly Series[]): Record<string, Series> {
  return Object.fromEntries(names.map((name, index) => [name, series[index] ?? NO_DATA]));
}
