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
  const ofAlb = (metricName: string, stat: string): SeriesQuery => ({
    namespace: NAMESPACE,
    metricName,
    dimensions,
    stat,
  });
  return {
    queries: [
      ofAlb('RequestCount', 'Sum'),
      ofAlb('HTTPCode_Target_5XX_Count', 'Sum'),
      ofAlb('TargetConnectionErrorCount', 'Sum'),
      ...quantiles.map((quantile) => ofAlb('TargetResponseTime', quantile)),
      ...own.map(ownQuery),
    ],
    collect: ([requests = NO_DATA, targetErrors = NO_DATA, connectionErrors = NO_DATA, ...rest]) => ({
      requests,
      errors: addSeries([targetErrors, connectionErrors]),
      latency: named(quantiles, rest),
      own: named(
        own.map(({ name }) => name),
        rest.slice(quantiles.length),
      ),
    }),
  };
}

/** The spec's own metrics as the target has them; one without dimensions of its own is the source's alone. */
export function ofTarget(queries: readonly CloudWatchQuerySpec[]): CloudWatchQuerySpec[] {
  return queries.flatMap(({ targetDimensions, ...query }) =>
    targetDimensions === undefined ? [] : [{ ...query, dimensions: targetDimensions }],
  );
}

export function ownQuery({ namespace, metricName, dimensions, stat, unit }: CloudWatchQuerySpec): SeriesQuery {
  const query = { namespace, metricName, dimensions, stat };
  // The spec's schema knows CloudWatch's units, and lets no other pass.
  return unit === undefined ? query : { ...query, unit: unit as StandardUnit };
}

export function named(names: readonly string[], series: readonly Series[]): Record<string, Series> {
  return Object.fromEntries(names.map((name, index) => [name, series[index] ?? NO_DATA]));
}
