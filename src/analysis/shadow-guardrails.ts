import { unaccountedCount } from '../domain/evidence';
import type { JudgePolicy, JudgeState } from '../domain/judge-state';
import type { GuardrailResult } from '../domain/verdict';

/** Share of compared pairs whose outputs differ beyond tolerance. */
export function judgeEquivalence(state: JudgeState, policy: JudgePolicy): GuardrailResult {
  const { compared, mismatched } = state.account;
  const mismatchRateMax = policy.equivalence?.mismatchRateMax ?? Number.NaN;
  const rate = mismatched / compared;
  const values = { compared, mismatched, mismatchRateMax };
  if (compared < policy.guardrails.requestCountMin) {
    return {
      guardrail: 'equivalence',
      kind: 'insufficient',
      reason: `${compared} pairs of outputs were compared, ${policy.guardrails.requestCountMin} are needed`,
      values,
    };
  }
  return {
    guardrail: 'equivalence',
    kind: rate <= mismatchRateMax ? 'pass' : 'fail',
    reason: `${mismatched} of ${compared} compared outputs differ beyond tolerance, allowed ${(mismatchRateMax * 100).toFixed(2)} %`,
    values,
  };
}

/** Every request that the tap received is mirrored, dropped, timed out or skipped; a tap that loses count is no evidence. */
export function judgeShadowAccount(state: JudgeState): GuardrailResult {
  const { account } = state;
  const unaccounted = unaccountedCount(account);
  const received = account.received > 0;
  return {
    guardrail: 'shadowAccount',
    kind: !received ? 'insufficient' : unaccounted === 0 ? 'pass' : 'fail',
    reason: received
      ? `${unaccounted} of ${account.received} received requests are unaccounted for (mirrored ${account.mirrored}, dropped ${account.dropped}, timed out ${account.timedOut}, skipped ${account.skipped})`
      : 'the tap received no requests',
    values: { ...account, unaccounted },
  };
}
