import type { EvidenceWindow, TargetHealth } from '../domain/evidence';
import type { JudgePolicy, JudgeState } from '../domain/judge-state';
import type { GuardrailResult } from '../domain/verdict';

/** How many of the newest windows the "recent" view of the error rate covers, so that a late fault is not diluted. */
const RECENT_ERROR_WINDOWS = 10;

const asPercent = (share: number): string => `${(share * 100).toFixed(2)} %`;

/** Share of failed requests on the target, over the whole step and over its newest windows; each view needs its own sample. */
export function judgeErrorRate(state: JudgeState, policy: JudgePolicy): GuardrailResult {
  const { errorRateMax, requestCountMin } = policy.guardrails;
  const newest = state.recent.slice(-RECENT_ERROR_WINDOWS);
  const recentRequests = newest.reduce((sum, window) => sum + window.target.requestCount, 0);
  const recentErrors = newest.reduce((sum, window) => sum + window.target.errorCount, 0);
  const stepRate = state.targetErrorCount / state.targetRequestCount;
  const recentRate = recentErrors / recentRequests;
  const sourceRate = state.sourceRequestCount > 0 ? state.sourceErrorCount / state.sourceRequestCount : null;
  const values = {
    targetRequests: state.targetRequestCount,
    targetErrors: state.targetErrorCount,
    recentRequests,
    recentErrors,
    sourceErrorRate: sourceRate,
    errorRateMax,
  };
  const answer = (kind: GuardrailResult['kind'], reason: string): GuardrailResult => ({
    guardrail: 'errorRate',
    kind,
    reason,
    values,
  });

  // The recent view speaks only with a sample of its own; it can fail a step, never pass it.
  if (recentRequests >= requestCountMin && !(recentRate <= errorRateMax)) {
    return answer(
      'fail',
      `error rate of the target is ${asPercent(recentRate)} in the last ${newest.length} windows, allowed ${asPercent(errorRateMax)}`,
    );
  }
  if (state.targetRequestCount < requestCountMin) {
    return answer(
      'insufficient',
      `the target served ${state.targetRequestCount} requests, ${requestCountMin} are needed to judge errors`,
    );
  }
  return stepRate <= errorRateMax
    ? answer('pass', `error rate of the target is ${asPercent(stepRate)}, allowed ${asPercent(errorRateMax)}`)
    : answer(
        'fail',
        `error rate of the target is ${asPercent(stepRate)} in this step, allowed ${asPercent(errorRateMax)}`,
      );
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

const p99s = (windows: readonly EvidenceWindow[], side: 'source' | 'target'): number[] =>
  windows.flatMap((window) => (window[side].latencyP99Ms === null ? [] : [window[side].latencyP99Ms]));

/**
 * Target's P99 over the source's, each as the median of the newest windows' P99: one slow window on a busy machine moves
 * neither. With no traffic left on the source the baseline is the control, and the verdict says so.
 */
export function judgeLatency(state: JudgeState, policy: JudgePolicy): GuardrailResult {
  const { latencyP99RatioMax, latencyWindowsMin } = policy.guardrails;
  const targetP99s = p99s(state.recent, 'target');
  const sourceP99s = p99s(state.recent, 'source');
  const sourceServes = policy.mode === 'shadow' || (policy.wanted?.source ?? 0) > 0;
  const control = sourceServes ? 'the source now' : 'the baseline (no traffic is left on the source: weaker evidence)';
  const controlP99Ms = sourceServes ? median(sourceP99s) : (policy.baselineP99Ms ?? Number.NaN);
  const targetP99Ms = median(targetP99s);
  const ratio = targetP99Ms / controlP99Ms;
  const values = {
    targetP99Ms: finiteOrNull(targetP99Ms),
    controlP99Ms: finiteOrNull(controlP99Ms),
    ratio: finiteOrNull(ratio),
    latencyP99RatioMax,
    targetWindows: targetP99s.length,
    sourceWindows: sourceP99s.length,
    control: sourceServes ? 'source' : 'baseline',
  };
  const answer = (kind: GuardrailResult['kind'], reason: string): GuardrailResult => ({
    guardrail: 'latencyP99Ratio',
    kind,
    reason,
    values,
  });

  const controlWindows = sourceServes ? sourceP99s.length : latencyWindowsMin;
  if (targetP99s.length < latencyWindowsMin || controlWindows < latencyWindowsMin) {
    return answer(
      'insufficient',
      `latency seen in ${targetP99s.length} windows of the target and ${sourceP99s.length} of the source, ${latencyWindowsMin} are needed`,
    );
  }
  if (state.targetRequestCount < policy.guardrails.requestCountMin) {
    return answer(
      'insufficient',
      `the target served ${state.targetRequestCount} requests, ${policy.guardrails.requestCountMin} are needed to judge latency`,
    );
  }
  if (!Number.isFinite(ratio)) return answer('insufficient', `no latency of ${control} to compare with`);
  const words = `P99 of the target is ${targetP99Ms.toFixed(1)} ms, ${ratio.toFixed(2)} × ${control} (${controlP99Ms.toFixed(1)} ms), allowed ${latencyP99RatioMax} ×`;
  return answer(ratio <= latencyP99RatioMax ? 'pass' : 'fail', words);
}

const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null);

export function judgeHealth(
  health: TargetHealth | { readonly unreadable: string },
  policy: JudgePolicy,
): GuardrailResult {
  if ('unreadable' in health) {
    return {
      guardrail: 'targetHealth',
      kind: 'blind',
      reason: `target health cannot be read: ${health.unreadable}`,
      values: {},
    };
  }
  const { healthyCount, registeredCount } = health;
  return {
    guardrail: 'targetHealth',
    kind: healthyCount >= policy.healthyCountMin ? 'pass' : 'fail',
    reason: `${healthyCount} of ${registeredCount} targets are healthy, at least ${policy.healthyCountMin} must be`,
    values: { healthyCount, registeredCount, healthyCountMin: policy.healthyCountMin },
  };
}

export function judgeCoverage(state: JudgeState, policy: JudgePolicy): GuardrailResult {
  const { coverageMin } = policy.guardrails;
  const share = state.windowsWithData / state.windowsExpected;
  return {
    guardrail: 'coverage',
    // 0 of 0 windows is NaN and does not hold.
    kind: share >= coverageMin ? 'pass' : 'insufficient',
    reason: `${state.windowsWithData} of ${state.windowsExpected} windows had data, at least ${asPercent(coverageMin)} must have`,
    values: {
      windowsWithData: state.windowsWithData,
      windowsExpected: state.windowsExpected,
      windowsBlind: state.windowsBlind,
      coverageMin,
    },
  };
}
