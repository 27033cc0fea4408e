import { syncClock } from './clock';
import { note } from './journal';
import { meterGate } from './metering';
import type { Run } from './run';
import type { GateAnswer } from './state';
import { tell } from './tell';
import { watchUntil } from './wait';

export type GateOutcome = (GateAnswer & { readonly extended: false }) | { readonly extended: true };

/**
 * Opens a gate, tells people how to answer it, and waits for the answer. Extending the step closes it too.
 * @param instructions what somebody does before saying yes, one step a line.
 */
export async function askGate(
  run: Run,
  name: string,
  question: string,
  instructions: readonly string[] = [],
): Promise<GateOutcome> {
  const { state } = run;
  const openedAt = state.gate?.name === name ? state.gate.openedAt : Date.now();
  if (state.gate?.name !== name) {
    state.gate = { name, question, openedAt, ...(instructions.length === 0 ? {} : { instructions }) };
    state.operator.answer = null;
    note(state, 'gate_opened', `gate ${name}: ${question}`);
    tell(run, 'gate', [question, ...instructions].join('\n'), { gate: name });
  }
  state.doing = `waiting at gate ${name}`;
  syncClock(state);
  await watchUntil(run, (now) => now.operator.answer?.gate === name || now.gate === null);
  const { answer } = state.operator;
  state.gate = null;
  state.operator.answer = null;
  syncClock(state);
  meterGate(state, openedAt, answer === null ? 'extended' : answer.approved ? 'approved' : 'rejected');
  if (answer === null) return { extended: true };
  note(state, 'gate_answered', `gate ${name} ${answer.approved ? 'approved' : 'rejected'}`, { actor: answer.actor });
  return { ...answer, extended: false };
}

/** A pause between two steps holds the next one back. */
export async function passPause(run: Run): Promise<void> {
  if (run.state.operator.paused === null) return;
  await watchUntil(run, (state) => state.operator.paused === null);
}
