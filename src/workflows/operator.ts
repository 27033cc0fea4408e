import { defineQuery, defineSignal, defineUpdate, setDefaultSignalHandler, setHandler } from '@temporalio/workflow';
import { isForMoreEvidence, OBSERVED_SIGNAL, QUERIES, SIGNALS, UPDATES } from '../contracts/messages';
import type {
  ExtendMessage,
  GateMessage,
  ObservedSignal,
  OperatorMessage,
  SignalName,
  StatusView,
} from '../contracts/messages';
import type { JudgeState } from '../domain/judge-state';
import type { Plan } from '../domain/plan';
import { formatDuration, parseDuration } from '../domain/quantity';
import type { Actor } from '../domain/record';
import { rollbackAt } from '../domain/rollback';
import type { Verdict } from '../domain/verdict';
import { syncClock } from './clock';
import { actorOf, note } from './journal';
import type { Run } from './run';
import { viewStatus } from './view';
import { breach } from './wait';
import { hear } from './watch';

/*
 * Invariants
 * 1. Handlers change state and return; the main loop acts.
 * 2. Validators are synchronous: an asynchronous one rejects nothing and wedges the run.
 * 3. Nothing that a person sends is swallowed: what cannot be done is recorded with its reason.
 */

export function listen(run: Run): void {
  listenToSignals(run);
  listenToUpdates(run);
  listenToQueries(run);
  const { state } = run;
  setDefaultSignalHandler((name) => {
    state.unknownMessages = [...state.unknownMessages, name.slice(0, 100)].slice(-10);
    note(state, 'unknown_message', `unknown signal "${name.slice(0, 100)}" was received and did nothing`);
    run.changeCount += 1;
  });
  setHandler(
    defineSignal<[ObservedSignal?]>(OBSERVED_SIGNAL),
    (observed) => {
      if (observed === undefined || run.watch?.slice !== observed.slice) return;
      hear(state, observed);
      if (observed.verdict.kind === 'fail') breach(run, observed.verdict.reason);
      run.changeCount += 1;
    },
    { description: 'Sent by the observer, not by people: verdict and evidence so far.' },
  );
}

const DESCRIPTIONS: Record<SignalName, string> = {
  pause: 'Stop the clock of the current step and start nothing new. Watching goes on. {"requestedBy", "reason"}',
  resume: 'Let the clock run again after a pause. {"requestedBy", "reason"}',
  rollback: 'Put all traffic back to the source at once. {"requestedBy", "reason"}',
  approve: 'Say yes at the open gate. {"gate", "requestedBy", "reason"}',
  reject: 'Say no at the open gate. {"gate", "requestedBy", "reason"}',
  retry: 'Blocked: try again. Rolled back: start again from shadow traffic. {"requestedBy", "reason"}',
  skip: 'Blocked: go on without this step, where that is safe. {"requestedBy", "reason"}',
  abandon: 'Traffic back to the source, undo what was built, end the run. {"requestedBy", "reason"}',
};

function listenToSignals(run: Run): void {
  const { state } = run;
  const on = (name: SignalName, handle: (message: GateMessage | undefined, actor: Actor) => void): void => {
    setHandler(
      defineSignal<[GateMessage?]>(SIGNALS[name]),
      (message) => {
        handle(message, actorOf(message));
        syncClock(state);
        run.changeCount += 1;
      },
      { description: DESCRIPTIONS[name] },
    );
  };
  on('pause', (_, actor) => {
    if (state.operator.paused !== null) return note(state, 'paused', 'pause: it was paused already', { actor });
    state.operator.paused = actor;
    note(state, 'paused', 'paused: the clock stands still, watching goes on', { actor });
  });
  on('resume', (_, actor) => {
    const was = state.operator.paused !== null;
    state.operator.paused = null;
    note(state, 'resumed', was ? 'resumed' : 'resume: it was not paused', { actor });
  });
  on('rollback', (_, actor) => requestInterrupt(run, 'rollback', actor));
  on('abandon', (_, actor) => requestInterrupt(run, 'abandon', actor));
  on('approve', (message, actor) => answerGate(run, message, true, actor));
  on('reject', (message, actor) => answerGate(run, message, false, actor));
  on('retry', (_, actor) => {
    if (state.blocked === null && state.phase !== 'rolled_back') {
      return note(state, 'unknown_message', 'retry: nothing is blocked or rolled back', { actor });
    }
    state.operator.retry = actor;
  });
  on('skip', (_, actor) => {
    const reason =
      state.blocked === null
        ? 'nothing is blocked'
        : state.blocked.skippable
          ? null
          : `${state.blocked.step} cannot be skipped`;
    if (reason !== null) return note(state, 'unknown_message', `skip refused: ${reason}`, { actor });
    state.operator.skip = actor;
  });
}

function requestInterrupt(run: Run, kind: 'rollback' | 'abandon', actor: Actor): void {
  const { state } = run;
  const answer = rollbackAt(state.stage);
  if (!answer.allowed) return note(state, 'unknown_message', `${kind} refused: ${answer.reason}`, { actor });
  if (state.phase === 'abandoned') return note(state, 'unknown_message', `${kind}: it is abandoned already`, { actor });
  // Abandon is a rollback and more; it wins over one that is already asked for.
  if (state.operator.interrupt === null || kind === 'abandon') {
    state.operator.interrupt = { kind, actor, requestedAt: Date.now() };
  }
}

function gateProblem(run: Run, message: GateMessage | undefined): string | null {
  const { gate } = run.state;
  if (gate === null) return 'no gate is open';
  const asked = message?.gate;
  return asked !== undefined && asked !== gate.name ? `gate ${String(asked)} is not open; ${gate.name} is` : null;
}

function answerGate(run: Run, message: GateMessage | undefined, approved: boolean, actor: Actor): void {
  const { state } = run;
  const problem = gateProblem(run, message);
  if (problem !== null || state.gate === null) {
    return note(state, 'unknown_message', `${approved ? 'approve' : 'reject'} refused: ${problem}`, { actor });
  }
  state.operator.answer = { gate: state.gate.name, approved, actor };
}

/** Wrong input is answered at once, by throwing in the validator; the history does not even hold the attempt. */
function listenToUpdates(run: Run): void {
  const { state } = run;
  setHandler(
    defineUpdate<string, [(GateMessage & { approved?: boolean }) | undefined]>(UPDATES.approveGate),
    (message) => {
      const name = state.gate?.name ?? '';
      answerGate(run, message, message?.approved !== false, actorOf(message));
      run.changeCount += 1;
      return `gate ${name}: ${message?.approved === false ? 'rejected' : 'approved'}`;
    },
    {
      description: 'Answer the open gate, with an answer at once. {"gate", "approved", "requestedBy", "reason"}',
      validator: (message: GateMessage | undefined) => rejectIf(gateProblem(run, message)),
    },
  );
  setHandler(
    defineUpdate<string, [OperatorMessage | undefined]>(UPDATES.requestRollback),
    (message) => {
      requestInterrupt(run, 'rollback', actorOf(message));
      run.changeCount += 1;
      return 'traffic goes back to the source';
    },
    {
      description: 'As the signal rollback, but refused at once when the source is gone. {"requestedBy", "reason"}',
      validator: (_message) => {
        const answer = rollbackAt(state.stage);
        rejectIf(answer.allowed ? null : answer.reason);
      },
    },
  );
  setHandler(
    defineUpdate<string, [ExtendMessage | undefined]>(UPDATES.extendStep),
    (message) => extendStep(run, message),
    {
      description: 'Hold the current step longer. {"by": "6h", "requestedBy", "reason"}',
      validator: (message: ExtendMessage | undefined) => rejectIf(extendProblem(run, message)),
    },
  );
}

function extendProblem(run: Run, message: ExtendMessage | undefined): string | null {
  if (run.state.cursor.clock === null) return 'no step is being held';
  const byMs = typeof message?.by === 'string' ? parseDuration(message.by) : undefined;
  return byMs === undefined || byMs <= 0
    ? `by: expected a length of time such as "6h", got ${JSON.stringify(message?.by)}`
    : null;
}

function extendStep(run: Run, message: ExtendMessage | undefined): string {
  const { state } = run;
  const byMs = parseDuration(message?.by ?? '') ?? 0;
  if (state.cursor.clock !== null) state.cursor.clock.holdMs += byMs;
  // A step that asks for more evidence has its answer.
  if (state.gate !== null && isForMoreEvidence(state.gate.name)) state.gate = null;
  note(state, 'extended', `extended by ${formatDuration(byMs)}`, { actor: actorOf(message) });
  syncClock(state);
  run.changeCount += 1;
  return `extended by ${formatDuration(byMs)}`;
}

function rejectIf(problem: string | null): void {
  if (problem !== null) throw new Error(problem);
}

export interface EvidenceView {
  readonly verdict: Verdict | null;
  readonly judge: JudgeState | null;
}

function listenToQueries(run: Run): void {
  const { state } = run;
  setHandler(defineQuery<StatusView>(QUERIES.status), () => viewStatus(state), {
    description: 'Where the migration is, what it waits for, weights, last verdict, last decisions.',
  });
  setHandler(defineQuery<Plan>(QUERIES.plan), () => state.plan, {
    description: 'The plan, as it was made at the start.',
  });
  setHandler(
    defineQuery<EvidenceView>(QUERIES.evidence),
    () => ({ verdict: state.verdict, judge: state.cursor.judge }),
    {
      description: 'The evidence of the current step as last reported by its observer.',
    },
  );
}
