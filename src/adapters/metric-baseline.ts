/** Pure: series of the source → baseline. A gap stays a gap. */
import type { Baseline, BaselineMetric } from '../domain/evidence';
import type { EpochMs } from '../domain/quantity';
import { epochMs } from '../domain/quantity';
import type { MetricQuerySpec, MetricsSpec } from '../domain/spec';
import { baselineByHour, median } from './baseline-hours';
import type { Series, SideSeries, TimeRange } from './metric-series';
import { NO_DATA, windowStarts } from './metric-series';
import { toSide } from './metric-windows';

const MS_PER_SECOND = 1_000;
const GAPS_MAX = 20;

/** What a baseline tells of latency: the usual percentiles, and those that guardrails name. Each once. */
export function baselineQuantiles(quantiles: readonly string[]): string[] {
  return [...new Set([...quantiles, 'p50', 'p95', 'p99'])];
}

/**
 * Windows with a request count of zero are data: the source answered, and nobody asked anything.
 * @param side with `baselineQuantiles`.
 * @throws MetricsUnavailable when the series contradict each other.
 */
export function toBaseline(
  side: SideSeries,
  { quantiles, queries }: Pick<MetricsSpec, 'quantiles' | 'queries'>,
  range: TimeRange,
): Baseline {
  const mediansMs = mediansOf(side.latency);
  const { requests } = side;
  const starts = windowStarts(range);
  const counts = starts.flatMap((startMs) => requests.get(startMs) ?? []);
  const requestCount = sum(counts);
  const seen = starts
    .filter((startMs) => requests.has(startMs))
    .map((startMs) => ({ startMs, side: toSide(side, startMs) }));
  const errorCount = sum(seen.map((window) => window.side.errorCount));
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
    metrics: queries.map((query) => toBaselineMetric(query, [...(side.own?.[query.name] ?? NO_DATA).values()])),
    hours: baselineByHour(seen, range.periodMs, quantiles),
  };
}

function toBaselineMetric(query: MetricQuerySpec, values: readonly number[]): BaselineMetric {
  return {
    name: query.name,
    ...('stat' in query ? { stat: query.stat } : {}),
    average: values.length === 0 ? null : sum(values) / values.length,
    peak: values.length === 0 ? null : values.reduce((a, b) => Math.max(a, b)),
    windowsWithData: values.length,
  };
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
