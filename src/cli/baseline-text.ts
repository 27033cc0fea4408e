import type { Baseline } from '../domain/evidence';
import { formatDuration } from '../domain/quantity';

/** What a baseline found, for a person. Gaps are times for which the metric source had nothing, longest first. */
export function baselineLines(baseline: Baseline): string[] {
  const { fromMs, toMs, windowsExpected, windowsWithData, gaps, metrics } = baseline;
  const { requestCount, requestsPerSecondAverage, requestsPerSecondPeak, errorRate } = baseline;
  return [
    `from ${iso(fromMs)} to ${iso(toMs)}: ${windowsWithData} of ${windowsExpected} windows with data`,
    `requests     ${requestCount}, ${requestsPerSecondAverage.toFixed(1)} a second, peak ${requestsPerSecondPeak.toFixed(1)}`,
    `latency      P50 ${ms(baseline.latencyP50Ms)}, P95 ${ms(baseline.latencyP95Ms)}, P99 ${ms(baseline.latencyP99Ms)}`,
    `error rate   ${errorRate === null ? 'unknown' : `${(errorRate * 100).toFixed(3)} %`}`,
    ...metrics.map(
      ({ name, stat, average, peak }) => `${name} (${stat})   average ${plain(average)}, peak ${plain(peak)}`,
    ),
    ...gaps.map(
      (gap) => `gap          ${iso(gap.fromMs)} to ${iso(gap.toMs)} (${formatDuration(gap.toMs - gap.fromMs)})`,
    ),
  ];
}

const iso = (atMs: number): string => new Date(atMs).toISOString();
const ms = (value: number | null): string => (value === null ? 'unknown' : `${value.toFixed(1)} ms`);
const plain = (value: number | null): string => (value === null ? 'unknown' : String(Number(value.toPrecision(4))));
