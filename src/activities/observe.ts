import { Context, heartbeat } from '@temporalio/activity';
import { judge } from '../analysis/judge';
import type { ObserveActivities, ObserveInput, ObserveResult } from '../contracts/activities';
import { patienceMs } from '../domain/evidence';
import type { JudgeState } from '../domain/judge-state';
import type { EpochMs } from '../domain/quantity';
import type { LedgerHead } from '../domain/record';
import type { Verdict } from '../domain/verdict';
import { EvidenceRecorder } from './evidence-recorder';
import type { Eyes } from './observe-look';
import { lookOnce, periodEnd, readOrExplain } from './observe-look';
import { Reporter } from './observe-report';
import type { Ports } from './ports';
import { isCancellation, sleepOf } from './waiting';

/*
 * Invariants
 * 1. A window is read once: each look begins where the judge's `seenToMs` stands, in this attempt or the one before.
 * 2. The heartbeat of a look holds all that the next attempt needs; it is small, and sent before anything that may fail.
 * 3. Only the judge decides. Ledger and signals are best effort, and never keep a breach waiting.
 * 4. A cancellation leaves as it came: after a worker's shutdown the attempt goes on elsewhere.
 */

type ObservePorts = Eyes & Pick<Ports, 'openLedger' | 'signals' | 'now' | 'sleep'>;

/** How long the last evidence record may hold up an answer. */
const LAST_RECORD_MS_MAX = 2_000;

/** What an attempt leaves to the next one. */
export interface ObserveHeartbeat {
  readonly judge: JudgeState;
  readonly verdict: Verdict;
  /** Since when verdicts have been blind, without a break. */
  readonly blindSinceMs: EpochMs | null;
  readonly ledgerHead: LedgerHead;
  /** Windows before this are in the ledger. */
  readonly recordedToMs: EpochMs;
  readonly changeSignals: number;
}

export function createObserveActivities(ports: ObservePorts): ObserveActivities {
  return { observe: (input) => observe(ports, input) };
}

/** One attempt's helpers. */
interface Attempt {
  readonly ports: ObservePorts;
  readonly input: ObserveInput;
  readonly recorder: EvidenceRecorder;
  readonly reporter: Reporter;
}

/** What the loop knows between two looks. */
interface Seen {
  readonly judge: JudgeState;
  readonly verdict: Verdict | undefined;
  readonly blindSinceMs: EpochMs | null;
}

async function observe(ports: ObservePorts, input: ObserveInput): Promise<ObserveResult> {
  const before = resumeFrom(input);
  const recordedToMs = before?.recordedToMs ?? input.judge.seenToMs;
  const recorder = new EvidenceRecorder(ports.openLedger, input, recordedToMs, before?.ledgerHead ?? input.ledgerHead);
  const attempt: Attempt = { ports, input, recorder, reporter: new Reporter(ports, input, before) };
  const start: Seen = {
    judge: before?.judge ?? input.judge,
    verdict: before?.verdict,
    blindSinceMs: before?.blindSinceMs ?? null,
  };
  await refill(attempt, start.judge.seenToMs);
  return watch(attempt, start);
}

async function watch(attempt: Attempt, start: Seen): Promise<ObserveResult> {
  const { ports, input, recorder, reporter } = attempt;
  const sleep = sleepOf(ports);
  let seen = start;
  try {
    for (;;) {
      const { judge: state, verdict, blindSinceMs } = await check(attempt, seen);
      seen = { judge: state, verdict, blindSinceMs };
      const endedBy = endOf(input, state, verdict, blindSinceMs, ports.now());
      if (endedBy !== undefined) {
        await recorder.finish(verdict, LAST_RECORD_MS_MAX);
        return { judge: state, verdict, ledgerHead: recorder.place().ledgerHead, endedBy };
      }
      await reporter.report(state, verdict, recorder.place().ledgerHead);
      await recorder.recordWhenDue(verdict, state.seenToMs);
      await sleep(input.checkEveryMs);
    }
  } catch (error) {
    // The workflow cut the slice: nobody will read its windows again. After a worker's shutdown the next attempt does.
    const isCut = isCancellation(error) && Context.current().cancellationDetails?.cancelRequested === true;
    if (isCut && seen.verdict !== undefined) await recorder.finish(seen.verdict, LAST_RECORD_MS_MAX);
    throw error;
  }
}

/** One look, judged and noted in the heartbeat. */
async function check({ ports, input, recorder, reporter }: Attempt, seen: Seen): Promise<Seen & { verdict: Verdict }> {
  const { look: whole, ahead } = await lookOnce(ports, input, seen.judge);
  const foreseen = judge(seen.judge, ahead, input.policy);
  // Errors of the target that are there already are no less true for what is still missing on the other side.
  const isDecided = ahead === whole || hasErrors(foreseen.verdict);
  const look = isDecided ? ahead : whole;
  const { state, verdict } = isDecided ? foreseen : judge(seen.judge, whole, input.policy);
  recorder.take(look.evidence);
  const blindSinceMs = verdict.kind === 'blind' ? (state.blindSinceMs ?? seen.blindSinceMs ?? look.nowMs) : null;
  const beat: ObserveHeartbeat = {
    judge: state,
    verdict,
    blindSinceMs,
    ...recorder.place(),
    changeSignals: reporter.changeSignals,
  };
  heartbeat(beat);
  return { judge: state, verdict, blindSinceMs };
}

function hasErrors({ results }: Verdict): boolean {
  return results.some(
    ({ guardrail, kind }) => (guardrail === 'errorRate' || guardrail === 'errorSla') && kind === 'fail',
  );
}

/** @returns undefined while the slice goes on. */
function endOf(
  input: ObserveInput,
  state: JudgeState,
  verdict: Verdict,
  blindSinceMs: EpochMs | null,
  nowMs: number,
): ObserveResult['endedBy'] | undefined {
  if (verdict.kind === 'fail') return 'breach';
  if (blindSinceMs !== null && nowMs - blindSinceMs >= input.policy.guardrails.blindHoldMs) return 'blind';
  if (state.seenToMs >= periodEnd(input.untilMs, input.policy.periodMs)) return 'time';
  // Metrics that never come for the slice's last windows do not make it endless; the verdict says that it is blind.
  const overdueMs = patienceMs(input.lagMs) + 2 * input.checkEveryMs;
  return nowMs >= input.untilMs + overdueMs ? 'time' : undefined;
}

/** What the attempt before this one knew, if it knew more than the workflow did. */
function resumeFrom(input: ObserveInput): ObserveHeartbeat | undefined {
  const details = Context.current().info.heartbeatDetails as Partial<ObserveHeartbeat> | undefined;
  const { judge: known, verdict, ledgerHead, recordedToMs } = details ?? {};
  if (known === undefined || verdict === undefined || ledgerHead === undefined || recordedToMs === undefined)
    return undefined;
  // A heartbeat of another version: the workflow's own state is older, and fits.
  if ((known as Partial<JudgeState>).tests === undefined) return undefined;
  if (known.fromMs !== input.judge.fromMs || known.seenToMs < input.judge.seenToMs) return undefined;
  return {
    judge: known,
    verdict,
    ledgerHead,
    recordedToMs,
    blindSinceMs: details?.blindSinceMs ?? null,
    changeSignals: details?.changeSignals ?? 0,
  };
}

/** Windows that the attempt before had judged and not yet recorded are read again, for the ledger only. */
async function refill({ ports, input, recorder }: Attempt, toMs: EpochMs): Promise<void> {
  const { recordedToMs } = recorder.place();
  if (recordedToMs >= toMs) return;
  const evidence = await readOrExplain(ports, input, recordedToMs, toMs);
  if (evidence.complete) recorder.take(evidence);
  else recorder.lose(recordedToMs, toMs, evidence.cause);
}
