import type { MigrationState } from './state';
import type { Watch } from './watch';

/** One run of the migration: the state, and what lives in this run's memory only. */
export interface Run {
  readonly state: MigrationState;
  watch: Watch | null;
  /** Grows with every message that changed something, so that waits look again. */
  changeCount: number;
  /** The observer gave up waiting for metrics; cleared by whoever acts on it. */
  blindTooLong: boolean;
  /** Search attributes as last written, so that only changes cost an event. */
  announced: string;
}

export function newRun(state: MigrationState): Run {
  return { state, watch: null, changeCount: 0, blindTooLong: false, announced: '' };
}
