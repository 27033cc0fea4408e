import {
  CancellationScope,
  condition,
  isCancellation,
  makeContinueAsNewFunc,
  patched,
  workflowInfo,
} from '@temporalio/workflow';
import { migrationId } from '../contracts/messages';
import { PHASES } from '../domain/plan';
import type { PhaseName } from '../domain/plan';
import { announce } from './announce';
import { call } from './calls';
import { ledgerTarget, note, writeJournal } from './journal';
import { meterPhase } from './metering';
import { listen } from './operator';
import { runBaseline } from './phases/baseline';
import { runCutover } from './phases/cutover';
import { runDecommission } from './phases/decommission';
import { runEnvironment } from './phases/environment';
import { runShadow } from './phases/shadow';
import { leaveAtEnd, leaveEndpoint } from './phases/shadow-variant';
import { readSpec, runStart } from './phases/start';
import { newRun } from './run';
import type { Run } from './run';
import { FRESH_CURSOR, isOver, routeOf } from './state';
import type { Interrupt, MigrationState } from './state';
import { guardAgainstLateWrites, markRolledBack, mayRollBack, restoreTraffic, stopShadow } from './traffic';
import { tellAgain, tellAndWait } from './tell';
import { undoAll } from './undo';
import { ContinueAsNew, failureOf, LEDGER_STEP, recordAll, stopWatching, watchUntil } from './wait';

/*
 * Invariants
 * 1. This function is outside every wait: an interrupt cancels whatever goes on and is acted on here.
 * 2. Rollback goes first: traffic, then everything else.
 * 3. The run ends only as completed, abandoned, cancelled, or refused before anything was made.
 */

export interface MigrationResult {
  readonly outcome: 'completed' | 'abandoned';
  readonly workload: string;
  readonly run: string;
  readonly ledgerRecords: number;
}

const RUN_PHASE: Record<PhaseName, (run: Run) => Promise<void>> = {
  baseline: runBaseline,
  environment: runEnvironment,
  shadow: runShadow,
  cutover: runCutover,
  decommission: runDecommission,
};

/**
 * The five phases. `document` is what the operator wrote; `carried` is the state of the run before, after
 * continue-as-new.
 */
export async function migrate(document?: unknown, carried?: MigrationState): Promise<MigrationResult> {
  const state = carried ?? (await readSpec(document));
  const run = newRun(state);
  listen(run);
  tellAgain(run);
  try {
    while (state.outcome === null) await runInterruptibly(run);
    await finish(run);
    return {
      outcome: state.outcome as MigrationResult['outcome'],
      workload: state.spec.workload,
      run: state.owner.run,
      ledgerRecords: state.ledger.seq,
    };
  } catch (error) {
    if (error instanceof ContinueAsNew) return continueWith(document, run);
    if (isCancellation(error)) await CancellationScope.nonCancellable(() => cancelled(run));
    // After a rollback to the start the claims are held already.
    if (state.outcome === 'refused') await releaseClaims(state);
    throw error;
  }
}

async function continueWith(document: unknown, run: Run): Promise<never> {
  stopWatching(run);
  const { state } = run;
  return makeContinueAsNewFunc<typeof migrate>({ memo: workflowInfo().memo ?? {} })(document, state);
}

/** Runs phases until they are over or an operator or a breach interrupts them. */
async function runInterruptibly(run: Run): Promise<void> {
  const { state } = run;
  if (state.operator.interrupt === null) {
    const scope = new CancellationScope();
    const work = scope.run(() => nextPhase(run)).then(() => 'done' as const);
    const interrupted = condition(() => state.operator.interrupt !== null).then(() => 'interrupted' as const);
    if ((await Promise.race([work, interrupted])) === 'done') return;
    scope.cancel();
    // The scope ends by cancellation; that is what was asked for.
    work.catch(() => undefined);
  }
  const { interrupt } = state.operator;
  if (interrupt !== null) await CancellationScope.nonCancellable(() => actOn(run, interrupt));
}

async function nextPhase(run: Run): Promise<void> {
  const { state } = run;
  // The run before continued as new while its ledger did not answer.
  if (state.blocked?.step === LEDGER_STEP && !isOver(state)) await recordAll(run);
  switch (state.phase) {
    case 'starting':
      await runStart(run);
      return enter(run, 'baseline');
    case 'baseline':
    case 'environment':
    case 'shadow':
    case 'cutover':
    case 'decommission':
      return runPhase(run, state.phase);
    case 'rolled_back':
      return waitForRetry(run);
    case 'completed':
    case 'abandoned':
      // It is over once the last record is written.
      await recordAll(run);
      state.outcome = state.phase;
      return;
    case 'cancelled':
      throw new Error('no work in a migration that was cancelled');
  }
}

async function runPhase(run: Run, phase: PhaseName): Promise<void> {
  const { state } = run;
  await RUN_PHASE[phase](run);
  closeTiming(state, 'pass');
  note(state, 'phase_finished', `phase ${phase} is finished`);
  const next = PHASES[PHASES.indexOf(phase) + 1];
  if (next === undefined) {
    state.phase = 'completed';
    note(state, 'completed', `${migrationId(state.spec.workload)} is complete: all traffic is on the target`, {
      weights: state.wanted,
    });
    return;
  }
  await enter(run, next);
  // Each phase has a run of its own: its history is short and the UI lists the phases.
  throw new ContinueAsNew();
}

async function enter(run: Run, phase: PhaseName): Promise<void> {
  const { state } = run;
  state.phase = phase;
  state.cursor = { ...FRESH_CURSOR };
  state.phases.push({ name: phase, startedAt: Date.now(), verdict: 'running', seconds: 0 });
  state.doing = `starting phase ${phase}`;
  note(state, 'phase_started', `phase ${phase} begins`);
  await recordAll(run);
  announce(run);
}

function closeTiming(state: MigrationState, verdict: string): void {
  const timing = state.phases.at(-1);
  if (timing === undefined || timing.verdict !== 'running') return;
  timing.verdict = verdict;
  timing.seconds = Math.round((Date.now() - timing.startedAt) / 100) / 10;
  meterPhase(state, timing);
}

async function actOn(run: Run, interrupt: Interrupt): Promise<void> {
  const { state } = run;
  if (!mayRollBack(state)) {
    state.operator.interrupt = null;
    note(state, 'unknown_message', `${interrupt.kind} came after the point of no return`, { actor: interrupt.actor });
    return;
  }
  const { written } = await restoreTraffic(run, interrupt);
  closeTiming(state, 'rolled_back');
  markRolledBack(run, interrupt);
  // A newer wish, such as abandon after rollback, is acted on by the next lap. There is none after abandon.
  if (interrupt.kind === 'abandon') state.phase = 'abandoned';
  if (state.operator.interrupt === interrupt || interrupt.kind === 'abandon') state.operator.interrupt = null;
  announce(run);
  if (interrupt.kind === 'rollback') await stopCopies(run);
  await written;
  if (interrupt.kind === 'abandon') await abandon(run, interrupt);
}

/** Best effort: traffic is safe already, and the next shadow step sets the fraction anew. */
async function stopCopies(run: Run): Promise<void> {
  const { state } = run;
  if (!state.undo.some((entry) => entry.kind === 'shadow')) return;
  await stopShadow(run, 'notice').catch((error: unknown) =>
    note(state, 'rolled_back', `the copies could not be stopped: ${failureOf(error).message}`),
  );
}

async function waitForRetry(run: Run): Promise<void> {
  const { state } = run;
  state.doing = 'traffic is on the source; the target is kept for a look';
  await guardAgainstLateWrites(run);
  await leaveEndpoint(run);
  state.doing = 'traffic is on the source; the target is kept for a look';
  await watchUntil(run, (now) => now.operator.retry !== null);
  const actor = state.operator.retry;
  const from = state.rollback?.from ?? 'shadow';
  state.operator.retry = null;
  state.rollback = null;
  state.stage = 'before_traffic';
  note(state, 'restarted', `starts again from ${from}`, actor === null ? {} : { actor });
  if (from === 'starting') state.phase = from;
  else await enter(run, from);
}

async function abandon(run: Run, interrupt: Interrupt): Promise<void> {
  const { state } = run;
  await guardAgainstLateWrites(run);
  const stuck = await undoAll(run);
  const text =
    stuck.length === 0 ? 'abandoned: everything that was built is removed' : `abandoned; stuck: ${stuck.join('; ')}`;
  note(state, 'abandoned', text, { actor: interrupt.actor, values: { stuck } });
}

/** Cancel from the UI: traffic back to the source while there is one, then the end. What was built stays, to be adopted. */
async function cancelled(run: Run): Promise<void> {
  const { state } = run;
  const actor = { requestedBy: 'unknown', reason: 'cancelled' };
  // It was over but for its last words: the route may be somebody else's by now.
  if (isOver(state)) return endAtOnce(run, state.phase);
  if (mayRollBack(state)) {
    const { written } = await restoreTraffic(run, { kind: 'rollback', actor, requestedAt: Date.now() });
    await written;
    await guardAgainstLateWrites(run);
    await leaveAtEnd(run);
    await releaseCapacity(state);
  }
  state.cursor.clock = null;
  closeTiming(state, 'cancelled');
  state.phase = 'cancelled';
  note(state, 'cancelled', `cancelled; traffic stays at ${state.wanted.source}/${state.wanted.target}`, {
    actor,
    weights: state.wanted,
  });
  await stopCopies(run);
  await endAtOnce(run, 'cancelled');
}

/** A run that is cancelled waits for nobody, not even for its ledger. */
async function endAtOnce(run: Run, outcome: string): Promise<void> {
  const { state } = run;
  state.blocked = null;
  state.blockedBeneath = null;
  state.outcome = outcome;
  await writeJournal(state).catch((error: unknown) =>
    note(state, 'cancelled', `the last records could not be written: ${failureOf(error).message}`),
  );
  await finish(run);
}

/** The source may scale in again. Best effort: a frozen source costs money, not requests. */
async function releaseCapacity(state: MigrationState): Promise<void> {
  if (!state.undo.some((entry) => entry.kind === 'source-capacity')) return;
  const { owned } = state.spec.source;
  const input = { owned, route: routeOf(state) };
  await call('unfreezeSource', 'quick', 'unfreeze the source', input).catch((error: unknown) =>
    note(state, 'cancelled', `the capacity of the source stays frozen: ${failureOf(error).message}`),
  );
}

/** The claims given back, the last words. Best effort: all that counts is in the ledger. */
async function finish(run: Run): Promise<void> {
  const { state } = run;
  state.doing = 'done';
  announce(run);
  await releaseClaims(state);
  const report = await writeReport(run);
  // Waited for: what is still under way when a run ends is never sent.
  const outcome = (state.outcome ?? 'completed') as MigrationResult['outcome'];
  await tellAndWait(run, outcome, `outcome: ${outcome}${report}`);
  if (state.inbox.some(({ kind }) => kind === 'notice_lost')) await writeJournal(state).catch(() => undefined);
}

/** Best effort: whoever wants it later makes it from the ledger. @returns how that went, to be added to a sentence. */
async function writeReport(run: Run): Promise<string> {
  const { state } = run;
  if (!patched('report-at-end')) return '';
  const input = { target: ledgerTarget(state), head: state.ledger };
  const told = await call('writeReport', 'notice', 'report beside the ledger', input).then(
    ({ url }) => `; report: ${url}`,
    (error: unknown) =>
      `; the report could not be written (${failureOf(error).message}): crossfade report ${state.spec.workload}`,
  );
  state.doing = `done${told}`;
  announce(run);
  return told;
}

async function releaseClaims(state: MigrationState): Promise<void> {
  const claims = state.undo.find((entry) => entry.kind === 'claims');
  if (claims?.kind !== 'claims') return;
  await call('releaseClaims', 'quick', 'release claims', {
    arns: [...claims.arns],
    workload: state.spec.workload,
  }).catch(() => undefined);
}
