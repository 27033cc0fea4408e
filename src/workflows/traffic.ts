import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import { capacityOf } from '../domain/fleet';
import { formatDuration } from '../domain/quantity';
import { rollbackAt } from '../domain/rollback';
import { ALL_ON_SOURCE, formatWeights } from '../domain/weights';
import type { Weights } from '../domain/weights';
import { announce } from './announce';
import { call, SHIFT_ATTEMPT_MS } from './calls';
import { syncClock } from './clock';
import { thaw } from './data-state';
import { note, writeJournal } from './journal';
import { countBlocked, countRollback } from './metering';
import type { Run } from './run';
import { routeOf, settleMsOf, splitDrawsOf, targetGroupOf } from './state';
import type { Interrupt, MigrationState } from './state';
import { setCopies } from './phases/shadow-variant';
import { tell } from './tell';
import { endEvidence, failureOf, must, recordAll, stopWatching } from './wait';

/** Moves weights forward or back by plan: intent to the ledger, then the write, then the proof. */
export async function shiftTo(run: Run, weights: Weights): Promise<void> {
  const { state } = run;
  state.generation += 1;
  const shift = { generation: state.generation, weights };
  note(state, 'shift_intended', `weights to ${formatWeights(weights)}, generation ${shift.generation}`, { weights });
  await recordAll(run);
  state.stage = 'traffic_moves';
  state.shiftInDoubt = true;
  // From here on the weights may be these, whatever reply is lost: so they are watched.
  state.wanted = weights;
  endEvidence(run);
  const kind = routeOf(state).kind === 'endpoint' ? 'endpoint-shift' : 'shift';
  await must(run, `shift weights to ${formatWeights(weights)}`, () =>
    call('shiftWeights', kind, `weights ${formatWeights(weights)}, generation ${shift.generation}`, {
      route: routeOf(state),
      targetGroupArn: targetGroupOf(state),
      shift,
      workload: state.spec.workload,
      requireHealthyCount: weights.target > 0 ? capacityOf(state.spec).healthyMin : 0,
    }).catch((error: unknown) => {
      // Cut off, the newest attempt may still be under way, whichever it is; one that answered has ended.
      if (isCancellation(error)) state.attemptsEndedByMs = Date.now() + SHIFT_ATTEMPT_MS;
      throw error;
    }),
  );
  state.shiftInDoubt = false;
  state.shiftedAtMs = Date.now();
  // Whoever watched while the weights were in doubt judged another step, and no split.
  endEvidence(run);
  const draws = splitDrawsOf(state);
  note(state, 'shift_confirmed', `weights ${formatWeights(weights)} read back`, {
    weights,
    ...(draws.splitDraws === undefined ? {} : { values: { ...draws } }),
  });
}

const RESTORE_STEP = 'put all traffic back to the source';
/** How long after a refusal the way back is tried again by itself. */
const RESTORE_AGAIN_MS = 30_000;
/** A record takes no worker from the traffic; but a way back that takes longer than this is recorded while it lasts. */
const RECORD_AFTER_MS = 1_000;

/**
 * All traffic to the source. Goes first, waits for nothing, never gives up; the caller shields it from cancellation.
 * @returns when the record is written, which the traffic did not wait for. Nothing else may be recorded before.
 */
export async function restoreTraffic(run: Run, interrupt: Interrupt): Promise<{ written: Promise<void> }> {
  const { state } = run;
  state.generation += 1;
  showRollback(state, interrupt);
  let isRestoring = state.stage === 'traffic_moves';
  const restored = isRestoring ? restoreSource(run) : null;
  const phase = state.phase;
  note(state, 'rollback', `rollback from ${phase}: ${interrupt.actor.reason}`, {
    actor: interrupt.actor,
    weights: ALL_ON_SOURCE,
    ...(state.verdict === null ? {} : { verdict: state.verdict }),
  });
  // Best effort: what cannot be written now stays in the inbox.
  const written = condition(() => !isRestoring, RECORD_AFTER_MS)
    .then(() => writeJournal(state))
    .catch(() => undefined);
  stopWatching(run);
  await restored;
  isRestoring = false;
  state.wanted = ALL_ON_SOURCE;
  state.shiftInDoubt = false;
  endEvidence(run);
  return { written };
}

/** What no repetition by itself can cure blocks the migration, in sight of everybody, and is tried again all the same. */
async function restoreSource(run: Run): Promise<void> {
  const { state } = run;
  for (;;) {
    const { generation } = state;
    try {
      await call('restoreSource', 'rollback', `all traffic to the source, generation ${generation}`, {
        route: routeOf(state),
        generation,
        workload: state.spec.workload,
      });
      return;
    } catch (error) {
      const { code, message } = failureOf(error);
      if (code === 'StaleGeneration') {
        // Somebody else decided meanwhile, such as an emergency rollback; ours is newer still.
        state.generation += 1;
        continue;
      }
      if (state.blocked?.step !== RESTORE_STEP) {
        note(state, 'blocked', `blocked at ${RESTORE_STEP}: ${code}: ${message}`, { values: { code } });
        countBlocked(state, code);
        tell(run, 'blocked', `${RESTORE_STEP}: ${message}`);
      }
      state.blocked = { step: RESTORE_STEP, code, message, skippable: false };
      state.operator.retry = null;
      announce(run);
      await condition(() => state.operator.retry !== null, RESTORE_AGAIN_MS, { summary: `${RESTORE_STEP} again` });
    }
  }
}

/** Until every older attempt must have ended, somebody looks whether one of them wrote late. */
export async function guardAgainstLateWrites(run: Run): Promise<void> {
  const { state } = run;
  if (state.targetGroupArn === null || state.attemptsEndedByMs <= Date.now()) return;
  await CancellationScope.nonCancellable(() =>
    call('guardShift', 'long', 'watch for late writes', {
      route: routeOf(state),
      targetGroupArn: targetGroupOf(state),
      shift: { generation: state.generation, weights: ALL_ON_SOURCE },
      workload: state.spec.workload,
      untilMs: state.attemptsEndedByMs as never,
    }),
  ).catch((error: unknown) => note(state, 'unknown_message', `the watch for late writes failed: ${String(error)}`));
}

export function mayRollBack(state: MigrationState): boolean {
  return rollbackAt(state.stage).allowed;
}

/** Stops the copies. @param kind `notice` where other things matter more than a tap that does not answer. */
export async function stopShadow(run: Run, kind: 'quick' | 'notice'): Promise<void> {
  const { state } = run;
  const { spec } = state;
  if (spec.shadow.variant !== undefined) return setCopies(state, 0);
  await call('setShadow', kind, 'shadow off', {
    tap: spec.shadow.tap,
    fractionPercent: 0,
    endpoint: spec.source.endpoint,
    ...(spec.source.host === undefined ? {} : { host: spec.source.host }),
    listenerArn: routeOf(state).listenerArn,
    workload: spec.workload,
    equivalence: spec.shadow.equivalence,
  });
}

/** Shown before the first write, so that a rollback which AWS keeps waiting is seen as one. */
function showRollback(state: MigrationState, interrupt: Interrupt): void {
  const from = state.rollback !== null && state.phase === 'rolled_back' ? state.rollback.from : phaseBefore(state);
  state.rollback = {
    requestedAt: interrupt.requestedAt,
    by: interrupt.actor.requestedBy,
    reason: interrupt.actor.reason,
    from,
    restoredAt: null,
  };
  state.doing = 'putting all traffic back to the source';
}

export function markRolledBack(run: Run, interrupt: Interrupt): void {
  const { state } = run;
  if (state.rollback !== null) {
    state.rollback.restoredAt = Date.now();
    // An abandon after a rollback finds everything where it is.
    if (state.stage === 'traffic_moves' && state.phase !== 'rolled_back') countRollback(state, state.rollback);
  }
  state.phase = 'rolled_back';
  state.gate = null;
  state.blocked = null;
  state.blockedBeneath = null;
  state.lastStep = null;
  // What was meant for the step that is gone must not take the rollback back.
  state.operator.retry = null;
  state.operator.skip = null;
  state.cursor = { step: 0, part: 'start', clock: null, judge: null };
  syncClock(state);
  const settleMs = settleMsOf(state);
  const kept = settleMs > 0 ? `; who asked before stays on the target for up to ${formatDuration(settleMs)}` : '';
  note(state, 'rolled_back', `traffic is on the source (generation ${state.generation})${kept}`, {
    weights: ALL_ON_SOURCE,
  });
  tell(run, 'rolled_back', interrupt.actor.reason);
  if (thaw(state)) tell(run, 'data', 'the freeze is over: writers may write to the source again');
}

function phaseBefore(state: MigrationState): NonNullable<MigrationState['rollback']>['from'] {
  switch (state.phase) {
    case 'starting':
    case 'baseline':
    case 'environment':
      return state.phase;
    case 'shadow':
    case 'cutover':
    case 'decommission':
    case 'rolled_back':
    case 'completed':
    case 'abandoned':
    case 'cancelled':
      return 'shadow';
  }
}
