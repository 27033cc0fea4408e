import type { Baseline } from '../domain/evidence';
import { fractionOf } from '../domain/quantity';
import type { MigrationSpec, ExpectedTraffic, GuardrailSpec, LatencyLimits } from '../domain/spec';
import type { Plan } from '../domain/plan';
import { alphaPerTest, blockOf } from './budget';
import { expectedGain } from './e-process';
import type { Direction, Rates } from './e-process';
import { chanceOfSlower, fewestRequests } from './latency-test';
import { windowsPerLook } from './metric-test';

/*
 * How much traffic a verdict needs, beforehand. The evidence of a bet grows by its expected logarithm a request; a test ends
 * about when that, less what the mixture of bets costs, reaches its threshold (Wald 1945). Good to some ten percent.
 */

/** Requests on the target. Infinity: never. */
export interface Need {
  readonly guardrail: string;
  /** Until a target like its source passes. */
  readonly toPass: number;
  /** Until the regression that matters is found; of the SLA: twice as many errors. */
  readonly toFind: number;
}

/** One step of the cutover: what it will see, and what it needs. */
export interface StepPower {
  readonly targetPercent: number;
  /** Requests that the target will serve while the step holds, without extensions. */
  readonly requests: number;
  readonly needs: readonly Need[];
  /** Guardrails that will not pass, however often the step is extended; each one sentence. */
  readonly unmet: readonly string[];
}

/** What the requests of a step tell: one percentile a window and side, as load balancers do. */
interface Windows {
  readonly sourceCount: number;
  readonly targetCount: number;
  /** How many make a look at the spec's own metrics. */
  readonly perLook: number;
}

/** The steps at which the source still serves; undefined without expectations. */
export function powerOf(
  spec: MigrationSpec,
  plan: Pick<Plan, 'shadow' | 'cutover' | 'gates'>,
  expected: ExpectedTraffic | undefined = spec.baseline.expected,
): readonly StepPower[] | undefined {
  if (expected === undefined) return undefined;
  const { guardrails } = spec;
  const { periodSeconds } = spec.source.metrics;
  const alpha = alphaPerTest(plan, guardrails);
  const perLook = windowsPerLook(blockOf(spec));
  const steps = plan.cutover.filter(({ weights }) => weights.source > 0);
  return steps.map(({ weights, stabilizationMs }) => {
    const share = weights.target / 100;
    const perSecond = expected.requestsPerSecond * share;
    const requests = (perSecond * stabilizationMs) / 1_000;
    const most = requests * (1 + guardrails.extendMax);
    const windows: Windows = {
      sourceCount: Math.floor(expected.requestsPerSecond * (1 - share) * periodSeconds),
      targetCount: Math.floor(perSecond * periodSeconds),
      perLook,
    };
    const needs = needsAt(share, guardrails, alpha, expected, windows);
    const tooHigh = guardrails.latency.map(({ quantile }) => quantile).filter((each) => isTooSmall(windows, each));
    const small = tooHigh.map((quantile) => {
      const fewest = Math.ceil(fewestRequests(quantile));
      const seconds = Math.ceil(fewest / (expected.requestsPerSecond * Math.min(share, 1 - share)) / 60) * 60;
      return `${latencyName(quantile)} at ${weights.target} %: ${Math.min(windows.targetCount, windows.sourceCount)} requests come in a window of ${periodSeconds}s on one side, ${fewest} are needed for a ${quantile.toUpperCase()}: make source.metrics.period ${seconds}s, or judge a lower quantile`;
    });
    const unmet = needs
      .filter(({ toPass }) => !(toPass <= most))
      // Told by themselves, with the period that would do.
      .filter(({ guardrail }) => !tooHigh.some((quantile) => guardrail === latencyName(quantile)))
      .map(({ guardrail, toPass }) => {
        const rate = (expected.requestsPerSecond * toPass) / most;
        const wanted = Number.isFinite(rate)
          ? `it would take ${Number(rate.toPrecision(2))} requests/s in all`
          : 'no traffic is enough';
        return `${guardrail} at ${weights.target} %: needs ${count(toPass)} requests on the target, ${count(most)} come in ${1 + guardrails.extendMax} holds; ${wanted}`;
      });
    const { requestCountMin } = guardrails;
    const few =
      most >= requestCountMin
        ? []
        : [
            `requestCountMin at ${weights.target} %: ${count(most)} requests come on the target in ${1 + guardrails.extendMax} holds, ${requestCountMin} are wanted`,
          ];
    return { targetPercent: weights.target, requests, needs, unmet: [...unmet, ...small, ...few] };
  });
}

const latencyName = (quantile: string): string => `latency ${quantile}`;

/** What a baseline lets expect; undefined when nobody asked anything. */
export function trafficOf(baseline: Baseline): ExpectedTraffic | undefined {
  const { requestsPerSecondAverage, errorRate, latencyP50Ms, latencyP99Ms } = baseline;
  if (!(requestsPerSecondAverage > 0) || errorRate === null) return undefined;
  const spread = (latencyP99Ms ?? Number.NaN) / (latencyP50Ms ?? Number.NaN);
  return {
    requestsPerSecond: requestsPerSecondAverage,
    errorRate,
    latencySpread: Number.isFinite(spread) ? Math.max(1, spread) : USUAL_SPREAD,
  };
}

/** P99 over P50 where the baseline does not tell. */
const USUAL_SPREAD = 4;

const count = (requests: number): string =>
  Number.isFinite(requests) ? String(Math.round(requests)) : 'more than any number of';

/**
 * How many requests each guardrail needs on the target, at one share of the traffic. @param targetShare 0 to 1, neither
 * included. @param windows undefined: every request's latency is known.
 */
export function needsAt(
  targetShare: number,
  guardrails: GuardrailSpec,
  alpha: number,
  traffic: ExpectedTraffic,
  windows?: Windows,
): readonly Need[] {
  const { errorRateMargin, errorRateDetect, errorRateMax, passConfidence, latency } = guardrails;
  const passAlpha = 1 - passConfidence;
  const { errorRate } = traffic;
  const errors = (direction: Direction, level: number, targetRate: number, extraRate: number): number =>
    requestsUntil(direction, level, { targetShare, sourceRate: errorRate, targetRate, extraRate });
  const sla = (direction: Direction, level: number, targetRate: number): number =>
    requestsUntil(direction, level, { targetShare: 0, sourceRate: 0, targetRate, extraRate: errorRateMax });
  return [
    {
      guardrail: 'errorRate',
      toPass: errors('better', passAlpha, errorRate, errorRateDetect),
      toFind: errors('worse', alpha, errorRate + errorRateDetect, errorRateMargin),
    },
    {
      guardrail: 'errorSla',
      toPass: sla('better', passAlpha, errorRate),
      toFind: sla('worse', alpha, 2 * errorRateMax),
    },
    ...latency.map((limits) => {
      const { ratioMax, ratioDetect } = limits;
      const until =
        windows === undefined ? bySlowRequests(targetShare, limits, traffic) : byPercentiles(windows, limits, traffic);
      return {
        guardrail: latencyName(limits.quantile),
        toPass: until('better', passAlpha, 1, ratioDetect),
        toFind: until('worse', alpha, ratioDetect, ratioMax),
      };
    }),
    ...(windows === undefined ? [] : metricNeeds(windows, guardrails, alpha)),
  ];
}

function metricNeeds(
  { perLook, targetCount }: Windows,
  { metrics, passConfidence }: GuardrailSpec,
  alpha: number,
): Need[] {
  const requests = (looks: number): number => Math.ceil(looks) * perLook * targetCount;
  return metrics.map(({ query }) => ({
    guardrail: `metric ${query}`,
    toPass: requests(requestsUntil('better', 1 - passConfidence, CLEAR.good)),
    toFind: requests(requestsUntil('worse', alpha, CLEAR.bad)),
  }));
}

/** Looks that all say the same: how much a metric varies is not known beforehand. */
const CLEAR = {
  good: { targetShare: 0.5, sourceRate: 1, targetRate: 0, extraRate: 0 },
  bad: { targetShare: 0.5, sourceRate: 0, targetRate: 1, extraRate: 0 },
};

/** What the bets at other odds cost. Neighbouring odds win nearly as much, so it is less than the logarithm of their number. */
const MIXTURE_COST = Math.log(2);

function requestsUntil(direction: Direction, level: number, rates: Rates): number {
  const gain = expectedGain(direction, rates);
  return gain > 0 ? (Math.log(1 / level) + MIXTURE_COST) / gain : Number.POSITIVE_INFINITY;
}

/** Requests on the target until it is clear that it is `ratio` times as slow, and not `limit` times. */
type UntilClear = (direction: Direction, level: number, ratio: number, limit: number) => number;

/** Latencies are taken as log-normal, with the spread that was seen. */
function sigmaOf({ latencySpread }: ExpectedTraffic): number {
  return Math.max(SIGMA_MIN, Math.log(latencySpread) / Z_99);
}

function bySlowRequests(targetShare: number, { quantile }: LatencyLimits, traffic: ExpectedTraffic): UntilClear {
  const sigma = sigmaOf(traffic);
  const slow = 1 - fractionOf(quantile);
  const z = normalQuantile(1 - slow);
  return (direction, level, ratio, limit) =>
    requestsUntil(direction, level, {
      targetShare,
      sourceRate: slow,
      // So many are slower than the source's quantile after division by `limit`.
      targetRate: 1 - normalDistribution(z - Math.log(ratio / limit) / sigma),
      extraRate: 0,
    });
}

/**
 * Each window says which side's percentile is higher. The logarithm of a sample quantile varies by sigma sqrt(q (1 - q) / n)
 * / phi(z) (asymptotic; David and Nagaraja 2003, "Order Statistics", 10.2).
 */
function byPercentiles(windows: Windows, { quantile }: LatencyLimits, traffic: ExpectedTraffic): UntilClear {
  if (isTooSmall(windows, quantile)) return () => Number.POSITIVE_INFINITY;
  const { sourceCount, targetCount } = windows;
  const q = fractionOf(quantile);
  const z = normalQuantile(q);
  const spread = (sigmaOf(traffic) / normalDensity(z)) * Math.sqrt(q * (1 - q) * (1 / sourceCount + 1 / targetCount));
  const chance = chanceOfSlower(targetCount, sourceCount, q);
  return (direction, level, ratio, limit) => {
    const slower = normalDistribution(Math.log(ratio / limit) / spread + normalQuantile(chance));
    // For each look of the source there are (1 - chance) / chance of the target: the rates undo that.
    const sourceRate = ((1 - slower) * chance) / (1 - chance);
    const looks = requestsUntil(direction, level, {
      targetShare: chance,
      sourceRate,
      targetRate: slower,
      extraRate: 0,
    });
    return Math.ceil(looks) * targetCount;
  };
}

function isTooSmall({ sourceCount, targetCount }: Windows, quantile: string): boolean {
  return Math.min(sourceCount, targetCount) < fewestRequests(quantile);
}

/** Latencies that hardly vary. */
const SIGMA_MIN = 0.05;
/** Standard normal quantile of 0.99. */
const Z_99 = 2.3263478740408408;

function normalDensity(z: number): number {
  return Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
}

/** Marsaglia's series (2004, "Evaluating the normal distribution") near 0, Laplace's continued fraction beyond. */
export function normalDistribution(z: number): number {
  return z < 0 ? upperTail(-z) : 1 - upperTail(z);
}

/** @param z 0 or more. */
function upperTail(z: number): number {
  const density = normalDensity(z);
  if (z < 3) {
    let [term, sum] = [z, z];
    for (let k = 1; Math.abs(term) > 1e-17 * sum; k += 1) {
      term *= (z * z) / (2 * k + 1);
      sum += term;
    }
    return 0.5 - density * sum;
  }
  // density / (z + 1 / (z + 2 / (z + 3 / (z + …)))).
  let fraction = 0;
  for (let k = 120; k >= 1; k -= 1) fraction = k / (z + fraction);
  return density / (z + fraction);
}

/** By bisection. @param p 0 to 1, neither included. */
export function normalQuantile(p: number): number {
  let [low, high] = [-40, 40];
  for (let step = 0; step < 200 && high - low > 1e-14; step += 1) {
    const middle = (low + high) / 2;
    if (normalDistribution(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
