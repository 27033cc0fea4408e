import { fractionOf } from '../domain/quantity';
import type { Histogram } from '../domain/evidence';
import type { LatencyTest } from '../domain/judge-state';
import type { LatencyLimits } from '../domain/spec';
import type { Outcome } from './e-process';
import { addHistograms, bucketBelow, bucketsOf, countAbove, countOf, quantileOf } from './histogram';
import { shared, startTest, take } from './sequential-test';

/** So many slow requests make a block, on both sides together: fewer would say little about where the quantile lies. */
const SLOW_PER_BLOCK = 10;

export function startLatencyTest(): LatencyTest {
  return { ...startTest(), source: [], target: [], logRatioSum: 0, lookCount: 0 };
}

/**
 * From the requests themselves. Divide the target's latencies by the allowed ratio: if it is no slower than that, the
 * slowest of all requests of a block (by count, those above the quantile of both sides together) fall to the target as
 * often as its share of requests. Exact where both distributions have the same shape; it tests the quantile itself as
 * blocks grow. Load and noise that both sides share move the quantile, and change nothing.
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
  return { ...counted(test, ratio), ...take(test, [worse], better), source: [], target: [] };
}

function counted(test: LatencyTest, ratio: number): LatencyTest {
  return { ...test, logRatioSum: test.logRatioSum + Math.log(ratio), lookCount: test.lookCount + 1 };
}

function slowest({ source, target }: LatencyTest, quantile: number, shift: number): Outcome {
  const all = addHistograms(source, target, -shift);
  const count = countOf(all);
  const bucket = bucketBelow(all, (1 - quantile) * count) ?? 0;
  return shared(countAbove(source, bucket), countAbove(target, bucket + shift), countOf(target) / count);
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
  const targetShare = chanceOfSlower(target.requestCount, source.requestCount, fractionOf(limits.quantile));
  const outcome = (ratio: number): Outcome =>
    target.quantileMs > ratio * source.quantileMs ? shared(0, 1, targetShare) : shared(1, 0, targetShare);
  const taken = take(test, [outcome(limits.ratioMax)], outcome(limits.ratioDetect));
  return { ...counted(test, target.quantileMs / source.quantileMs), ...taken };
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
