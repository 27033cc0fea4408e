/** Values over time, as every source of metrics gives them. */
import type { EpochMs } from '../domain/quantity';
import { epochMs } from '../domain/quantity';

/** Start of the window → value. A window without a datapoint is not in it. */
export type Series = ReadonlyMap<EpochMs, number>;

export const NO_DATA: Series = new Map();

export interface TimeRange {
  /** Both aligned to the period; `toMs` is not included. */
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
  readonly periodMs: number;
}

/** What is known of one side, or of one segment of it. */
export interface SideSeries {
  readonly requests: Series;
  /** May lack windows that have a request count: nothing failed then. */
  readonly errors: Series;
  /** By quantile, such as `p99`. Unit: seconds. */
  readonly latency: Readonly<Record<string, Series>>;
  /** The spec's own queries by name, in their own units. */
  readonly own?: Readonly<Record<string, Series>>;
  /** The same requests by the value of a label. */
  readonly segments?: ReadonlyMap<string, SideSeries>;
}

/** The windows that lie whole between two instants. */
export function alignRange(fromMs: number, toMs: number, periodSeconds: number): TimeRange {
  const periodMs = periodSeconds * 1_000;
  return {
    fromMs: epochMs(Math.ceil(fromMs / periodMs) * periodMs),
    toMs: epochMs(Math.floor(toMs / periodMs) * periodMs),
    periodMs,
  };
}

export function windowStarts(range: TimeRange): EpochMs[] {
  const count = Math.max(0, Math.round((range.toMs - range.fromMs) / range.periodMs));
  return Array.from({ length: count }, (_, index) => epochMs(range.fromMs + index * range.periodMs));
}

/** A window is in the sum when it is in any of them. */
export function addSeries(all: readonly Series[]): Series {
  const sum = new Map<EpochMs, number>();
  for (const series of all) for (const [startMs, value] of series) sum.set(startMs, (sum.get(startMs) ?? 0) + value);
  return sum;
}

/** The quantile of a window without requests, or a ratio over nothing, is not known: no number says so. */
export function finiteOnly(series: Series): Series {
  return new Map([...series].filter(([, value]) => Number.isFinite(value)));
}
