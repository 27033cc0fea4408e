import type { EvidenceWindow, SideWindow } from '../../../src/domain/evidence';
import { EMPTY_SIDE } from '../../../src/domain/evidence';
import type { EpochMs } from '../../../src/domain/quantity';

/** A value that changes in time; what it was stays known. */
export class Timeline<T> {
  private readonly changes: { readonly fromMs: number; readonly value: T }[];

  constructor(first: T) {
    this.changes = [{ fromMs: Number.NEGATIVE_INFINITY, value: first }];
  }

  set(fromMs: number, value: T): void {
    this.changes.push({ fromMs, value });
  }

  at(atMs: number): T {
    return (this.changes.findLast((change) => change.fromMs <= atMs) ?? this.changes[0])?.value as T;
  }

  newest(): T {
    return this.changes.at(-1)?.value as T;
  }

  /** Average of a number over a span, weighted by time. */
  average(fromMs: number, toMs: number, read: (value: T) => number): number {
    const inside = this.changes.map(({ fromMs: atMs }) => atMs).filter((atMs) => atMs > fromMs && atMs < toMs);
    const edges = [fromMs, ...inside, toMs];
    const parts = edges
      .slice(1)
      .map((edge, index) => read(this.at(edges[index] as number)) * (edge - (edges[index] as number)));
    return parts.reduce((sum, part) => sum + part, 0) / (toMs - fromMs);
  }
}

/** A number, or one that depends on how much of the traffic the target has. Unit of the argument: percent. */
export type ByShare = number | ((targetPercent: number) => number);

/** What users send and how both sides answer. */
export interface Traffic {
  readonly requestsPerSecond: number;
  readonly sourceErrorRate: ByShare;
  readonly targetErrorRate: ByShare;
  readonly sourceP99Ms: ByShare;
  readonly targetP99Ms: ByShare;
  /** Share of copied requests whose outputs differ. */
  readonly mismatchRate: number;
  /** Share of chosen copies that the tap drops. */
  readonly dropRate: number;
  /** The workload's own metrics, by the name of the spec's query. */
  readonly sourceMetrics?: Readonly<Record<string, number>>;
  readonly targetMetrics?: Readonly<Record<string, number>>;
}

export const STEADY_TRAFFIC: Traffic = {
  requestsPerSecond: 50,
  sourceErrorRate: 0,
  targetErrorRate: 0,
  sourceP99Ms: 40,
  targetP99Ms: 38,
  mismatchRate: 0,
  dropRate: 0,
};

export const valueOf = (value: ByShare, targetPercent: number): number =>
  typeof value === 'number' ? value : value(targetPercent);

/** Requests of one span, numbered since 1970, so that a sparse rate gives whole requests at fixed times. */
export interface Arrivals {
  readonly from: number;
  readonly count: number;
}

export function arrivals(traffic: Timeline<Traffic>, fromMs: number, toMs: number): Arrivals {
  const perMs = traffic.at(fromMs).requestsPerSecond / 1_000;
  const from = Math.floor(perMs * fromMs);
  return { from, count: Math.floor(perMs * toMs) - from };
}

/** More than this are split by rounding instead of one by one. */
const COUNTED_MAX = 2_000;

/** How many of the requests fall on a share: an even, deterministic spread. @param salt tells independent choices apart. */
export function portion({ from, count }: Arrivals, share: number, salt: number): number {
  if (share <= 0) return 0;
  if (share >= 1) return count;
  if (count > COUNTED_MAX) return Math.round(count * share);
  const step = (salt * 0.754877666 + 0.618033989) % 1;
  let chosen = 0;
  for (let index = from; index < from + count; index += 1) if ((index * step) % 1 < share) chosen += 1;
  return chosen;
}

export function side(arrived: Arrivals, requestCount: number, errorRate: number, p99Ms: number): SideWindow {
  if (requestCount === 0) return EMPTY_SIDE;
  return {
    requestCount,
    errorCount: portion({ from: arrived.from, count: requestCount }, errorRate, 3),
    quantilesMs: { p50: p99Ms / 2, p99: p99Ms },
  };
}

/** Windows of one length, aligned to it, wholly inside the span. */
export function windowsBetween(
  fromMs: number,
  toMs: number,
  periodMs: number,
  fill: (startMs: number, endMs: number) => Omit<EvidenceWindow, 'startMs' | 'endMs'> | undefined,
): EvidenceWindow[] {
  const windows: EvidenceWindow[] = [];
  for (let startMs = Math.ceil(fromMs / periodMs) * periodMs; startMs + periodMs <= toMs; startMs += periodMs) {
    const filled = fill(startMs, startMs + periodMs);
    if (filled) windows.push({ startMs: startMs as EpochMs, endMs: (startMs + periodMs) as EpochMs, ...filled });
  }
  return windows;
}
