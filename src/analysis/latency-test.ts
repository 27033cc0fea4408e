import { fractionOf } from '../domain/quantity';
import type { Histogram } from '../domain/evidence';
import type { LatencyTest } from '../domain/judge-state';
import type { LatencyLimits } from '../domain/spec';
import type { Outcome } from './e-process';
import { addHistograms, bucketAt, bucketBelow, bucketsOf, countAbove, countOf, quantileOf } from './histogram';
import { counted, startRatioTest } from './ratio-test';
import { shared, sign, take } from './sequential-test';

/** So many times the share that lies above the quantile: then its bucket holds much of one side's requests. */
const CROWDED_MIN = 3;

/** So many slow requests make a block, on both sides together: fewer would say little about where the quantile lies. */
const SLOW_PER_BLOCK = 10;

export function startLatencyTest(): LatencyTest {
  return { ...startRatioTest(), source: [], target: [] };
}

/**
 * From the requests themselves. Divide the target's latencies by the allowed ratio: if it is no slower than that, the
 * slowest of all requests of a block (by count, those above the quantile of both sides together) fall to the target as
 * often as its share of requests. Exact where both distributions have the same shape, and near it where they have not: a
 * target much steadier than its source may be called worse a few percent below the limit. Load and noise that both sides
 * share move the quantile, and change nothing.
 */
export function takeLatencies(
  test: LatencyTest,
  source: Histogram,
  target: Histogram,
  limits: LatencyLimits,
): LatencyTest {
  const quantile = fractionOf(limits.quantile);
  const pending = {
    ...test,
    source: addHistograms(test.source, source),
    target: addHistograms(test.target, target),
  };
  const counts = [countOf(pending.source), countOf(pending.target)] as const;
  if (counts[0] + counts[1] < SLOW_PER_BLOCK / (1 - quantile) || Math.min(...counts) === 0) return pending;
  // Rounded so that neither proof is helped by the width of a bucket.
  const worse = slowest(pending, quantile, Math.ceil(bucketsOf(limits.ratioMax)));
  const better = slowest(pending, quantile, Math.floor(bucketsOf(limits.ratioDetect)));
  const ratio = quantileOf(pending.target, quantile) / quantileOf(pending.source, quantile);
  return { ...counted(test, Math.log(ratio)), ...take(test, [worse], better), source: [], target: [] };
}

function slowest({ source, target }: LatencyTest, quantile: number, shift: number): Outcome {
  const [sourceCount, targetCount] = [countOf(source), countOf(target)];
  const count = sourceCount + targetCount;
  const all = addHistograms(source, target, -shift);
  const bucket = bucketBelow(all, (1 - quantile) * count) ?? 0;
  const events = [countAbove(source, bucket), countAbove(target, bucket + shift)] as const;
  if (events[0] + events[1] <= CROWDED_MIN * (1 - quantile) * count)
    return shared(events[0], events[1], targetCount / count);
  // So many take the same time that their bucket says nothing about the tail: only which side's quantile is higher.
  const isSlower = bucketAt(target, quantile) - shift > bucketAt(source, quantile);
  return sign(isSlower, chanceOfSlower(targetCount, sourceCount, quantile));
}

/** Requests above the quantile that a window must have on each side before its percentile is one. */
const FEWEST_SLOW = 0.5;

/** Of fewer requests the nearest rank is about the maximum, which says little about the quantile. */
export function fewestRequests(quantile: string): number {
  return FEWEST_SLOW / (1 - fractionOf(quantile));
}

/** One side's window where only its quantile is known. */
export interface LatencySummary {
  readonly requestCount: number;
  readonly quantileMs: number;
}

/**
 * From one percentile a window and side, as CloudWatch or Prometheus summaries give them: weaker, because each window says
 * only which side was slower. If the target is no slower than allowed, it loses as often as chance and the two counts say.
 */
export function takeSummaries(
  test: LatencyTest,
  source: LatencySummary,
  target: LatencySummary,
  limits: LatencyLimits,
): LatencyTest {
  const fewest = fewestRequests(limits.quantile);
  if (source.requestCount < fewest || target.requestCount < fewest) return test;
  const targetShare = chanceOfSlower(target.requestCount, source.requestCount, fractionOf(limits.quantile));
  const outcome = (ratio: number): Outcome => sign(target.quantileMs > ratio * source.quantileMs, targetShare);
  const taken = take(test, [outcome(limits.ratioMax)], outcome(limits.ratioDetect));
  return { ...counted(test, Math.log(target.quantileMs / source.quantileMs)), ...taken };
}

/**
 * The chance that the sample quantile (nearest rank) of `ours` draws lies above that of `theirs` draws of the same
 * distribution: how many of theirs lie below our rank-th smallest is negative hypergeometric.
 */
export function chanceOfSlower(ours: number, theirs: number, quantile: number): number {
  const rank = (count: number): number => Math.min(count, Math.max(1, Math.ceil(quantile * count)));
  const [ourRank, theirRank] = [rank(ours), rank(theirs)];
  /** Chance that `below + 1` of theirs lie below, over the chance of `below`. */
  const growth = (below: number): number =>
    ((below + ourRank) / (below + 1)) * ((theirs - below) / (ours - ourRank + theirs - below));
  // From where most of the chance lies to both ends, in proportion; so nothing can underflow.
  const middle = Math.min(theirs, Math.round(((ourRank - 1) / ours) * theirs));
  let [all, above] = [0, 0];
  const add = (below: number, part: number): void => {
    all += part;
    if (below >= theirRank) above += part;
  };
  for (let below = middle, part = 1; below <= theirs && part > NEGLIGIBLE * all; below += 1) {
    add(below, part);
    part *= growth(below);
  }
  for (let below = middle - 1, part = 1; below >= 0; below -= 1) {
    part /= growth(below);
    if (part <= NEGLIGIBLE * all) break;
    add(below, part);
  }
  return above / all;
}

const NEGLIGIBLE = 1e-18;
