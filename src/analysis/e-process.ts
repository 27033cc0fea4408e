import type { EProcess } from '../domain/judge-state';

/*
 * One sequential test for every guardrail.
 *
 * A window's *events* (errors, slow requests, requests that took one side) fall to the source or to the target. Load, bad
 * inputs and noise make events come and go, but under the null hypothesis they do not choose a side: which of them are the
 * target's is chance, with the target's known share. So for every theta the expectation of
 *
 *   exp(eta * targetEvents - kappa * sourceEvents - extraMax * (exp(eta) - 1)),
 *   kappa = ln(1 + share * (exp(theta) - 1)),  eta = theta - kappa,
 *
 * is at most 1, whatever the noise common to both sides is like: without `extraMax` it is the moment generating function of
 * the binomial distribution, which bounds the hypergeometric one (Hoeffding 1963, theorem 4); events that the target may
 * have beyond its share are bounded by a Poisson count. theta > 0 bets that the target has more events than the null
 * hypothesis allows, theta < 0 that it has fewer.
 *
 * Products of such factors over windows are e-processes, and so are their averages over theta and over the window at which
 * the betting began. By Ville's inequality the chance that one of them *ever* reaches 1 / alpha is at most alpha: anybody
 * may look at any time, and stop (Ramdas, Grünwald, Vovk and Shafer 2023, "Game-theoretic statistics and safe
 * anytime-valid inference").
 */

/** One window's (or block of windows') events. */
export interface Outcome {
  readonly sourceEvents: number;
  readonly targetEvents: number;
  /** The target's share of events under the null hypothesis. Range 0 to 1; 0: there is no control, only `extraMax`. */
  readonly targetShare: number;
  /** Events that the target may have beyond its share. Unit: events, 0 or more, not rounded. */
  readonly extraMax: number;
}

/** What is proved: that the target is worse than allowed, or that it is better than what must be excluded. */
export type Direction = 'worse' | 'better';

/** Looked up once: every window needs a hundred of them. */
const { exp, expm1, floor, log, log1p, max, min } = Math;

/** Small ones find small differences in many events, large ones gross differences in few. Natural logarithm of a ratio. */
const WORSE = [0.2, 0.4, 0.7, 1.1, 1.6, 2.4, 3.5];
const BETTER = [-0.2, -0.4, -0.7, -1.1, -1.6, -2.4, -3.5, -6];

/** A target that turns bad after a good day must not have to win the day back: new bets begin every so many windows. */
const RESTART_EVERY = 16;
/** Of the whole stake, this much is bet from the first window on; the n-th restart gets the rest's 1 / (n (n + 1)). */
const FIRST_STAKE = 0.5;

/** exp(-800) is 0 in double precision; JSON has no infinity. */
const LOG_NOTHING = -800;
/** exp(700) still is a number. */
const LOG_MAX = 700;

export function startProcess(direction: Direction): EProcess {
  return { windows: 0, logStakes: thetasOf(direction).map(() => LOG_NOTHING) };
}

/** Pure; the same windows in the same order give the same numbers to the last digit, however they are sliced. */
export function bet(process: EProcess, direction: Direction, ...factors: readonly Outcome[]): EProcess {
  const thetas = thetasOf(direction);
  const logFresh = log(stakeAt(direction, process.windows) / thetas.length);
  const logStakes = thetas.map((theta, index) => {
    const staked = logSum(process.logStakes[index] ?? LOG_NOTHING, logFresh);
    // Several null hypotheses, any of which may hold: the least evidence counts.
    const gain = min(...factors.map((outcome) => logFactor(theta, outcome)));
    return max(LOG_NOTHING, min(LOG_MAX, staked + gain));
  });
  return { windows: process.windows + 1, logStakes };
}

/** @returns natural logarithm of the evidence; at `ln(1 / alpha)` or more the null hypothesis is rejected. */
export function logEvidence(process: EProcess, direction: Direction): number {
  const cash = direction === 'worse' ? unstaked(process.windows) : process.windows === 0 ? 1 : 0;
  return process.logStakes.reduce(logSum, log(cash));
}

export function logFactor(theta: number, outcome: Outcome): number {
  const kappa = log1p(outcome.targetShare * expm1(theta));
  const eta = theta - kappa;
  return eta * outcome.targetEvents - kappa * outcome.sourceEvents - outcome.extraMax * expm1(eta);
}

/** An outcome as it is expected, for each request. */
export interface Rates {
  readonly targetShare: number;
  /** Share of the requests that are events. */
  readonly sourceRate: number;
  readonly targetRate: number;
  /** What the target may have beyond its share, or must be shown not to have. */
  readonly extraRate: number;
}

/** Expected growth of the best bet's logarithm for each request of the target. */
export function expectedGain(direction: Direction, { targetShare, sourceRate, targetRate, extraRate }: Rates): number {
  const perTarget = targetShare > 0 ? (1 - targetShare) / targetShare : 0;
  const gains = thetasOf(direction).map((theta) =>
    logFactor(theta, {
      sourceEvents: sourceRate * perTarget,
      targetEvents: targetRate,
      targetShare,
      extraMax: extraRate,
    }),
  );
  return max(...gains);
}

function thetasOf(direction: Direction): readonly number[] {
  return direction === 'worse' ? WORSE : BETTER;
}

/** What is newly bet before the window. Proof of being good has no second beginning: it must cover the whole step. */
function stakeAt(direction: Direction, window: number): number {
  if (direction === 'better') return window === 0 ? 1 : 0;
  if (window === 0) return FIRST_STAKE;
  const restart = window / RESTART_EVERY;
  return Number.isInteger(restart) ? (1 - FIRST_STAKE) / (restart * (restart + 1)) : 0;
}

/** What is still in the purse before the window: 1 - FIRST_STAKE, less the telescoping sum of 1 / (n (n + 1)). */
function unstaked(window: number): number {
  if (window === 0) return 1;
  const restarts = floor((window - 1) / RESTART_EVERY);
  return (1 - FIRST_STAKE) / (restarts + 1);
}

function logSum(a: number, b: number): number {
  const [high, low] = a > b ? [a, b] : [b, a];
  return high === Number.NEGATIVE_INFINITY ? high : high + log1p(exp(low - high));
}
