import { unaccountedCount } from '../domain/evidence';
import type { ShadowAccount } from '../domain/evidence';
import type { Counts, JudgePolicy, JudgeState, Tests } from '../domain/judge-state';
import type { GuardrailResult } from '../domain/verdict';
import { asPercent, judgeTested } from './guardrails';

/** Share of compared pairs whose outputs differ beyond tolerance. */
export function judgeEquivalence(
  state: Pick<Counts, 'targetRequestCount'> & {
    readonly account: ShadowAccount;
    readonly tests: Pick<Tests, 'equivalence'>;
  },
  policy: Pick<JudgePolicy, 'alpha' | 'guardrails' | 'equivalence'>,
): GuardrailResult {
  const { compared, mismatched, noiseCompared = 0, noiseMismatched = 0 } = state.account;
  const { mismatchRateDetect } = policy.guardrails;
  const mismatchRateMax = policy.equivalence?.mismatchRateMax ?? Number.NaN;
  return judgeTested(
    {
      guardrail: 'equivalence',
      test: state.tests.equivalence,
      seen: `${mismatched} of ${compared} compared outputs differ beyond tolerance, ${noiseCompared > 0 ? `${noiseMismatched} of ${noiseCompared} pairs of the source do; ${asPercent(mismatchRateMax)} more may` : `${asPercent(mismatchRateMax)} may`}`,
      matters: `a share of ${asPercent(mismatchRateDetect)}`,
      values: {
        compared,
        mismatched,
        ...(noiseCompared > 0 ? { noiseCompared, noiseMismatched } : {}),
        mismatchRateMax,
        mismatchRateDetect,
      },
    },
    state,
    policy,
    compared > 0 ? undefined : 'no outputs were compared',
  );
}

/** By so many standard deviations chance alone exceeds an order in none of 10 million looks. */
const SIGMAS = 6;
/** A request and its copy may be counted in two windows, of which one is not read yet. */
const AT_THE_EDGES = 20;

/** More copies than were ordered, whatever the weights say: what SageMaker makes of them is SageMaker's. Empty where a tap copies. */
export function judgeCopiedShare(
  { sourceRequestCount, targetRequestCount }: Pick<Counts, 'sourceRequestCount' | 'targetRequestCount'>,
  { copiedShareMax: share }: Pick<JudgePolicy, 'copiedShareMax'>,
): GuardrailResult[] {
  if (share === undefined) return [];
  const ordered = sourceRequestCount * share;
  const most = ordered + SIGMAS * Math.sqrt(ordered * (1 - share)) + AT_THE_EDGES;
  const isWithin = targetRequestCount <= most;
  return [
    {
      guardrail: 'copiedShare',
      kind: isWithin ? 'pass' : 'fail',
      reason: `${targetRequestCount} of ${sourceRequestCount} requests were copied, ${asPercent(share)} were ordered`,
      values: { sourceRequestCount, targetRequestCount, copiedShareMax: share },
    },
  ];
}

/** What is not compared (large answers, packed ones, those of a tap that is busy) may be what differs. */
const COMPARED_SHARE_MIN = 0.5;

/** Every request that the tap received is mirrored, dropped, timed out or skipped; a tap that loses count is no evidence. */
export function judgeShadowAccount(
  { account }: Pick<JudgeState, 'account'>,
  { guardrails: { coverageMin } }: Pick<JudgePolicy, 'guardrails'>,
): GuardrailResult {
  const unaccounted = unaccountedCount(account);
  const received = account.received > 0;
  const copies = account.mirrored + account.timedOut + account.dropped;
  // Stated as what must hold; no copies at all are told by the other guardrails.
  const isSent = copies === 0 || (copies - account.dropped) / copies >= coverageMin;
  // Where somebody else counts the copies, pairs that nobody kept are missing as well.
  const pairs = Math.max(account.mirrored, account.answered ?? 0);
  const isCompared = pairs === 0 || account.compared / pairs >= COMPARED_SHARE_MIN;
  const kind = !received ? 'insufficient' : unaccounted > 0 ? 'fail' : isSent && isCompared ? 'pass' : 'insufficient';
  const lacking = [
    ...(isSent
      ? []
      : [`of ${copies} copies ${account.dropped} were dropped, at most ${asPercent(1 - coverageMin)} may be: `]),
    ...(isCompared ? [] : [`of ${pairs} pairs only ${account.compared} were compared, half must be: `]),
  ];
  return {
    guardrail: 'shadowAccount',
    kind,
    reason: received
      ? `${lacking.join('')}${unaccounted} of ${account.received} received requests are unaccounted for (mirrored ${account.mirrored}, dropped ${account.dropped}, timed out ${account.timedOut}, skipped ${account.skipped})`
      : 'the tap received no requests',
    values: { ...account, unaccounted },
  };
}
