/** Pure: what to ask Prometheus about one side, and which answer is what. */
import { MigrationError } from '../domain/errors';
import type { EpochMs } from '../domain/quantity';
import { fractionOf } from '../domain/quantity';
import type { PrometheusMetricsSpec } from '../domain/spec';
import type { Series, SideSeries } from './metric-series';
import { finiteOnly, NO_DATA } from './metric-series';
import type { LabelledSeries } from './prometheus-client';

export interface RangeQuery {
  /** With `$window`. */
  readonly expression: string;
  /** By whose values the series are told apart; undefined: there is one. */
  readonly label?: string;
}

/** Takes the answers in the order of the queries. */
interface Queries<Answer> {
  readonly queries: readonly RangeQuery[];
  readonly collect: (answers: readonly LabelledSeries[]) => Answer;
}

export type SideQueries = Queries<SideSeries>;
type SideName = 'source' | 'target';

const NOTHING: LabelledSeries = new Map();

/** All requests of one side, and the same by segment where the spec has some. */
export function sideQueries(metrics: PrometheusMetricsSpec, name: SideName): SideQueries {
  const total = totalQueries(metrics, name);
  const segments = segmentQueries(metrics, name);
  if (segments === undefined) return total;
  return {
    queries: [...total.queries, ...segments.queries],
    collect: (answers) => ({
      ...total.collect(answers),
      segments: segments.collect(answers.slice(total.queries.length)),
    }),
  };
}

/** All requests of one side, whatever their label. */
export function totalQueries(metrics: PrometheusMetricsSpec, name: SideName): SideQueries {
  const { segmentBy, quantiles } = metrics;
  const { requests, errors, latency } = metrics[name];
  const sumOf = (counts: string): string => (segmentBy === undefined ? counts : `sum(${counts})`);
  const buckets = segmentBy === undefined ? latency : `sum without (${segmentBy}) (${latency})`;
  const own = metrics.queries.flatMap((query) => {
    const expression = query[name];
    return expression === undefined ? [] : [{ name: query.name, expression }];
  });
  const expressions = [
    sumOf(requests),
    sumOf(errors),
    ...quantilesOf(buckets, quantiles),
    ...own.map(({ expression }) => expression),
  ];
  return {
    queries: expressions.map((expression) => ({ expression })),
    collect: ([foundRequests = NOTHING, foundErrors = NOTHING, ...rest]) => ({
      requests: wholeNumbers(seriesOf(foundRequests), requests),
      errors: wholeNumbers(seriesOf(foundErrors), errors),
      latency: finite(quantiles, rest),
      own: finite(
        own.map((query) => query.name),
        rest.slice(quantiles.length),
      ),
    }),
  };
}

/** The same requests by label; what has no label is in none. */
function segmentQueries(
  metrics: PrometheusMetricsSpec,
  name: SideName,
): Queries<ReadonlyMap<string, SideSeries>> | undefined {
  const { segmentBy, quantiles } = metrics;
  const { requests, errors, latency } = metrics[name];
  if (segmentBy === undefined) return undefined;
  const expressions = [requests, errors, ...quantilesOf(latency, quantiles)];
  return {
    queries: expressions.map((expression) => ({ expression, label: segmentBy })),
    collect: ([foundRequests = NOTHING, foundErrors = NOTHING, ...rest]) => {
      const values = new Set([...foundRequests.keys(), ...foundErrors.keys()].filter((value) => value !== ''));
      const segment = (value: string): SideSeries => ({
        requests: wholeNumbers(seriesOf(foundRequests, value), requests),
        errors: wholeNumbers(seriesOf(foundErrors, value), errors),
        latency: finite(quantiles, rest, value),
      });
      return new Map([...values].map((value) => [value, segment(value)]));
    },
  };
}

/**
 * A quantile beyond the largest finite bound of classic buckets is told as that bound, and so is the quantile of 1. Within
 * the bounds it is less than that, because it lies inside its bucket: what is not less has no value.
 */
function quantilesOf(buckets: string, quantiles: readonly string[]): string[] {
  const told = (share: number): string => `histogram_quantile(${share}, ${buckets})`;
  return quantiles.map((quantile) => `${told(fractionOf(quantile))} < ${told(1)}`);
}

function finite(names: readonly string[], answers: readonly LabelledSeries[], value?: string): Record<string, Series> {
  return Object.fromEntries(
    names.map((name, index) => [name, finiteOnly(seriesOf(answers[index] ?? NOTHING, value))] as const),
  );
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
