import {
  ActivityFailure,
  allHandlersFinished,
  ApplicationFailure,
  ChildWorkflowFailure,
  condition,
  isCancellation,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import { formatDuration } from '../domain/quantity';
import type { Actor } from '../domain/record';
import { announce } from './announce';
import { observerSilenceMs } from './calls';
import { plain } from './details';
import { clockRuns, remainingMs, syncClock } from './clock';
import { note, writeJournal } from './journal';
import { countBlocked } from './metering';
import type { Run } from './run';
import { tell } from './tell';
import { isOver } from './state';
import type { MigrationState } from './state';
import { closeEvidence, endsTooLate, hear, hearNothing, isWatched, startWatch, stopBlindness } from './watch';
import type { Watch } from './watch';

/*
 * Invariants
 * 1. Whenever the target has weight above 0 and the source can take it back, every wait watches: a hold, a pause, a
 *    gate, `blocked`, the standby, and a call that takes longer than a moment.
 * 2. A breach seen in any wait asks for a rollback; the main function, which is outside every wait, acts on it.
 * 3. A run continues as new only here and only between slices, so that no evidence is lost.
 * 4. An activity that fails for good blocks the migration until a person answers; it does not end the run.
 */

/** Thrown to leave every nested wait; caught by the main function alone. */
export class ContinueAsNew extends Error {}

/** Far below the server's suggestion (4,096) and below the 1,500 that we promise for one run. */
const HISTORY_EVENTS_MAX = 1_000;
export const LEDGER_STEP = 'ledger';
/** Between two steps nobody watches; not for longer than this, however long the step's own call takes. */
const UNWATCHED_MS_MAX = 10_000;
const REFUSALS = [
  'SpecInvalid',
  'ClaimHeld',
  'ResourceNotOurs',
  'EarlierRunLeftovers',
  'NotExactlyOne',
  'NoFreePriority',
  'QuotaTooLow',
];

/** Waits until `wake` holds, watching meanwhile. `wake` must be a pure look at the state. */
export async function watchUntil(run: Run, wake: (state: MigrationState) => boolean): Promise<void> {
  const { state } = run;
  for (;;) {
    announce(run);
    // Before anything is recorded: the ledger may keep us waiting.
    if (!wake(state)) keepWatching(run);
    if (mayRecord(state)) await recordAll(run);
    if (wake(state)) return;
    if (run.watch === null && continueAsNewIsDue() && allHandlersFinished()) throw new ContinueAsNew();
    await nextEvent(run, wake);
    settleWatch(run);
  }
}

/** Several things may end a wait; all of them are looked at again by `watchUntil`. */
async function nextEvent(run: Run, wake: (state: MigrationState) => boolean): Promise<void> {
  const { state } = run;
  const changes = run.changeCount;
  const something = (): boolean =>
    wake(state) ||
    mayRecord(state) ||
    (run.watch !== null && run.watch.settled !== null) ||
    run.changeCount !== changes;
  const { clock } = state.cursor;
  // An observer's slice ends with the clock; a timer of our own is needed only without one.
  if (run.watch !== null || clock === null || !clockRuns(clock)) return condition(something);
  const restMs = remainingMs(clock);
  if (restMs > 0) await condition(something, restMs, { summary: `${state.doing}: ${formatDuration(restMs)} left` });
}

function keepWatching(run: Run): void {
  const { state } = run;
  if (run.watch !== null && endsTooLate(state, run.watch)) {
    // What it saw since it last spoke is read again by the next; it was watched all the same.
    state.cursor.watchedToMs = Date.now() - observerSilenceMs(state.spec.checkEveryMs);
    stopWatching(run);
  }
  if (run.watch === null && !continueAsNewIsDue()) watchOn(run);
}

function watchOn(run: Run): void {
  run.watch = startWatch(run.state, (watch) => heedBreach(run, watch));
}

/** At once, whatever the main loop waits for: a ledger that does not answer must not hold up a rollback. */
function heedBreach(run: Run, watch: Watch): void {
  if (
    run.watch === watch &&
    watch.settled !== null &&
    'verdict' in watch.settled &&
    watch.settled.verdict.kind === 'fail'
  )
    settleWatch(run);
}

export function stopWatching(run: Run): void {
  run.watch?.scope.cancel();
  run.watch = null;
}

/** The step's evidence is closed, and whoever gathered it is stopped: the next one gets evidence of its own. */
export function endEvidence(run: Run): void {
  stopWatching(run);
  closeEvidence(run.state);
}

function settleWatch(run: Run): void {
  const { state } = run;
  const settled = run.watch?.settled ?? null;
  if (settled === null) return;
  run.watch = null;
  if ('failed' in settled) {
    hearNothing(state, settled.failed);
    if (Date.now() - (state.blindSinceMs ?? Date.now()) >= state.spec.guardrails.blindHoldMs) giveUpBlind(run);
    return;
  }
  hear(state, settled);
  if (settled.endedBy === 'blind') giveUpBlind(run);
  if (settled.verdict.kind === 'fail') breach(run, settled.verdict.reason);
}

/** Blind for as long as the spec allows: a step goes one back. */
function giveUpBlind(run: Run): void {
  const { state } = run;
  run.blindTooLong = true;
  stopBlindness(state);
  tell(run, 'blind', state.verdict?.reason ?? 'nobody watches');
}

/** A guardrail is broken: back to the source, without a person. */
export function breach(run: Run, reason: string): void {
  askRollback(run, { requestedBy: 'crossfade', reason });
}

export function askRollback(run: Run, actor: Actor): void {
  run.state.operator.interrupt ??= { kind: 'rollback', actor, requestedAt: Date.now() };
  run.changeCount += 1;
}

function continueAsNewIsDue(): boolean {
  const info = workflowInfo();
  return info.continueAsNewSuggested || info.historyLength >= HISTORY_EVENTS_MAX;
}

function mayRecord(state: MigrationState): boolean {
  return state.inbox.length > 0 && state.blocked?.step !== LEDGER_STEP;
}

/** No step without its record: a ledger that does not answer blocks the migration. */
export async function recordAll(run: Run): Promise<void> {
  const { state } = run;
  if (state.inbox.length === 0) return;
  // Nothing comes after the last record: a person may let the run end without it.
  await perform(run, { name: LEDGER_STEP, skippable: isOver(state) }, () => writeJournal(state));
}

/** Waits for one call, watched: whatever takes longer than a moment may not leave users alone with the target. */
async function whileWatched<T>(run: Run, action: () => Promise<T>): Promise<T> {
  let isOver = false;
  const result = action().finally(() => {
    isOver = true;
  });
  // Reported by the last line.
  result.catch(() => undefined);
  while (!isOver && isWatched(run.state)) {
    if (run.watch !== null) {
      const { watch } = run;
      await condition(() => isOver || watch.settled !== null || run.watch !== watch);
      if (!isOver) settleWatch(run);
    } else if (!(await condition(() => isOver, UNWATCHED_MS_MAX, { summary: 'so long nobody watches' }))) {
      watchOn(run);
    }
  }
  return result;
}

export interface Step {
  /** What is being done, for a person. */
  readonly name: string;
  /** Whether going on without it can do no harm. */
  readonly skippable: boolean;
}

export const SKIPPED = Symbol('skipped');

/** Does one thing; when it fails for good, waits for `retry`, `skip` where that is safe, or a rollback. */
export async function perform<T>(run: Run, step: Step, action: () => Promise<T>): Promise<T | typeof SKIPPED> {
  const { state } = run;
  for (;;) {
    // A run that continued as new while blocked here goes on waiting; it does not try again by itself.
    if (state.blocked?.step !== step.name) {
      if (step.name !== LEDGER_STEP) state.doing = step.name;
      try {
        return await whileWatched(run, action);
      } catch (error) {
        if (isCancellation(error)) throw error;
        refuseAtStart(state, error);
        block(run, step, error);
      }
    }
    await watchUntil(run, (now) => now.operator.retry !== null || (step.skippable && now.operator.skip !== null));
    if (unblock(run, step) === 'skip') return SKIPPED;
  }
}

/** Before anything is created, what the same input can never cure ends the run: another spec, or another time. */
function refuseAtStart(state: MigrationState, error: unknown): void {
  const { code, message } = failureOf(error);
  if (state.phase !== 'starting' || !REFUSALS.includes(code)) return;
  state.outcome = 'refused';
  setCurrentDetails(`## REFUSED: ${code}\n\n${message.split('\n').map(plain).join('\n\n')}`);
  throw ApplicationFailure.nonRetryable(message, code);
}

/** As `perform`, for what cannot be skipped. */
export async function must<T>(run: Run, name: string, action: () => Promise<T>): Promise<T> {
  const result = await perform(run, { name, skippable: false }, action);
  if (result === SKIPPED) throw new Error(`${name} cannot be skipped`);
  return result;
}

function block(run: Run, step: Step, error: unknown): void {
  const { state } = run;
  const { code, message } = failureOf(error);
  // A ledger that fails while something else is blocked comes on top of that, and goes away again.
  state.blockedBeneath = state.blocked;
  state.blocked = { step: step.name, code, message, skippable: step.skippable };
  noteUnheard(state);
  state.operator.retry = null;
  state.operator.skip = null;
  syncClock(state);
  note(state, 'blocked', `blocked at ${step.name}: ${code}: ${message}`, { values: { code } });
  countBlocked(state, code);
  tell(run, 'blocked', `${step.name}: ${message}`, { skippable: step.skippable });
}

/** An answer that was meant for what is blocked beneath, or for a rollback, must be given again. */
function noteUnheard(state: MigrationState): void {
  for (const answer of ['retry', 'skip'] as const) {
    const actor = state.operator[answer];
    if (actor !== null)
      note(state, 'unknown_message', `${answer} came while something else failed: send it again`, { actor });
  }
}

function unblock(run: Run, step: Step): 'retry' | 'skip' {
  const { operator } = run.state;
  const answer = operator.retry !== null ? 'retry' : 'skip';
  const actor = operator.retry ?? operator.skip;
  run.state.blocked = run.state.blockedBeneath;
  run.state.blockedBeneath = null;
  operator.retry = null;
  operator.skip = null;
  syncClock(run.state);
  note(run.state, 'unblocked', `${answer} ${step.name}`, actor === null ? {} : { actor });
  return answer;
}

export function failureOf(error: unknown): { code: string; message: string } {
  const cause = causeOf(error);
  const code = cause instanceof ApplicationFailure && cause.type != null ? cause.type : 'Unknown';
  return { code, message: cause instanceof Error ? cause.message : String(cause) };
}

/** Of a child workflow's failure: that of the activity in it. */
function causeOf(error: unknown): unknown {
  const isWrapped = error instanceof ActivityFailure || error instanceof ChildWorkflowFailure;
  return isWrapped && error.cause !== undefined ? causeOf(error.cause) : error;
}
