import type { JudgePolicy, JudgeState } from '../domain/judge-state';
import type { GuardrailResult } from '../domain/verdict';

/** Standard errors of chance that are allowed on top of the tolerance: 4 is about 1 false alarm in 16,000 looks. */
const CHANCE_SIGMAS = 4;

/**
 * Observed share of the target against the wanted weight. Finds weights that did not propagate, sticky sessions and
 * third hands. Chance: standard error of a binomial share, sqrt(p (1 - p) / n).
 */
export function judgeSplit(state: JudgeState, policy: JudgePolicy): GuardrailResult {
  const wantedShare = (policy.wanted?.target ?? Number.NaN) / 100;
  const requestCount = state.sourceRequestCount + state.targetRequestCount;
  const observedShare = state.targetRequestCount / requestCount;
  const chance = CHANCE_SIGMAS * Math.sqrt((wantedShare * (1 - wantedShare)) / requestCount);
  const allowed = policy.guardrails.splitTolerancePoints / 100 + chance;
  const distance = Math.abs(observedShare - wantedShare);
  const values = {
    wantedPercent: wantedShare * 100,
    observedPercent: Number.isFinite(observedShare) ? observedShare * 100 : null,
    requestCount,
    allowedPoints: Number.isFinite(allowed) ? allowed * 100 : null,
  };
  if (requestCount < policy.guardrails.requestCountMin) {
    return {
      guardrail: 'trafficSplit',
      kind: 'insufficient',
      reason: `${requestCount} requests were seen, ${policy.guardrails.requestCountMin} are needed to judge the split`,
      values,
    };
  }
  const leak = observedShare > wantedShare ? 'target' : 'source';
  return {
    guardrail: 'trafficSplit',
    kind: distance <= allowed ? 'pass' : 'fail',
    reason: `the target served ${(observedShare * 100).toFixed(1)} % of ${requestCount} requests, wanted ${(wantedShare * 100).toFixed(0)} % ± ${(allowed * 100).toFixed(1)} points${distance <= allowed ? '' : `; too much reaches the ${leak}`}`,
    values,
  };
}
