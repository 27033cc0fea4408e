import {
  ApplicationFailure,
  CancellationScope,
  ChildWorkflowCancellationType,
  condition,
  defineQuery,
  defineSignal,
  isCancellation,
  makeContinueAsNewFunc,
  ParentClosePolicy,
  setCurrentDetails,
  setDefaultSignalHandler,
  setHandler,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { fleetId, migrationId, QUERIES, SIGNALS } from '../contracts/messages';
import type { FleetSignal, FleetView, GateMessage } from '../contracts/messages';
import { hasEnded, nextFleetStep, WAITING, waveNow } from '../domain/migration-fleet';
import type { Standing } from '../domain/migration-fleet';
import { DECIDED_BY_POLICY } from '../domain/record';
import type { Actor } from '../domain/record';
import { call, SLICE_MS_MAX } from './calls';
import { plain } from './details';
import { tellEnd, tellRest, tellTrouble, tellWave } from './fleet-notices';
import { describeFleet, newFleetState, noteFleet, viewFleet } from './fleet-state';
import type { FleetState } from './fleet-state';
import { actorOf } from './journal';
import type { migrate } from './migrate';
import { failureOf } from './wait';

/*
 * Invariants
 * 1. A migration is started under its own ID and never ended from here: it outlives its fleet, and one that is running is
 *    joined.
 * 2. Where a migration stands is read from outside, never from a child's handle: handles do not survive continue-as-new.
 * 3. Handlers change state and return; the main loop acts.
 */

export interface FleetResult {
  readonly fleet: string;
  /** `stopped`: somebody said no; what runs goes on by itself. */
  readonly outcome: 'completed' | 'stopped';
  readonly standings: Readonly<Record<string, Standing>>;
}

interface Fleet {
  readonly state: FleetState;
  readonly documents: ReadonlyMap<string, unknown>;
  /** Grows with every message, so that waits look again. */
  changeCount: number;
}

/**
 * Many migrations, wave by wave. `document` is what the operator wrote, with every migration's spec inside; `carried` is the
 * state of the run before, after continue-as-new.
 */
export async function migrateFleet(document?: unknown, carried?: FleetState): Promise<FleetResult> {
  const state = carried ?? (await readFleet(document));
  const { spec } = state;
  const fleet: Fleet = { state, documents: documentsOf(document, spec.workloads), changeCount: 0 };
  listen(fleet);
  tellRest(state);
  while (state.outcome === null) {
    await nextLap(fleet);
    setCurrentDetails(describeFleet(state));
    // Handlers finish at once, and what they heard is in the state.
    if (state.outcome === null && workflowInfo().continueAsNewSuggested)
      await makeContinueAsNewFunc<typeof migrateFleet>({ memo: workflowInfo().memo ?? {} })(document, state);
  }
  await tellEnd(state);
  return { fleet: spec.name, outcome: state.outcome, standings: state.standings };
}

async function readFleet(document: unknown): Promise<FleetState> {
  setCurrentDetails('## FLEET\n\nchecking the specs');
  try {
    const spec = await call('parseFleet', 'quick', 'check the fleet and its specs', { document });
    const { workflowId } = workflowInfo();
    if (workflowId !== fleetId(spec.name))
      throw ApplicationFailure.nonRetryable(
        `the workflow ID must be ${fleetId(spec.name)}, got ${workflowId}`,
        'WrongWorkflowId',
      );
    const { workloads } = spec;
    const found = await call('readStandings', 'long', 'look for migrations that are there', { workloads });
    // What ended otherwise than well is started anew.
    const kept = Object.entries(found).filter(([, standing]) => !hasEnded(standing) || standing === 'completed');
    return newFleetState(spec, Object.fromEntries(kept));
  } catch (error) {
    const { code, message } = failureOf(error);
    setCurrentDetails(`## REFUSED: ${code}\n\n${message.split('\n').map(plain).join('\n\n')}`);
    throw code === 'Unknown' ? error : ApplicationFailure.nonRetryable(message, code);
  }
}

function documentsOf(document: unknown, workloads: readonly string[]): ReadonlyMap<string, unknown> {
  const { migrations } = document as { readonly migrations: readonly { readonly spec: unknown }[] };
  return new Map(workloads.map((workload, index) => [workload, migrations[index]?.spec]));
}

/** One decision, or one wait. */
async function nextLap(fleet: Fleet): Promise<void> {
  const { state } = fleet;
  takeAnswer(state);
  if (state.outcome !== null) return;
  const step = nextFleetStep(state.spec, state);
  switch (step.kind) {
    case 'done':
      state.outcome = 'completed';
      state.waitingFor = '';
      return noteFleet(state, 'every wave is over');
    case 'ask':
      openGate(state, step.workload, step.standing);
      return waitForChange(fleet, `an answer to gate ${state.gate?.name}: approve or reject`);
    case 'start':
      closeGate(state);
      if (state.paused !== null) return waitForChange(fleet, `resume (paused by ${state.paused.requestedBy})`);
      return startInTime(fleet, step.workload);
    case 'wait':
      closeGate(state);
      tellWave(state);
      return waitForChange(fleet, `the migrations of wave ${waveNow(state.spec, state) + 1}`);
  }
}

function openGate(state: FleetState, workload: string, standing: Standing): void {
  if (state.gate?.workload === workload && state.gate.standing === standing) return;
  const question = `${workload} is ${standing.replace('_', ' ')}. Approve to go on without it, reject to start nothing more.`;
  state.gate = { name: `trouble-${workload}`, question, openedAt: Date.now(), workload, standing };
  state.answer = null;
  noteFleet(state, `gate ${state.gate.name}: ${question}`);
  tellTrouble(state, state.gate);
}

/** Somebody has cured what was asked about. */
function closeGate(state: FleetState): void {
  if (state.gate === null) return;
  noteFleet(state, `gate ${state.gate.name} is closed: ${state.gate.workload} goes on`);
  state.gate = null;
}

function takeAnswer(state: FleetState): void {
  const { gate, answer } = state;
  state.answer = null;
  if (gate === null || answer?.gate !== gate.name) return;
  state.gate = null;
  noteFleet(state, `gate ${gate.name} ${answer.approved ? 'approved' : 'rejected'}`, answer.actor);
  if (answer.approved) state.accepted[gate.workload] = gate.standing;
  else state.outcome = 'stopped';
}

/** Inside a change window and outside of freezes, or waits for that. */
async function startInTime(fleet: Fleet, workload: string): Promise<void> {
  const { state } = fleet;
  const { changeWindows, freezes } = state.spec;
  if (changeWindows.length > 0 || freezes.length > 0) {
    const opening = await call('findOpening', 'quick', 'change windows and freezes', { changeWindows, freezes });
    if (!opening.isOpen) {
      const text = `${opening.why}; ${workload} may begin at ${new Date(opening.opensMs).toISOString()}`;
      return waitForChange(fleet, text, opening.opensMs);
    }
  }
  await start(fleet, workload);
}

async function start({ state, documents }: Fleet, workload: string): Promise<void> {
  const { name } = state.spec;
  const actor: Actor = {
    requestedBy: DECIDED_BY_POLICY,
    reason: `wave ${waveNow(state.spec, state) + 1} of fleet ${name}`,
  };
  try {
    await startChild<typeof migrate>('migrate', {
      workflowId: migrationId(workload),
      args: [documents.get(workload)],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      cancellationType: ChildWorkflowCancellationType.ABANDON,
      memo: { ...actor },
    });
    noteFleet(state, `${workload} is started`);
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    noteFleet(state, `${workload} is running already, and is joined`);
  }
  state.standings[workload] = 'starting';
  tellWave(state);
}

/** Until a migration stands elsewhere, a person says something, or it is `atMs`. */
async function waitForChange(fleet: Fleet, waitingFor: string, atMs?: number): Promise<void> {
  const { state } = fleet;
  state.waitingFor = waitingFor;
  setCurrentDetails(describeFleet(state));
  const before = fleet.changeCount;
  const known = Object.fromEntries(
    Object.entries(state.standings).filter(([, standing]) => standing !== WAITING && !hasEnded(standing)),
  );
  const limitMs = Math.min(SLICE_MS_MAX, Math.max(1, (atMs ?? Number.POSITIVE_INFINITY) - Date.now()));
  const scope = new CancellationScope();
  const untilMs = Date.now() + SLICE_MS_MAX;
  const input = { known, checkEveryMs: state.spec.checkEveryMs, untilMs };
  const summary = `watch ${Object.keys(known).length} migrations`;
  const seen =
    Object.keys(known).length === 0
      ? undefined
      : scope.run(() => call('watchStandings', 'long', summary, input)).then((changed) => tellChanges(state, changed));
  const said = condition(() => fleet.changeCount !== before, limitMs, { summary: waitingFor.slice(0, 160) });
  await Promise.race([said, ...(seen === undefined ? [] : [seen])]);
  scope.cancel();
  // The scope ends by cancellation; what it saw before that is in the state.
  await seen?.catch((error: unknown) => {
    if (!isCancellation(error)) throw error;
  });
}

function tellChanges(state: FleetState, changed: Readonly<Record<string, Standing>>): void {
  for (const [workload, standing] of Object.entries(changed)) {
    state.standings[workload] = standing;
    noteFleet(state, `${workload}: ${standing.replace('_', ' ')}`);
  }
}

const DESCRIPTIONS: Record<FleetSignal, string> = {
  approve: 'Say yes at the open gate: go on without the migration that it names. {"gate", "requestedBy", "reason"}',
  reject: 'Say no at the open gate: start nothing more. What runs goes on by itself. {"gate", "requestedBy", "reason"}',
  pause: 'Start nothing new. {"requestedBy", "reason"}',
  resume: 'Start again after a pause. {"requestedBy", "reason"}',
};

function listen(fleet: Fleet): void {
  const { state } = fleet;
  const on = (name: FleetSignal, handle: (actor: Actor, message: GateMessage | undefined) => void): void =>
    setHandler(
      defineSignal<[GateMessage?]>(SIGNALS[name]),
      (message) => {
        handle(actorOf(message), message);
        fleet.changeCount += 1;
      },
      { description: DESCRIPTIONS[name] },
    );
  const answer = (approved: boolean) => (actor: Actor, message: GateMessage | undefined) => {
    const { gate } = state;
    if (gate === null || (message?.gate !== undefined && message.gate !== gate.name))
      return noteFleet(
        state,
        `${approved ? 'approve' : 'reject'} refused: gate ${message?.gate ?? ''} is not open`,
        actor,
      );
    state.answer = { gate: gate.name, approved, actor };
  };
  on('approve', answer(true));
  on('reject', answer(false));
  on('pause', (actor) => {
    state.paused ??= actor;
    noteFleet(state, 'paused: nothing new is started', actor);
  });
  on('resume', (actor) => {
    state.paused = null;
    noteFleet(state, 'resumed', actor);
  });
  setDefaultSignalHandler((name) => {
    noteFleet(state, `unknown signal "${name.slice(0, 100)}" was received and did nothing`);
    fleet.changeCount += 1;
  });
  setHandler(defineQuery<FleetView>(QUERIES.status), () => viewFleet(state), {
    description: 'Where every migration of the fleet stands, and what it waits for.',
  });
}
