/** Traffic of known latencies, as counters, classic buckets and native histograms that Prometheus scraped every 15 s. */
import type { Labels, NativeHistogram, WrittenHistogram, WrittenSample, WrittenSeries } from './remote-write';
import { NATIVE_BASE } from './remote-write';

const SCRAPE_MS = 15_000;

/** Bounds of the classic buckets. Unit: seconds. */
export const BOUNDS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];

export interface Traffic {
  /** Prefix of its series: `name_requests_total`, `name_seconds_bucket`, `name_seconds`. */
  readonly name: string;
  /** On every series. */
  readonly labels: Labels;
  /** Of every 15 s. Unit: seconds. */
  readonly latencies: readonly number[];
  /** How many of them fail. */
  readonly errors: number;
  /** Scrapes after which the process begins anew, so that its counters begin at 0. */
  readonly restartAt?: number;
  /** Scrapes at which it is not there: its series end with a stale marker, and begin at 0 afterwards. */
  readonly goneAt?: { readonly from: number; readonly to: number };
}

/** Quantiles of an exponential distribution: a list whose own quantiles are known. Unit: seconds. */
export function exponential(count: number, mean: number): number[] {
  return Array.from({ length: count }, (_, index) => -mean * Math.log(1 - (index + 0.5) / count));
}

/** By the rule that leaves a share of them below. */
export function quantileOf(latencies: readonly number[], share: number): number {
  const sorted = [...latencies].sort((a, b) => a - b);
  return sorted[Math.ceil(share * sorted.length) - 1] as number;
}

/** One series of each kind; the scrapes are numbered from 0, at `fromMs`. */
export function seriesOf(traffic: Traffic, fromMs: number, scrapes: number): WrittenSeries[] {
  const { name, labels, latencies, errors } = traffic;
  const over = (value: (ticks: number) => number): WrittenSample[] =>
    scrapeAll(traffic, fromMs, scrapes, (atMs, ticks) => ({ atMs, value: ticks && value(ticks) }));
  const below = (bound: number): number => latencies.filter((seconds) => seconds <= bound).length;
  const counter = (code: string, count: number): WrittenSeries => ({
    labels: { __name__: `${name}_requests_total`, ...labels, code },
    samples: over((ticks) => ticks * count),
  });
  const bucket = (le: string, count: number): WrittenSeries => ({
    labels: { __name__: `${name}_seconds_bucket`, ...labels, le },
    samples: over((ticks) => ticks * count),
  });
  return [
    counter('200', latencies.length - errors),
    ...(errors > 0 ? [counter('500', errors)] : []),
    ...BOUNDS.map((bound) => bucket(String(bound), below(bound))),
    bucket('+Inf', latencies.length),
    {
      labels: { __name__: `${name}_seconds`, ...labels },
      histograms: scrapeAll(traffic, fromMs, scrapes, (atMs, ticks) => ({
        atMs,
        histogram: ticks === undefined ? undefined : nativeOf(latencies, ticks),
      })),
    },
  ];
}

/** @param sample its `ticks` are how often the latencies have happened since the process began; undefined: a stale marker. */
function scrapeAll<Sample extends WrittenSample | WrittenHistogram>(
  { restartAt, goneAt }: Traffic,
  fromMs: number,
  scrapes: number,
  sample: (atMs: number, ticks: number | undefined) => Sample,
): Sample[] {
  return Array.from({ length: scrapes }, (_, at) => {
    if (goneAt !== undefined && at > goneAt.from && at < goneAt.to) return [];
    const beginnings = [restartAt, goneAt?.to].filter((each) => each !== undefined && each <= at) as number[];
    const ticks = goneAt?.from === at ? undefined : at + 1 - Math.max(0, ...beginnings);
    return [sample(fromMs + at * SCRAPE_MS, ticks)];
  }).flat();
}

function nativeOf(latencies: readonly number[], ticks: number): NativeHistogram {
  const counts = new Map<number, number>();
  for (const seconds of latencies) {
    const index = Math.ceil(Math.log(seconds) / Math.log(NATIVE_BASE));
    counts.set(index, (counts.get(index) ?? 0) + ticks);
  }
  return { sum: ticks * latencies.reduce((sum, seconds) => sum + seconds, 0), counts };
}
