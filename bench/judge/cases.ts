/** What is simulated, how often, and what it must show. */
import type { Case, LatencyShape } from './traffic';

const MODEST: LatencyShape = { sigma: 0.3, slowShare: 0, slowFactor: 1 };
const USUAL: LatencyShape = { sigma: 0.6, slowShare: 0, slowFactor: 1 };
const WIDE: LatencyShape = { sigma: 1.1, slowShare: 0, slowFactor: 1 };
/** Every fiftieth request is six times slower: a cold cache, a long prompt. */
const HEAVY: LatencyShape = { sigma: 0.6, slowShare: 0.02, slowFactor: 6 };

export interface BenchCase extends Case {
  readonly name: string;
  /** Whether rolling back is right. */
  readonly isBad: boolean;
  readonly runs: number;
  readonly minutes: number;
  /** The tail that is the subject: its median is held against the information bound, instead of a number of minutes. */
  readonly boundLatency?: boolean;
}

const DAY = 1_440;
const CUTOVER = [10, 25, 50, 75, 100];

const same = (requestsPerSecond: number, latency: LatencyShape, targetRatio = 1): Case => ({
  requestsPerSecond,
  latency,
  sourceErrorRate: 0.005,
  targetErrorRate: 0.005,
  targetRatio,
  weights: CUTOVER,
});

/** At the first weight, with 20 requests a second in all; a day is enough to miss it. */
const first = (latency: LatencyShape, targetErrorRate: number, targetRatio: number): Case => ({
  ...same(20, latency, targetRatio),
  targetErrorRate,
  weights: [10],
});

export const CASES: readonly BenchCase[] = [
  { name: 'same, 2/s', ...same(2, USUAL), isBad: false, runs: 500, minutes: 5 * DAY },
  { name: 'same, 2/s, wide', ...same(2, WIDE), isBad: false, runs: 250, minutes: 5 * DAY },
  { name: 'same, 2/s, heavy tail', ...same(2, HEAVY), isBad: false, runs: 250, minutes: 5 * DAY },
  { name: 'same, 20/s', ...same(20, USUAL), isBad: false, runs: 60, minutes: 5 * DAY },
  { name: 'same, 20/s, heavy tail', ...same(20, HEAVY), isBad: false, runs: 40, minutes: 5 * DAY },
  { name: 'P99 x 1.05, 2/s', ...same(2, USUAL, 1.05), isBad: false, runs: 100, minutes: 5 * DAY },
  { name: 'P99 x 1.05, 20/s', ...same(20, USUAL, 1.05), isBad: false, runs: 20, minutes: 5 * DAY },
  { name: 'errors 0.5 % to 2 %', ...first(USUAL, 0.02, 1), isBad: true, runs: 200, minutes: DAY },
  { name: 'P99 x 1.5, sigma 0.3', ...first(MODEST, 0.005, 1.5), isBad: true, runs: 200, minutes: DAY },
  { name: 'P99 x 1.5, sigma 0.6', ...first(USUAL, 0.005, 1.5), isBad: true, runs: 200, minutes: DAY },
  {
    name: 'P99 x 1.5, sigma 1.1',
    ...first(WIDE, 0.005, 1.5),
    isBad: true,
    runs: 200,
    minutes: DAY,
    boundLatency: true,
  },
  {
    name: 'P99 x 1.5, heavy tail',
    ...first(HEAVY, 0.005, 1.5),
    isBad: true,
    runs: 200,
    minutes: DAY,
    boundLatency: true,
  },
];
