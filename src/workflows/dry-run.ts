import { ApplicationFailure } from '@temporalio/workflow';
import { call } from './calls';
import { beginPart, migrationBeside, showPart } from './part';
import { wantsAdoption } from './phases/start';
import { failureOf } from './wait';

export interface DryRunReport {
  readonly workload: string;
  /** Why nothing was looked at; null: everything was. */
  readonly skipped: string | null;
  /** What somebody should know before, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * Looks at the account as a migration does at its start, and changes nothing. What a migration would be refused for fails
 * this run with the same code.
 * @param document the migration's spec.
 */
export async function dryRun(document?: unknown): Promise<DryRunReport> {
  const part = await beginPart('dry-run', document);
  const { spec, owner } = part;
  const { workload } = spec;
  const beside = await migrationBeside(part);
  if (beside !== null) {
    showPart('dry-run', `skipped: ${beside}`);
    return { workload, skipped: beside, notes: [] };
  }
  try {
    const adopt = wantsAdoption(document);
    const { notes = [] } = await call('preflight', 'quick', 'look at the account', { spec, owner, adopt });
    showPart('dry-run', ['a migration could start now', ...notes].join('\n'));
    return { workload, skipped: null, notes };
  } catch (error) {
    const { code, message } = failureOf(error);
    showPart('dry-run', `a migration would be refused: ${code}\n${message}`);
    throw code === 'Unknown' ? error : ApplicationFailure.nonRetryable(message, code);
  }
}
