import type { NotifySpec } from '../domain/spec';

export interface Notice {
  readonly workload: string;
  readonly event: 'blocked' | 'gate' | 'blind' | 'rolled_back' | 'completed' | 'abandoned' | 'cancelled';
  readonly text: string;
}

/** Tells people. Best effort: a migration never waits for it. */
export interface Notifier {
  notify(to: NotifySpec, notice: Notice): Promise<void>;
}
