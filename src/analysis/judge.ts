import type { Evidence, EvidenceWindow, TargetHealth } from '../domain/evidence';
import { EMPTY_ACCOUNT, addAccounts } from '../domain/evidence';
import { assertNever } from '../domain/errors';
import type { JudgePolicy, JudgeState } from '../domain/judge-state';
import type { EpochMs } from '../domain/quantity';
import type { GuardrailResult, Verdict, VerdictKind } from '../domain/verdict';
import { judgeCost, takeCost } from './cost';
import { faultOf } from './faults';
import { judgeCoverage, judgeErrorRate, judgeErrorSla, judgeHealth, judgeLatency } from './guardrails';
import { judgedMetrics, judgeMetrics } from './metric-test';
import { judgeSegments, takeSegments } from './segments';
import { judgeCopiedShare, judgeEquivalence, judgeShadowAccount } from './shadow-guardrails';
import { isDear } from './step-decision';
import { isSettled } from './split-test';
import { startTests, takeWindow } from './take-window';
import { judgeSplit } from './traffic-split';

/*
 * Invariants
 * 1. Silence never passes: an incomplete answer is `blind`, too few requests are `insufficient`.
 * 2. A window is judged once; `seenToMs` only grows, and not past an incomplete answer.
 * 3. Every guardrail that is set answers in every verdict, so "3 of 4 were fine" cannot look like "fine".
 */

/** What one check saw. */
export interface Look {
  readonly evidence: Evidence;
  readonly health: TargetHealth | { readonly unreadable: string };
  /** End of the time that `evidence` covers. */
  readonly toMs: EpochMs;
  readonly nowMs: EpochMs;
}

export function startJudging(fromMs: EpochMs): JudgeState {
  return {
    fromMs,
    seenToMs: fromMs,
    windowsExpected: 0,
    windowsWithData: 0,
    windowsBlind: 0,
    sourceRequestCount: 0,
    sourceErrorCount: 0,
    targetRequestCount: 0,
    targetErrorCount: 0,
    splitSourceCount: 0,
    splitTargetCount: 0,
    account: EMPTY_ACCOUNT,
    tests: startTests(),
    segments: {},
  };
}

/** Takes one look into account. Pure: the same state, look and policy give the same answer. */
export function judge(state: JudgeState, look: Look, policy: JudgePolicy): { state: JudgeState; verdict: Verdict } {
  const { evidence } = look;
  const cause = evidence.complete ? faultOf(evidence.windows, judgedMetrics(policy)) : evidence.cause;
  if (!evidence.complete || cause !== undefined) {
    const blind: JudgeState = { ...state, blindSinceMs: state.blindSinceMs ?? look.nowMs };
    return { state: blind, verdict: blindVerdict(cause ?? 'unknown', blind, look, policy) };
  }
  const seen = takeWindows(state, evidence.windows, look, policy);
  // Health that cannot be read is blindness too, with the same patience.
  const next = 'unreadable' in look.health ? { ...seen, blindSinceMs: state.blindSinceMs ?? look.nowMs } : seen;
  return { state: next, verdict: combine(guardrails(next, look, policy)) };
}

function takeWindows(
  state: JudgeState,
  windows: readonly EvidenceWindow[],
  { toMs, nowMs, health }: Look,
  policy: JudgePolicy,
): JudgeState {
  const { blindSinceMs, ...rest } = state;
  const fresh = windows
    .filter((window) => window.startMs >= state.seenToMs && window.endMs <= toMs)
    .sort((a, b) => a.startMs - b.startMs);
  const answered = fresh.filter((window) => hasData(window, policy)).length;
  // What was read too late to act on was not watched, though its errors still count.
  const inTimeFromMs = nowMs - policy.lateMsMax;
  const wasWatched = ({ endMs }: EvidenceWindow): boolean =>
    endMs >= inTimeFromMs || endMs <= (policy.watchedToMs ?? Number.NEGATIVE_INFINITY);
  const spanned = Math.max(0, Math.round((toMs - state.seenToMs) / policy.periodMs));
  const seen = fresh.filter((window) => hasData(window, policy) && wasWatched(window)).length;
  // A tap says how far its books are whole: a second in which nobody asked anything was watched as well.
  const isWhole = policy.mode === 'shadow' && toMs >= inTimeFromMs && state.seenToMs >= inTimeFromMs;
  // After a time without answers, what was never answered is not expected: the step's clock stood still as well.
  const missed = blindSinceMs === undefined ? 0 : Math.max(0, spanned - answered);
  const withData = isWhole ? spanned - missed : seen;
  const sum = (pick: (window: EvidenceWindow) => number, of: readonly EvidenceWindow[] = fresh): number =>
    of.reduce((total, window) => total + pick(window), 0);
  const settled = fresh.filter((window) => isSettled(window, policy));
  return {
    ...rest,
    seenToMs: Math.max(state.seenToMs, toMs) as EpochMs,
    windowsExpected: state.windowsExpected + spanned - missed,
    windowsWithData: state.windowsWithData + withData,
    windowsBlind: state.windowsBlind + missed,
    sourceRequestCount: state.sourceRequestCount + sum((window) => window.source.requestCount),
    sourceErrorCount: state.sourceErrorCount + sum((window) => window.source.errorCount),
    targetRequestCount: state.targetRequestCount + sum((window) => window.target.requestCount),
    targetErrorCount: state.targetErrorCount + sum((window) => window.target.errorCount),
    splitSourceCount: state.splitSourceCount + sum((window) => window.source.requestCount, settled),
    splitTargetCount: state.splitTargetCount + sum((window) => window.target.requestCount, settled),
    account: fresh.reduce((total, window) => addAccounts(total, window.shadow ?? EMPTY_ACCOUNT), state.account),
    tests: fresh.reduce((tests, window) => takeWindow(tests, window, policy), state.tests),
    ...takeCost(state, fresh, (spanned - missed) * policy.periodMs, health, policy),
    segments: fresh.reduce((segments, window) => takeSegments(segments, window, policy), state.segments),
  };
}

/** A tap that received requests without copying any has still been watched; a recording is compared only where both are. */
function hasData({ source, target, shadow }: EvidenceWindow, { mode }: JudgePolicy): boolean {
  return mode === 'files'
    ? source.requestCount > 0 && target.requestCount > 0
    : source.requestCount + target.requestCount + (shadow?.received ?? 0) > 0;
}

function guardrails(state: JudgeState, look: Look, policy: JudgePolicy): GuardrailResult[] {
  const results = [
    judgeErrorRate(state, policy),
    judgeErrorSla(state, policy),
    ...judgeLatency(state, policy),
    ...judgeMetrics(state, policy),
    ...judgeCost(state, policy),
    ...judgeSegments(state, policy),
    judgeCoverage(state, policy),
  ];
  const health = judgeHealth(look.health, policy);
  switch (policy.mode) {
    case 'cutover':
      return [...results, health, judgeSplit(state, policy)];
    case 'shadow':
      return [
        ...results,
        health,
        judgeEquivalence(state, policy),
        judgeShadowAccount(state, policy),
        ...judgeCopiedShare(state, policy),
      ];
    case 'files':
      return results;
    default:
      return assertNever(policy.mode);
  }
}

function blindVerdict(cause: string, state: JudgeState, look: Look, policy: JudgePolicy): Verdict {
  const health = judgeHealth(look.health, policy);
  const guardrailCount = guardrails(state, look, policy).length;
  // A target that is known to be down is bad news even when the metrics are silent.
  if (health.kind === 'fail') {
    return { kind: 'fail', reason: health.reason, results: [health], evaluatedCount: 1, guardrailCount };
  }
  return {
    kind: 'blind',
    reason: `no complete evidence: ${cause}`,
    results: [health],
    evaluatedCount: 0,
    guardrailCount,
  };
}

const WORST_FIRST: readonly VerdictKind[] = ['fail', 'blind', 'insufficient', 'pass'];

/** The worst answer is the verdict. */
export function combine(results: readonly GuardrailResult[]): Verdict {
  const weightOf = (result: GuardrailResult): VerdictKind => (isDear(result) ? 'insufficient' : result.kind);
  const kind = WORST_FIRST.find((worst) => results.some((result) => weightOf(result) === worst)) ?? 'insufficient';
  const deciding = results.filter((result) => weightOf(result) === kind);
  return {
    kind,
    reason:
      kind === 'pass'
        ? `${results.length} of ${results.length} guardrails hold`
        : deciding.map((r) => r.reason).join('; '),
    results,
    evaluatedCount: results.filter((result) => result.kind === 'pass' || result.kind === 'fail').length,
    guardrailCount: results.length,
  };
}
