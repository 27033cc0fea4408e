import type { EvidenceWindow } from '../domain/evidence';
import type { JudgePolicy, JudgeState } from '../domain/judge-state';
import type { GuardrailResult } from '../domain/verdict';

/** Standard errors of chance that are allowed on top of the tolerance: 4 is about 1 false alarm in 16,000 looks. */
const CHANCE_SIGMAS = 4;

/** How many of the newest windows the "recent" view covers, so that a late change is not diluted by days before it. */
const RECENT_SPLIT_WINDOWS = 10;

interface Split {
  readonly requestCount: number;
  readonly observedShare: number;
  readonly allowed: number;
  /** False for NaN: nothing observed is no agreement. */
  readonly agrees: boolean;
}

/** Whether the window shows the step's own weights: the load balancer has followed, and what it sent before has ended. */
export function isSettled({ startMs }: EvidenceWindow, { splitFromMs = 0 }: JudgePolicy): boolean {
  return startMs >= splitFromMs;
}

/**
 * Observed share of the target against the wanted weight, over the whole step and over its newest windows. Finds weights
 * that did not propagate, sticky sessions and third hands. Chance: standard error of a binomial share, sqrt(p (1 - p) / n).
 */
export function judgeSplit(state: JudgeState, policy: JudgePolicy): GuardrailResult {
  const { splitTolerancePoints, requestCountMin } = policy.guardrails;
  const wantedShare = (policy.wanted?.target ?? Number.NaN) / 100;
  const split = (sourceCount: number, targetCount: number): Split => {
    const requestCount = sourceCount + targetCount;
    const observedShare = targetCount / requestCount;
    const chance = CHANCE_SIGMAS * Math.sqrt((wantedShare * (1 - wantedShare)) / requestCount);
    const allowed = splitTolerancePoints / 100 + chance;
    return { requestCount, observedShare, allowed, agrees: Math.abs(observedShare - wantedShare) <= allowed };
  };
  const newest = state.recent.filter((window) => isSettled(window, policy)).slice(-RECENT_SPLIT_WINDOWS);
  const count = (side: 'source' | 'target'): number => newest.reduce((sum, each) => sum + each[side].requestCount, 0);
  const step = split(state.splitSourceCount, state.splitTargetCount);
  const recent = split(count('source'), count('target'));
  const values = {
    wantedPercent: wantedShare * 100,
    observedPercent: Number.isFinite(step.observedShare) ? step.observedShare * 100 : null,
    recentPercent: Number.isFinite(recent.observedShare) ? recent.observedShare * 100 : null,
    requestCount: step.requestCount,
    allowedPoints: Number.isFinite(step.allowed) ? step.allowed * 100 : null,
  };
  const answer = (kind: GuardrailResult['kind'], reason: string): GuardrailResult => ({
    guardrail: 'trafficSplit',
    kind,
    reason,
    values,
  });
  const words = ({ requestCount, observedShare, allowed, agrees }: Split, span: string): string =>
    `the target served ${(observedShare * 100).toFixed(1)} % of ${requestCount} requests${span}, ` +
    `wanted ${(wantedShare * 100).toFixed(0)} % ± ${(allowed * 100).toFixed(1)} points` +
    (agrees ? '' : `; too much reaches the ${observedShare > wantedShare ? 'target' : 'source'}`);

  // The recent view speaks only with a sample of its own; it can fail a step, never pass it.
  if (recent.requestCount >= requestCountMin && !recent.agrees) {
    return answer('fail', words(recent, ` in the last ${newest.length} windows`));
  }
  if (step.requestCount < requestCountMin) {
    return answer(
      'insufficient',
      `${step.requestCount} requests were seen, ${requestCountMin} are needed to judge the split`,
    );
  }
  return answer(step.agrees ? 'pass' : 'fail', words(step, ''));
}
