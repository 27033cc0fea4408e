import type { RatioBlock, RatioTest } from '../domain/judge-state';
import { sign, startTest, take } from './sequential-test';

/*
 * Windows of which only the ratio of two values is known. Noise of one side that lasts would make many windows of one bad
 * hour, so a block of them is one look, and says one thing only: whether more than half of its windows lay above the limit.
 * A target as good as its control does so in at most every second block.
 */

export interface RatioLimits {
  readonly ratioMax: number;
  readonly ratioDetect: number;
}

export const EMPTY_RATIOS: RatioBlock = { windows: 0, slowCount: 0, verySlowCount: 0, logRatioSum: 0 };

export function startRatioTest(): RatioTest {
  return { ...startTest(), logRatioSum: 0, lookCount: 0 };
}

/** A factor that no server reaches, and that seconds for milliseconds does. */
export const UNIT_FACTOR_MIN = 300;
/** What is told of a value beside nothing. Natural logarithm of the ratio. */
const LOG_BESIDE_NOTHING = 5;

/** One more look, for the average that a person is told. */
export function counted<T extends RatioTest>(test: T, logRatio: number): T {
  const isOdd = Math.abs(logRatio) >= Math.log(UNIT_FACTOR_MIN);
  return {
    ...test,
    logRatioSum: test.logRatioSum + logRatio,
    lookCount: test.lookCount + 1,
    ...(isOdd ? { oddCount: (test.oddCount ?? 0) + 1 } : {}),
  };
}

/** Why a comparison cannot be believed; undefined: it can. */
export function oddText({ oddCount = 0, lookCount }: RatioTest): string | undefined {
  if (oddCount === 0) return undefined;
  return `${oddCount} of ${lookCount} comparisons differ by a factor above ${UNIT_FACTOR_MIN}: are the units of both sides the same?`;
}

/** @param ratio 0 or more; infinite: beside nothing. */
export function addRatio(block: RatioBlock, ratio: number, { ratioMax, ratioDetect }: RatioLimits): RatioBlock {
  const logRatio =
    ratio > 0 && ratio < Number.POSITIVE_INFINITY
      ? Math.log(ratio)
      : ratio > 0
        ? LOG_BESIDE_NOTHING
        : -LOG_BESIDE_NOTHING;
  return {
    windows: block.windows + 1,
    slowCount: block.slowCount + (ratio > ratioMax ? 1 : 0),
    verySlowCount: block.verySlowCount + (ratio >= ratioDetect ? 1 : 0),
    logRatioSum: block.logRatioSum + logRatio,
  };
}

/** So often a block's look is lost by a side as good as the other. */
export const EVERY_SECOND = 0.5;

export function takeRatios<T extends RatioTest>(test: T, block: RatioBlock): T {
  if (block.windows === 0) return test;
  const half = block.windows / 2;
  // Neither proof gets a tie.
  const worse = sign(block.slowCount > half, EVERY_SECOND);
  const better = sign(block.verySlowCount >= half, EVERY_SECOND);
  return { ...counted(test, block.logRatioSum / block.windows), ...take(test, [worse], better) };
}
