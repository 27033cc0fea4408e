import type { JudgePolicy, JudgeState } from '../domain/judge-state';
import type { GuardrailResult } from '../domain/verdict';
import { finiteOrNull, judgeTested } from './guardrails';

/**
 * Observed share of the target against the wanted weight. Finds weights that did not propagate, sticky sessions and third
 * hands, and says which side gets too much.
 */
export function judgeSplit(state: JudgeState, policy: JudgePolicy): GuardrailResult {
  const { splitTolerancePoints } = policy.guardrails;
  const wantedPercent = policy.wanted?.target ?? Number.NaN;
  const requestCount = state.splitSourceCount + state.splitTargetCount;
  const observedPercent = (state.splitTargetCount / requestCount) * 100;
  const lookCount = state.tests.splitToTarget.worse.windows;
  const looks = policy.splitDraws === undefined ? '' : ` in ${lookCount} looks, each as long as answers are kept`;
  const seen = `the target served ${observedPercent.toFixed(1)} % of ${requestCount} requests${looks}, wanted ${wantedPercent} % ± ${splitTolerancePoints} points`;
  const values = { wantedPercent, observedPercent: finiteOrNull(observedPercent), requestCount, splitTolerancePoints };
  const missing = lookCount > 0 ? undefined : 'no requests were seen to judge the split by';
  const leaks = (['target', 'source'] as const).map((leak) => {
    const test = leak === 'target' ? state.tests.splitToTarget : state.tests.splitToSource;
    const tested = {
      guardrail: 'trafficSplit' as const,
      test,
      seen,
      matters: `a share of ${2 * splitTolerancePoints} points more for the ${leak}`,
      values: { ...values, leaksTo: leak },
    };
    const cannotLeak = (policy.wanted?.[leak] ?? Number.NaN) + 2 * splitTolerancePoints >= 100;
    return { leak, cannotLeak, result: judgeTested(tested, state, policy, missing) };
  });
  const failed = leaks.find(({ result }) => result.kind === 'fail');
  if (failed !== undefined)
    return { ...failed.result, reason: `${failed.result.reason}; too much reaches the ${failed.leak}` };
  const open = leaks.find(({ cannotLeak, result }) => result.kind === 'insufficient' && !cannotLeak);
  if (open !== undefined) return open.result;
  if (missing !== undefined) return { guardrail: 'trafficSplit', kind: 'insufficient', reason: missing, values };
  return { guardrail: 'trafficSplit', kind: 'pass', reason: seen, values };
}
