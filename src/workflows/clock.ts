import type { MigrationState, StepClock } from './state';

/** A step's clock stands still while somebody must act or nobody can see. */
function runs(state: MigrationState): boolean {
  return state.operator.paused === null && state.gate === null && state.blocked === null && state.blindSinceMs === null;
}

export function newClock(holdMs: number): StepClock {
  return { holdMs, elapsedMs: 0, runningSinceMs: null, extensionCount: 0 };
}

/** Starts or stops the current step's clock to fit the state. Called after every change that matters to it. */
export function syncClock(state: MigrationState): void {
  const { clock } = state.cursor;
  if (clock === null) return;
  const nowMs = Date.now();
  if (clock.runningSinceMs !== null) {
    clock.elapsedMs += nowMs - clock.runningSinceMs;
    clock.runningSinceMs = null;
  }
  if (runs(state)) clock.runningSinceMs = nowMs;
}

/** Unit: milliseconds; 0 when the time is over. */
export function remainingMs(clock: StepClock): number {
  const running = clock.runningSinceMs === null ? 0 : Date.now() - clock.runningSinceMs;
  return Math.max(0, clock.holdMs - clock.elapsedMs - running);
}

export function clockRuns(clock: StepClock): boolean {
  return clock.runningSinceMs !== null;
}
