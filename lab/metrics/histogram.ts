/**
 * Per-second statistics of one metric, mergeable over any window.
 * Values go to logarithmic buckets whose bounds are 2 % apart, so a percentile is at most 1 % off; sum, count, min and max are exact.
 */
const GROWTH = 1.02;
const LOG_GROWTH = Math.log(GROWTH);
/** Values at or below this (and zero) share one bucket. */
const SMALLEST = 1e-9;
const ZERO_BUCKET = -100_000;

export interface SecondStats {
  /** Start of the second, epoch seconds. */
  readonly t: number;
  count: number;
  sum: number;
  min: number;
  max: number;
  /** Bucket index → count. Absent for metrics of which nobody asks a percentile. */
  buckets?: Record<number, number>;
}

export function emptyStats(t: number): SecondStats {
  return { t, count: 0, sum: 0, min: Infinity, max: -Infinity };
}

export function addValue(stats: SecondStats, value: number, count = 1): void {
  stats.count += count;
  stats.sum += value * count;
  stats.min = Math.min(stats.min, value);
  stats.max = Math.max(stats.max, value);
  stats.buckets ??= {};
  const bucket = value <= SMALLEST ? ZERO_BUCKET : Math.floor(Math.log(value) / LOG_GROWTH);
  stats.buckets[bucket] = (stats.buckets[bucket] ?? 0) + count;
}

export function mergeStats(t: number, parts: readonly SecondStats[]): SecondStats {
  const merged = emptyStats(t);
  for (const part of parts) {
    merged.count += part.count;
    merged.sum += part.sum;
    merged.min = Math.min(merged.min, part.min);
    merged.max = Math.max(merged.max, part.max);
    for (const [bucket, count] of Object.entries(part.buckets ?? {})) {
      merged.buckets ??= {};
      merged.buckets[Number(bucket)] = (merged.buckets[Number(bucket)] ?? 0) + count;
    }
  }
  return merged;
}

/** The value below which `percent` of the samples lie. Unit of `percent`: 0 to 100. Undefined without samples or buckets. */
export function percentile(stats: SecondStats, percent: number): number | undefined {
  if (stats.count === 0 || stats.buckets === undefined) return undefined;
  const rank = Math.max(1, Math.ceil((percent / 100) * stats.count));
  let seen = 0;
  for (const bucket of Object.keys(stats.buckets)
    .map(Number)
    .sort((a, b) => a - b)) {
    seen += stats.buckets[bucket] ?? 0;
    if (seen >= rank) return Math.min(stats.max, Math.max(stats.min, middleOf(bucket)));
  }
  return stats.max;
}

function middleOf(bucket: number): number {
  return bucket === ZERO_BUCKET ? 0 : Math.exp((bucket + 0.5) * LOG_GROWTH);
}
