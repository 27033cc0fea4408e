import { condition } from '@temporalio/workflow';
import { decideStep } from '../analysis/step-decision';
import { evidenceGate } from '../contracts/messages';
import { assertNever } from '../domain/errors';
import { formatDuration } from '../domain/quantity';
import { newClock, clockRuns, remainingMs, syncClock } from './clock';
import { askGate } from './gate';
import type { GateOutcome } from './gate';
import { note } from './journal';
import type { Run } from './run';
import type { MigrationState, StepClock } from './state';
import { askRollback, breach, endEvidence, watchUntil } from './wait';

export interface Hold {
  /** Unique within the phase; names the gate that asks about this hold. */
  readonly label: string;
  readonly holdMs: number;
  /** How long the step is watched before its time begins. Unit: milliseconds. */
  readonly settleMs?: number;
}

/** The clock has run out and the observer's last slice is in. */
function clockIsOver(run: Run, state: MigrationState): boolean {
  const { clock } = state.cursor;
  return clock !== null && clockRuns(clock) && remainingMs(clock) === 0 && run.watch === null;
}

async function runClockDown(run: Run): Promise<void> {
  syncClock(run.state);
  await watchUntil(run, (state) => clockIsOver(run, state) || run.blindTooLong);
}

/** Holds a step until its evidence allows the next one. A breach never returns: the main function cancels this wait. */
export async function holdStep(run: Run, hold: Hold): Promise<'advance' | 'step_down'> {
  const { state } = run;
  state.cursor.clock ??= newClock(hold.holdMs + (hold.settleMs ?? 0));
  for (;;) {
    // A run that continued as new at this hold's question goes on waiting for its answer.
    if (state.gate?.name === gateOf(hold)) {
      if ((await askForMore(run, hold)) === 'advance') return 'advance';
      continue;
    }
    // Blindness in a gate or a pause before this was theirs.
    run.blindTooLong = false;
    await runClockDown(run);
    const { clock, judge } = state.cursor;
    if (clock === null) throw new Error('the step lost its clock');
    const decision = decideStep({
      verdict: state.verdict,
      timeOver: remainingMs(clock) === 0,
      extensionCount: clock.extensionCount,
      extendMax: state.spec.guardrails.extendMax,
      blindTooLong: run.blindTooLong,
    });
    switch (decision) {
      case 'advance':
        noteFinished(run, hold, 'evidence allows the next step');
        return 'advance';
      case 'roll_back':
        breach(run, state.verdict?.reason ?? 'a guardrail is broken');
        await forever();
        break;
      case 'extend':
        extend(state, hold, clock);
        break;
      case 'ask':
        if ((await askForMore(run, hold)) === 'advance') return 'advance';
        break;
      case 'step_down':
        run.blindTooLong = false;
        state.cursor.judge = judge;
        return 'step_down';
      case 'watch_on':
        break;
      default:
        assertNever(decision);
    }
  }
}

/**
 * Time without a judgement of its own: watched all the same, and a breach still goes back to the source. Time in which
 * the target was not seen serving anybody does not count: silence is no evidence.
 */
export async function holdQuietly(run: Run, hold: Hold): Promise<void> {
  const { state } = run;
  state.cursor.clock ??= newClock(hold.holdMs);
  for (;;) {
    if (state.gate?.name === gateOf(hold)) {
      if ((await askForMore(run, hold)) === 'advance') return;
      continue;
    }
    run.blindTooLong = false;
    await runClockDown(run);
    if (run.blindTooLong) continue;
    if (state.wanted.target === 0 || (state.cursor.judge?.targetRequestCount ?? 0) > 0) break;
    if ((await holdOnInSilence(run, hold)) === 'advance') return;
  }
  noteFinished(run, hold, 'time is over');
}

async function holdOnInSilence(run: Run, hold: Hold): Promise<'advance' | 'hold_on'> {
  const { clock } = run.state.cursor;
  if (clock === null) throw new Error('the hold lost its clock');
  if (clock.extensionCount >= run.state.spec.guardrails.extendMax) return askForMore(run, hold);
  extend(run.state, hold, clock);
  return 'hold_on';
}

function extend(state: MigrationState, hold: Hold, clock: StepClock): void {
  clock.holdMs += hold.holdMs;
  clock.extensionCount += 1;
  const why = state.verdict?.reason ?? 'no evidence';
  note(state, 'extended', `${hold.label} extended by ${formatDuration(hold.holdMs)}: ${why}`, verdictOf(state));
}

const gateOf = (hold: Hold): string => evidenceGate(hold.label);

async function askForMore(run: Run, hold: Hold): Promise<'advance' | 'hold_on'> {
  const reason = run.state.verdict?.reason ?? 'no evidence';
  const answer = await askGate(
    run,
    gateOf(hold),
    `The step has not passed (${reason}). Approve to go on all the same, reject to roll back, or extend the step.`,
  );
  if (answer.extended) return 'hold_on';
  await goOnOrBack(run, answer);
  noteFinished(run, hold, 'a person accepted the evidence there is');
  return 'advance';
}

function noteFinished(run: Run, hold: Hold, why: string): void {
  const { state } = run;
  note(state, 'step_finished', `${hold.label}: ${why}`, { weights: state.wanted, ...verdictOf(state) });
  if (state.verdict !== null) state.lastStep = { name: hold.label, verdict: state.verdict };
  state.cursor.clock = null;
  endEvidence(run);
}

function verdictOf(state: MigrationState): { verdict?: NonNullable<MigrationState['verdict']> } {
  return state.verdict === null ? {} : { verdict: state.verdict };
}

/** A gate that was rejected leads back to the source, and its caller goes no further. */
export async function goOnOrBack(run: Run, answer: GateOutcome): Promise<void> {
  if (answer.extended || answer.approved) return;
  askRollback(run, answer.actor);
  await forever();
}

/** Ends only by cancellation. */
export function forever(): Promise<void> {
  return condition(() => false);
}
