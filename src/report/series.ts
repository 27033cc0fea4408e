/** Windows of weeks → at most a thousand buckets that a plot can show. */
import { quantileOf } from '../analysis/histogram';
import type { EvidenceWindow, SideWindow } from '../domain/evidence';
import { fractionOf } from '../domain/quantity';
import type { LedgerRecord } from '../domain/record';
import { errorFacts } from './rates';
import { QUANTILES } from './report';
import type { Bucket, PairFacts, Quantile, Series, SideBucket, Spread } from './report';

export const BUCKETS_MAX = 1_000;

/** What comes of a hundred windows is kept as three numbers, so that a peak of one minute is still seen. */
class Range {
  private min = Number.POSITIVE_INFINITY;
  private max = Number.NEGATIVE_INFINITY;
  private sum = 0;
  private count = 0;

  take(value: number): void {
    if (!Number.isFinite(value)) return;
    this.min = Math.min(this.min, value);
    this.max = Math.max(this.max, value);
    this.sum += value;
    this.count += 1;
  }

  spread(): Spread | undefined {
    if (this.count === 0) return undefined;
    return { min: this.min, mean: this.sum / this.count, max: this.max };
  }
}

class SideSum {
  private requestCount = 0;
  private errorCount = 0;
  private readonly latencies = QUANTILES.map((quantile) => [quantile, new Range()] as const);

  take(side: SideWindow): void {
    this.requestCount += side.requestCount;
    this.errorCount += side.errorCount;
    for (const [quantile, range] of this.latencies) range.take(latencyOf(side, quantile));
  }

  bucket(): SideBucket {
    const latencyMs = this.latencies.flatMap(([quantile, range]) => {
      const spread = range.spread();
      return spread === undefined ? [] : [[quantile, spread] as const];
    });
    return { ...errorFacts(this.requestCount, this.errorCount), latencyMs: Object.fromEntries(latencyMs) };
  }
}

/** NaN: the window does not know it. Unit: milliseconds. */
export function latencyOf({ quantilesMs, latencies }: SideWindow, quantile: Quantile): number {
  const known = quantilesMs[quantile];
  if (known !== undefined) return known;
  return latencies === undefined ? Number.NaN : quantileOf(latencies, fractionOf(quantile));
}

export interface Cost {
  /** Of the first window that it says something of. */
  readonly fromMs: number;
  readonly atMs: number;
  readonly source: number;
  readonly target: number;
}

class Slot {
  windowCount = 0;
  private readonly source = new SideSum();
  private readonly target = new SideSum();
  private readonly observed = new Range();
  private pairs: PairFacts | null = null;
  private readonly costs = { source: new Range(), target: new Range() };

  take(window: EvidenceWindow): void {
    this.windowCount += 1;
    this.source.take(window.source);
    this.target.take(window.target);
    const { shadow } = window;
    if (shadow === undefined) {
      const all = window.source.requestCount + window.target.requestCount;
      this.observed.take((100 * window.target.requestCount) / all);
      return;
    }
    const { compared, mismatched } = this.pairs ?? { compared: 0, mismatched: 0 };
    this.pairs = { compared: compared + shadow.compared, mismatched: mismatched + shadow.mismatched };
  }

  takeCost({ source, target }: Cost): void {
    this.costs.source.take(source);
    this.costs.target.take(target);
  }

  bucket(index: number, fromMs: number, toMs: number): Bucket {
    const [source, target] = [this.costs.source.spread(), this.costs.target.spread()];
    return {
      index,
      fromMs,
      toMs,
      windowCount: this.windowCount,
      observed: this.observed.spread() ?? null,
      source: this.source.bucket(),
      target: this.target.bucket(),
      pairs: this.pairs,
      cost: source === undefined || target === undefined ? null : { source: source.mean, target: target.mean },
    };
  }
}

export function seriesOf(records: readonly LedgerRecord[]): Series {
  const windows = records.flatMap((record) => record.windows ?? []);
  const limits = limitsOf(records);
  const span = spanOf(windows);
  if (span === undefined) return { windowCount: 0, bucketMs: 0, buckets: [], limits };
  const { fromMs, bucketMs } = span;
  const slots = new Map<number, Slot>();
  const indexOf = (atMs: number): number => Math.floor((atMs - fromMs) / bucketMs);
  for (const window of windows) {
    const index = indexOf(window.startMs);
    const slot = slots.get(index) ?? new Slot();
    slots.set(index, slot);
    slot.take(window);
  }
  for (const cost of costsOf(records))
    for (
      let index = Math.max(0, indexOf(cost.fromMs));
      index <= Math.min(BUCKETS_MAX, indexOf(cost.atMs - 1));
      index += 1
    )
      slots.get(index)?.takeCost(cost);
  const buckets = [...slots]
    .sort(([a], [b]) => a - b)
    .map(([index, slot]) => slot.bucket(index, fromMs + index * bucketMs, fromMs + (index + 1) * bucketMs));
  return { windowCount: windows.length, bucketMs, buckets, limits };
}

/** The grid is a multiple of the longest window, so that no bucket is empty between two others by arithmetic alone. */
function spanOf(
  windows: readonly EvidenceWindow[],
): { readonly fromMs: number; readonly toMs: number; readonly bucketMs: number } | undefined {
  let [fromMs, toMs, periodMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1];
  for (const window of windows) {
    fromMs = Math.min(fromMs, window.startMs);
    toMs = Math.max(toMs, window.endMs);
    periodMs = Math.max(periodMs, window.endMs - window.startMs);
  }
  if (!(toMs > fromMs)) return undefined;
  return { fromMs, toMs, bucketMs: Math.ceil((toMs - fromMs) / BUCKETS_MAX / periodMs) * periodMs };
}

/** What verdicts say of the cost of a request. */
export function costsOf(records: readonly LedgerRecord[]): Cost[] {
  return records.flatMap(({ at, verdict, windows }) => {
    const values = verdict?.results.find(({ guardrail }) => guardrail === 'cost')?.values;
    const [source, target] = [values?.['sourceCost'], values?.['targetCost']];
    return typeof source === 'number' && typeof target === 'number'
      ? [{ fromMs: windows?.[0]?.startMs ?? at - 1, atMs: at, source, target }]
      : [];
  });
}

/** The newest that a verdict names. */
function limitsOf(records: readonly LedgerRecord[]): Series['limits'] {
  const newest = (guardrail: string, name: string): number | undefined => {
    for (let index = records.length - 1; index >= 0; index -= 1) {
      const values = records[index]?.verdict?.results.find((result) => result.guardrail === guardrail)?.values;
      const value = values?.[name];
      if (typeof value === 'number') return value;
    }
    return undefined;
  };
  const [errorRateMax, costRatioMax] = [newest('errorSla', 'errorRateMax'), newest('cost', 'ratioMax')];
  return {
    ...(errorRateMax === undefined ? {} : { errorRateMax }),
    ...(costRatioMax === undefined ? {} : { costRatioMax }),
  };
}
