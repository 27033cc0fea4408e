import type { JudgeState } from '../domain/judge-state';
import type { LedgerHead } from '../domain/record';
import type { Verdict } from '../domain/verdict';

/** What an observer tells the workflow that started it. `slice` lets that one drop late words of an older slice. */
export interface ObservedReport {
  readonly slice: number;
  readonly judge: JudgeState;
  readonly verdict: Verdict;
  readonly ledgerHead: LedgerHead;
}

/** From an observer to its own workflow. Errors: `TemporalUnreachable`, `MigrationNotFound` (it is closed). */
export interface MigrationSignals {
  observed(workflowId: string, report: ObservedReport): Promise<void>;
}
