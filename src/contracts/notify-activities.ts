import type { NotifySpec } from '../domain/spec';

export interface NotifyActivities {
  /**
   * Tells everybody in `to`. An attempt that leaves somebody untold fails, and the next one tells only the rest.
   * @returns who will never be told, with the reason. @throws NoticeUndelivered.
   */
  notify(input: {
    to: readonly NotifySpec[];
    workload: string;
    event: string;
    text: string;
    /** The event's own, and when it happened (epoch milliseconds); not there: scheduled by an earlier version. */
    id?: string;
    atMs?: number;
    gate?: string;
    skippable?: boolean;
  }): Promise<{ undelivered: readonly string[] }>;
}
