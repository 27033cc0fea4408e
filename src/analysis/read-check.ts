import type { BoundedRatio, ReadCheckSpec, ReadPair, ReadVerdict, SideOfReads, TimedRead } from '../domain/read-check';
import { seededRandom } from './random';

/*
 * Reads of the same objects from both sides, judged by bounds.
 *
 * A P99 is bounded by order statistics (Conover 1999, section 3.2): how many of n reads lie above it is binomial, whatever
 * the times look like. A bootstrap of so high a quantile is far too narrow. Each side has half of the doubt.
 * Throughput is a ratio of sums, and bounded by resampling pairs (Efron and Tibshirani 1993, chapter 13): what made an
 * object slow on both sides cancels out.
 */

/** Of fewer, a P99 has no upper bound with this confidence: 0.99 ** 437 is below DOUBT / 2. */
export const PAIRS_MIN = 437;
const QUANTILE = 0.99;
/** That a bound is wrong: 2.5 % on either side. */
const DOUBT = 0.025;
const RESAMPLES = 300;
const MS_PER_SECOND = 1_000;

/** @param seed the same seed and pairs give the same verdict. */
export function judgeReads(
  pairs: readonly ReadPair[],
  limits: Pick<ReadCheckSpec, 'firstByteP99RatioMax' | 'throughputRatioMin'>,
  seed: number,
): ReadVerdict {
  const source = columnOf(pairs.map((pair) => pair.source));
  const target = columnOf(pairs.map((pair) => pair.target));
  const measured = {
    pairCount: pairs.length,
    source: sideOf(source),
    target: sideOf(target),
    firstByteP99: firstByteRatio({ source, target }),
    throughput: throughputRatio({ source, target }, seed),
  };
  return { ...decide(measured, limits), ...measured };
}

type Measured = Omit<ReadVerdict, 'kind' | 'reason'>;

function decide(
  { pairCount, firstByteP99: first, throughput: rate }: Measured,
  { firstByteP99RatioMax, throughputRatioMin }: Parameters<typeof judgeReads>[1],
): Pick<ReadVerdict, 'kind' | 'reason'> {
  if (pairCount < PAIRS_MIN)
    return { kind: 'insufficient', reason: `${pairCount} objects were read from both sides; ${PAIRS_MIN} are needed` };
  const said = [
    `P99 of the first byte is ${text(first)} of the source's, at most ${firstByteP99RatioMax} is wanted`,
    `throughput is ${text(rate)} of the source's, at least ${throughputRatioMin} is wanted`,
  ];
  const reason = said.join('; ');
  // Proven bad first: one bad side is enough.
  if (first.low > firstByteP99RatioMax || rate.high < throughputRatioMin) return { kind: 'fail', reason };
  // Stated as what must hold, so that NaN is not enough.
  const isGood = first.high <= firstByteP99RatioMax && rate.low >= throughputRatioMin;
  return { kind: isGood ? 'pass' : 'insufficient', reason };
}

/** The reads of one side, and their places from the latest first byte to the earliest: sorted once. */
interface Column {
  readonly reads: readonly TimedRead[];
  readonly fromLatest: readonly number[];
}

function columnOf(reads: readonly TimedRead[]): Column {
  const firstByteMs = (at: number): number => reads[at]?.firstByteMs ?? Number.NaN;
  const fromLatest = reads.map((_, at) => at).sort((a, b) => firstByteMs(b) - firstByteMs(a));
  return { reads, fromLatest };
}

function sideOf(column: Column): SideOfReads {
  const once = new Uint32Array(column.reads.length).fill(1);
  return {
    firstByteP50Ms: firstByteAt(column, 0.5),
    firstByteP99Ms: firstByteAt(column, QUANTILE),
    bytesPerSecond: bytesPerSecond(column, once),
  };
}

/** Nearest rank. @returns milliseconds; NaN of nothing. */
function firstByteAt({ reads, fromLatest }: Column, quantile: number): number {
  const rank = reads.length - Math.max(1, Math.ceil(quantile * reads.length)) + 1;
  return reads[fromLatest[rank - 1] ?? -1]?.firstByteMs ?? Number.NaN;
}

/** What one reader gets who reads one after another. */
function bytesPerSecond({ reads }: Column, times: Uint32Array): number {
  let [byteCount, totalMs] = [0, 0];
  // By index: this runs half a million times.
  for (let at = 0; at < reads.length; at += 1) {
    const read = reads[at] as TimedRead;
    byteCount += read.byteCount * (times[at] as number);
    totalMs += read.totalMs * (times[at] as number);
  }
  return (byteCount / totalMs) * MS_PER_SECOND;
}

interface Sides {
  readonly source: Column;
  readonly target: Column;
}

function firstByteRatio({ source, target }: Sides): BoundedRatio {
  const [from, to] = [quantileBounds(source), quantileBounds(target)];
  return { ratio: to.value / from.value, low: to.low / from.high, high: to.high / from.low };
}

/** Of the P99 of the first byte. Each bound is wrong with half of DOUBT. @returns milliseconds; NaN where there are too few. */
function quantileBounds({ reads, fromLatest }: Column): { value: number; low: number; high: number } {
  const latest = (rank: number): number => reads[fromLatest[rank - 1] ?? -1]?.firstByteMs ?? Number.NaN;
  const share = 1 - QUANTILE;
  let chance = QUANTILE ** reads.length;
  let upTo = chance;
  let highRank = 0;
  let lowRank = 1;
  // Rank k from the latest is below the quantile when fewer than k reads lie above it.
  for (let above = 0; above < reads.length && 1 - upTo > DOUBT / 2; above += 1) {
    if (upTo <= DOUBT / 2) highRank = above + 1;
    chance *= ((reads.length - above) / (above + 1)) * (share / QUANTILE);
    upTo += chance;
    lowRank = above + 2;
  }
  return { value: firstByteAt({ reads, fromLatest }, QUANTILE), low: latest(lowRank), high: latest(highRank) };
}

/** By resampled pairs. */
function throughputRatio({ source, target }: Sides, seed: number): BoundedRatio {
  const random = seededRandom(seed);
  const count = source.reads.length;
  const times = new Uint32Array(count).fill(1);
  const ratioNow = (): number => bytesPerSecond(target, times) / bytesPerSecond(source, times);
  const ratio = ratioNow();
  const resampled = Array.from({ length: RESAMPLES }, () => {
    times.fill(0);
    for (let draw = 0; draw < count; draw += 1) {
      const at = (random() * count) >>> 0;
      times[at] = (times[at] as number) + 1;
    }
    return ratioNow();
  }).sort((a, b) => a - b);
  const at = (quantile: number): number => resampled[Math.max(1, Math.ceil(quantile * RESAMPLES)) - 1] ?? Number.NaN;
  return { ratio, low: at(DOUBT), high: at(1 - DOUBT) };
}

function text({ ratio, low, high }: BoundedRatio): string {
  const short = (value: number): string => value.toPrecision(3);
  return `${short(ratio)} (${short(low)} to ${short(high)})`;
}
