import { fractionOf } from '../domain/quantity';
import type { MigrationSpec, ExpectedTraffic, GuardrailSpec, LatencyLimits } from '../domain/spec';
import type { Plan } from '../domain/plan';
import { alphaPerTest } from './budget';
import { expectedGain } from './e-process';
import type { Direction, Rates } from './e-process';

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

/** The steps at which the source still serves; undefined without expectations. */
export function powerOf(spec: MigrationSpec, plan: Plan): readonly StepPower[] | undefined {
  const { expected } = spec.baseline;
  if (expected === undefined) return undefined;
  const { guardrails } = spec;
  const alpha = alphaPerTest(plan, guardrails);
  const steps = plan.cutover.filter(({ weights }) => weights.source > 0);
  return steps.map(({ weights, stabilizationMs }) => {
    const share = weights.target / 100;
    const perSecond = expected.requestsPerSecond * share;
    const requests = (perSecond * stabilizationMs) / 1_000;
    const most = requests * (1 + guardrails.extendMax);
    const needs = needsAt(share, guardrails, alpha, expected);
    const unmet = needs
      .filter(({ toPass }) => !(toPass <= most))
      .map(({ guardrail, toPass }) => {
        const rate = (expected.requestsPerSecond * toPass) / most;
        const wanted = Number.isFinite(rate)
          ? `it would take ${Number(rate.toPrecision(2))} requests/s in all`
          : 'no traffic is enough';
        return `${guardrail} at ${weights.target} %: needs ${count(toPass)} requests on the target, ${count(most)} come in ${1 + guardrails.extendMax} holds; ${wanted}`;
      });
    return { targetPercent: weights.target, requests, needs, unmet };
  });
}

const count = (requests: number): string =>
  Number.isFinite(requests) ? String(Math.round(requests)) : 'more than any number of';

/** How many requests each guardrail needs on the target, at one share of the traffic. @param targetShare 0 to 1, neither included. */
export function needsAt(
  targetShare: number,
  guardrails: GuardrailSpec,
  alpha: number,
  traffic: ExpectedTraffic,
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
    ...latency.map((limits) => latencyNeed(targetShare, limits, passAlpha, alpha, traffic)),
  ];
}

/** What the bets at other odds cost. Neighbouring odds win nearly as much, so it is less than the logarithm of their number. */
const MIXTURE_COST = Math.log(2);

function requestsUntil(direction: Direction, level: number, rates: Rates): number {
  const gain = expectedGain(direction, rates);
  return gain > 0 ? (Math.log(1 / level) + MIXTURE_COST) / gain : Number.POSITIVE_INFINITY;
}

/** Latencies are taken as log-normal, with the spread that was seen. */
function latencyNeed(
  targetShare: number,
  { quantile, ratioMax, ratioDetect }: LatencyLimits,
  passAlpha: number,
  alpha: number,
  { latencySpread }: ExpectedTraffic,
): Need {
  const sigma = Math.max(SIGMA_MIN, Math.log(latencySpread) / Z_99);
  const slow = 1 - fractionOf(quantile);
  const z = normalQuantile(1 - slow);
  /** How many requests are slower than the source's quantile after division by `limit`, when they are `ratio` times as slow. */
  const slower = (ratio: number, limit: number): number => 1 - normalDistribution(z - Math.log(ratio / limit) / sigma);
  const until = (direction: Direction, level: number, ratio: number, limit: number): number =>
    requestsUntil(direction, level, {
      targetShare,
      sourceRate: slow,
      targetRate: slower(ratio, limit),
      extraRate: 0,
    });
  return {
    guardrail: `latency ${quantile}`,
    toPass: until('better', passAlpha, 1, ratioDetect),
    toFind: until('worse', alpha, ratioDetect, ratioMax),
  };
}

/** Latencies that hardly vary. */
const SIGMA_MIN = 0.05;
/** Standard normal quantile of 0.99. */
const Z_99 = 2.3263478740408408;

/** Marsaglia's series (2004, "Evaluating the normal distribution") near 0, Laplace's continued fraction beyond. */
export function normalDistribution(z: number): number {
  return z < 0 ? upperTail(-z) : 1 - upperTail(z);
}

/** @param z 0 or more. */
function upperTail(z: number): number {
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
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
