/** Pure: datapoints of a load balancer → windows and baseline. A gap stays a gap. */
import { MigrationError } from '../domain/errors';
import type { Baseline, BaselineMetric, EvidenceWindow, SideWindow } from '../domain/evidence';
import { EMPTY_SIDE } from '../domain/evidence';
import type { EpochMs } from '../domain/quantity';
import { epochMs } from '../domain/quantity';
import type { MetricQuerySpec } from '../domain/spec';
import { baselineByHour, median } from './baseline-hours';
import type { Series, SeriesQuery, TimeRange } from './cloudwatch-series';

const MS_PER_SECOND = 1_000;
const GAPS_MAX = 20;

/** What a load balancer publishes about one target group. */
export interface SideSeries {
  readonly requests: Series;
  readonly targetErrors: Series;
  readonly connectionErrors: Series;
  /** By quantile, such as `p99`. Unit: seconds. */
  readonly latency: Readonly<Record<string, Series>>;
}

const NAMESPACE = 'AWS/ApplicationELB';

/** `…:loadbalancer/app/name/id` → `app/name/id`; `…:targetgroup/name/id` → `targetgroup/name/id`. */
export function albDimensions(loadBalancerArn: string, targetGroupArn: string): Record<string, string> {
  return {
    LoadBalancer: loadBalancerArn.slice(loadBalancerArn.indexOf(':loadbalancer/') + ':loadbalancer/'.length),
    TargetGroup: targetGroupArn.slice(targetGroupArn.indexOf(':targetgroup/') + 1),
  };
}

/** The queries of one side, in the order of `sideSeries`. */
export function sideQueries(dimensions: Readonly<Record<string, string>>, quantiles: readonly string[]): SeriesQuery[] {
  const query = (metricName: string, stat: string): SeriesQuery => ({
    namespace: NAMESPACE,
    metricName,
    dimensions,
    stat,
  });
  return [
    query('RequestCount', 'Sum'),
    query('HTTPCode_Target_5XX_Count', 'Sum'),
    query('TargetConnectionErrorCount', 'Sum'),
    ...quantiles.map((quantile) => latencyQuery(dimensions, quantile)),
  ];
}

const NO_DATA: Series = new Map();

export function sideSeries(series: readonly Series[], quantiles: readonly string[]): SideSeries {
  const [requests = NO_DATA, targetErrors = NO_DATA, connectionErrors = NO_DATA, ...latency] = series;
  const named = quantiles.map((quantile, index) => [quantile, latency[index] ?? NO_DATA] as const);
  return { requests, targetErrors, connectionErrors, latency: Object.fromEntries(named) };
}

function latencyQuery(dimensions: Readonly<Record<string, string>>, stat: string): SeriesQuery {
  return { namespace: NAMESPACE, metricName: 'TargetResponseTime', dimensions, stat };
}

export function ownQuery(query: MetricQuerySpec): SeriesQuery {
  return { namespace: query.namespace, metricName: query.metricName, dimensions: query.dimensions, stat: query.stat };
}

/** Windows with at least one request on either side, oldest first. @throws AwsUnavailable when the series contradict each other. */
export function toWindows(source: SideSeries, target: SideSeries | undefined, range: TimeRange): EvidenceWindow[] {
  const windows: EvidenceWindow[] = [];
  for (const startMs of windowStarts(range)) {
    const window = {
      startMs,
      endMs: epochMs(startMs + range.periodMs),
      source: toSide(source, startMs),
      target: target === undefined ? EMPTY_SIDE : toSide(target, startMs),
    };
    if (window.source.requestCount + window.target.requestCount > 0) windows.push(window);
  }
  return windows;
}

/**
 * Counts of errors are published only when they are not zero, so a missing one is zero *or* lost. Beside a request
 * count it is zero; and errors without a request count mean that the rest has not arrived yet.
 */
function toSide(side: SideSeries, startMs: EpochMs): SideWindow {
  const requestCount = side.requests.get(startMs);
  const errorCount = (side.targetErrors.get(startMs) ?? 0) + (side.connectionErrors.get(startMs) ?? 0);
  if (requestCount === undefined) {
    if (errorCount === 0) return EMPTY_SIDE;
    const at = new Date(startMs).toISOString();
    throw new MigrationError(
      'AwsUnavailable',
      `CloudWatch has ${errorCount} errors at ${at} and no request count beside them`,
    );
  }
  const quantilesMs = Object.entries(side.latency).flatMap(([quantile, series]) => {
    const seconds = series.get(startMs);
    return seconds === undefined ? [] : [[quantile, seconds * MS_PER_SECOND] as const];
  });
  return {
    requestCount,
    errorCount,
    quantilesMs: Object.fromEntries(quantilesMs),
  };
}

export interface BaselineSeries {
  /** With `baselineQuantiles`. */
  readonly side: SideSeries;
  readonly own: readonly { readonly query: MetricQuerySpec; readonly series: Series }[];
}

/** What a baseline tells of latency: the usual percentiles, and those that guardrails name. Each once. */
export function baselineQuantiles(quantiles: readonly string[]): string[] {
  return [...new Set([...quantiles, 'p50', 'p95', 'p99'])];
}

/** Windows with a request count of zero are data: the source answered, and nobody asked anything. */
export function toBaseline(series: BaselineSeries, quantiles: readonly string[], range: TimeRange): Baseline {
  const mediansMs = mediansOf(series.side.latency);
  const { requests } = series.side;
  const starts = windowStarts(range);
  const counts = starts.flatMap((startMs) => requests.get(startMs) ?? []);
  const requestCount = sum(counts);
  const seen = starts
    .filter((startMs) => requests.has(startMs))
    .map((startMs) => ({ startMs, side: toSide(series.side, startMs) }));
  const errorCount = sum(seen.map(({ side }) => side.errorCount));
  const spanSeconds = (range.toMs - range.fromMs) / MS_PER_SECOND;
  const periodSeconds = range.periodMs / MS_PER_SECOND;
  return {
    fromMs: range.fromMs,
    toMs: range.toMs,
    windowsExpected: starts.length,
    windowsWithData: counts.length,
    gaps: findGaps(starts, requests, range.periodMs),
    requestCount,
    requestsPerSecondAverage: spanSeconds > 0 ? requestCount / spanSeconds : 0,
    requestsPerSecondPeak: largest(counts) / periodSeconds,
    errorRate: requestCount > 0 ? errorCount / requestCount : null,
    latencyP50Ms: mediansMs['p50'] ?? null,
    latencyP95Ms: mediansMs['p95'] ?? null,
    latencyP99Ms: mediansMs['p99'] ?? null,
    quantilesMs: Object.fromEntries(Object.entries(mediansMs).filter(([quantile]) => quantiles.includes(quantile))),
    metrics: series.own.map(({ query, series: values }) => toBaselineMetric(query, [...values.values()])),
    hours: baselineByHour(seen, range.periodMs, quantiles),
  };
}

function toBaselineMetric(query: MetricQuerySpec, values: readonly number[]): BaselineMetric {
  return {
    name: query.name,
    stat: query.stat,
    average: values.length === 0 ? null : sum(values) / values.length,
    peak: values.length === 0 ? null : values.reduce((a, b) => Math.max(a, b)),
    windowsWithData: values.length,
  };
}

export function windowStarts(range: TimeRange): EpochMs[] {
  const count = Math.max(0, Math.round((range.toMs - range.fromMs) / range.periodMs));
  return Array.from({ length: count }, (_, index) => epochMs(range.fromMs + index * range.periodMs));
}

/** Spans of windows without a datapoint, longest first. */
function findGaps(
  starts: readonly EpochMs[],
  requests: Series,
  periodMs: number,
): { fromMs: EpochMs; toMs: EpochMs }[] {
  const gaps: { fromMs: EpochMs; toMs: EpochMs }[] = [];
  for (const startMs of starts) {
    if (requests.has(startMs)) continue;
    const last = gaps.at(-1);
    const toMs = epochMs(startMs + periodMs);
    if (last?.toMs === startMs) last.toMs = toMs;
    else gaps.push({ fromMs: startMs, toMs });
  }
  return gaps.sort((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs)).slice(0, GAPS_MAX);
}

function mediansOf(latency: SideSeries['latency']): Record<string, number> {
  const known = Object.entries(latency).flatMap(([quantile, series]) => {
    const ms = medianMs(series);
    return ms === null ? [] : [[quantile, ms] as const];
  });
  return Object.fromEntries(known);
}

/** Percentiles of windows do not add up; their median says what a usual window looks like. */
function medianMs(series: Series): number | null {
  const seconds = median([...series.values()]);
  return seconds === undefined ? null : seconds * MS_PER_SECOND;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function largest(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), 0);
}
