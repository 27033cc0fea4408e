import type { Histogram } from '../domain/evidence';

/**
 * Latencies, counted in buckets whose bounds grow by a constant factor: the mapping of DDSketch (Masson, Rim and Lee 2019),
 * so a quantile is known to within 1 % and histograms of two minutes or two processes simply add up. Ours is a sorted list
 * of pairs because it lives in plain JSON, and because dividing every latency by a ratio is a shift of the bucket numbers.
 */

/** Bucket n holds latencies in (GAMMA^(n-1), GAMMA^n]. */
const RELATIVE_ACCURACY = 0.01;
const GAMMA = (1 + RELATIVE_ACCURACY) / (1 - RELATIVE_ACCURACY);
const LOG_GAMMA = Math.log(GAMMA);
/** Whatever is quicker counts as this. Unit: milliseconds. */
const LATENCY_MS_MIN = 1e-3;

/** Throws a RangeError for what is no latency: NaN, infinite, negative. */
export function bucketOf(latencyMs: number): number {
  if (!(latencyMs >= 0 && latencyMs < Number.POSITIVE_INFINITY)) throw new RangeError(`no latency: ${latencyMs}`);
  return Math.ceil(Math.log(Math.max(latencyMs, LATENCY_MS_MIN)) / LOG_GAMMA);
}

/** How many buckets a ratio of latencies spans. Not rounded. */
export function bucketsOf(ratio: number): number {
  return Math.log(ratio) / LOG_GAMMA;
}

export function histogramOf(latenciesMs: Iterable<number>): Histogram {
  const counts = new Map<number, number>();
  for (const latencyMs of latenciesMs) {
    const bucket = bucketOf(latencyMs);
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  }
  return [...counts].sort(([a], [b]) => a - b);
}

export function countOf(histogram: Histogram): number {
  let count = 0;
  for (const [, each] of histogram) count += each;
  return count;
}

/** @param shift is added to the bucket numbers of `b`. */
export function addHistograms(a: Histogram, b: Histogram, shift = 0): Histogram {
  if (b.length === 0) return a;
  const sum: (readonly [number, number])[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [left, right] = [a[i], b[j]];
    const leftBucket = left?.[0] ?? Number.POSITIVE_INFINITY;
    const rightBucket = right === undefined ? Number.POSITIVE_INFINITY : right[0] + shift;
    const bucket = Math.min(leftBucket, rightBucket);
    const fromLeft = leftBucket === bucket ? (a[i++]?.[1] ?? 0) : 0;
    const fromRight = rightBucket === bucket ? (b[j++]?.[1] ?? 0) : 0;
    sum.push([bucket, fromLeft + fromRight]);
  }
  return sum;
}

export function countAbove(histogram: Histogram, bucketMax: number): number {
  let count = 0;
  for (let index = histogram.length - 1; index >= 0; index -= 1) {
    const entry = histogram[index];
    if (entry === undefined || entry[0] <= bucketMax) break;
    count += entry[1];
  }
  return count;
}

/** The highest bucket number above which at least so many lie; undefined when there are fewer in all. */
export function bucketBelow(histogram: Histogram, countMin: number): number | undefined {
  let count = 0;
  for (let index = histogram.length - 1; index >= 0; index -= 1) {
    const entry = histogram[index];
    if (entry === undefined) break;
    count += entry[1];
    if (count >= countMin) return entry[0] - 1;
  }
  return undefined;
}

/** @param quantile 0 to 1. @returns milliseconds, exact to 1 %; NaN of nothing. */
export function quantileOf(histogram: Histogram, quantile: number): number {
  return (2 * GAMMA ** bucketAt(histogram, quantile)) / (GAMMA + 1);
}

/** Number of the bucket that holds the quantile (nearest rank); NaN of nothing. */
export function bucketAt(histogram: Histogram, quantile: number): number {
  const rank = Math.max(1, Math.ceil(quantile * countOf(histogram)));
  let seen = 0;
  for (const [bucket, each] of histogram) {
    seen += each;
    if (seen >= rank) return bucket;
  }
  return Number.NaN;
}

/** `0,2:3,,5` in base 36: each bucket as its distance from the one before (left out: 1), and its count (left out: 1). */
export function packHistogram(histogram: Histogram): string {
  let before = -1;
  const parts = histogram.map(([bucket, count], index) => {
    const distance = index > 0 && bucket - before === 1 ? '' : (bucket - (index > 0 ? before : 0)).toString(36);
    before = bucket;
    return count === 1 ? distance : `${distance}:${count.toString(36)}`;
  });
  return parts.join(',');
}

export function unpackHistogram(text: string): Histogram {
  if (text === '') return [];
  let before = 0;
  return text.split(',').map((part, index) => {
    const [distance = '', count = '1'] = part.split(':');
    before = index > 0 && distance === '' ? before + 1 : before + parseInt(distance, 36);
    return [before, parseInt(count, 36)] as const;
  });
}
