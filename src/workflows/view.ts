import type { StatusView } from '../contracts/messages';
import { addAccounts, EMPTY_ACCOUNT, unaccountedCount } from '../domain/evidence';
import { clockRuns, remainingMs } from './clock';
import type { MigrationState } from './state';

/** What a person should do, or what time will do. One sentence. */
export function waitingFor(state: MigrationState): string {
  if (state.outcome !== null) return 'nothing: it has ended';
  if (state.blocked !== null)
    return `a person: retry${state.blocked.skippable ? ', skip' : ''} or rollback (blocked: ${state.blocked.code})`;
  if (state.phase === 'abandoned') return `nothing: ${state.doing}`;
  if (state.gate !== null) return `an answer to gate ${state.gate.name}: approve or reject`;
  if (state.phase === 'rolled_back')
    return 'a person: retry starts again from shadow traffic, abandon undoes what was built';
  if (state.operator.paused !== null)
    return `resume (paused by ${state.operator.paused.requestedBy}: ${state.operator.paused.reason})`;
  if (state.blindSinceMs !== null)
    return 'metrics: no complete evidence since ' + new Date(state.blindSinceMs).toISOString();
  return state.cursor.clock === null ? state.doing : 'the time of this step and its evidence';
}

/** Every step's account together, the current one's too. */
export function shadowOf(state: MigrationState): StatusView['shadow'] {
  const account = addAccounts(state.shadowAccount, state.cursor.judge?.account ?? EMPTY_ACCOUNT);
  return { received: account.received, mirrored: account.mirrored, unaccounted: unaccountedCount(account) };
}

export function viewStatus(state: MigrationState): StatusView {
  const { clock } = state.cursor;
  return {
    workload: state.spec.workload,
    run: state.owner.run,
    phase: state.phase,
    step: state.doing,
    paused: state.operator.paused !== null,
    wanted: state.wanted,
    generation: state.generation,
    observedTargetPercent: state.observedTargetPercent,
    remainingMs: clock === null ? null : remainingMs(clock),
    stepMs: clock === null ? null : clock.holdMs,
    stepEndsAt: clock?.runningSinceMs == null ? null : clock.runningSinceMs + clock.holdMs - clock.elapsedMs,
    clockRuns: clock !== null && clockRuns(clock),
    verdict: state.verdict,
    lastStep: state.lastStep,
    gate: state.gate,
    blocked: state.blocked,
    waitingFor: waitingFor(state),
    rollback: state.rollback,
    decisions: state.decisions,
    unknownMessages: state.unknownMessages,
    ...(state.data?.forecast == null ? {} : { data: state.data.forecast.text }),
    shadow: shadowOf(state),
    phases: state.phases.map(({ name, verdict, seconds }) => ({ name, verdict, seconds })),
    ledgerRecords: state.ledger.seq,
    outcome: state.outcome,
  };
}
