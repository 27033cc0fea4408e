import type { RunTimes } from './run';

/** Unit: milliseconds. */
export interface Delays extends RunTimes {
  /** Until an instance is available. */
  readonly instanceMs: number;
  /** Until a task can be started. */
  readonly taskMs: number;
  /** How long a connection is tested. */
  readonly testingMs: number;
  /** Until what is deleted is gone. */
  readonly deletingMs: number;
}

export const USUAL: Delays = {
  instanceMs: 1_000,
  taskMs: 300,
  testingMs: 500,
  startingMs: 300,
  loadingMs: 3_000,
  validatingMs: 1_500,
  catchUpMs: 3_000,
  stoppingMs: 500,
  deletingMs: 500,
};
