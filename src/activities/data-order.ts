/** What an activity that moves data hands to the mover, and what comes back for the log. */
import { Context, log } from '@temporalio/activity';
import type { DataInput } from '../contracts/activities';
import type { DataMemory } from '../domain/data-memory';
import { MigrationError } from '../domain/errors';
import type { DataSetSpec } from '../domain/spec';
import type { DataState, MoveOrder } from '../ports/data-mover';

/**
 * The attempts of one activity are one order, and so are all of a copy that was divided: what a cancelled or failed
 * activity saw is looked at again by the next.
 */
export function orderOf(input: DataInput & { orderId?: string }, onProgress: MoveOrder['onProgress']): MoveOrder {
  const { info, cancellationSignal: signal } = Context.current();
  const orderId = input.orderId ?? `${info.workflowExecution?.runId}/${info.activityId}`;
  return { ...memoryOf(input), orderId, signal, onProgress };
}

/** @throws ConfigInvalid for what an earlier version has scheduled: done again, it says where. */
export function memoryOf({ dataSet, memory }: DataInput): DataMemory {
  if (memory !== undefined) return memory;
  throw new MigrationError(
    'ConfigInvalid',
    `data set ${dataSet.name}: an earlier version asked for this and did not say where its manifest is: retry`,
  );
}

export function tellNotices({ name }: DataSetSpec, { notices = [] }: Pick<DataState, 'notices'>): void {
  for (const notice of notices) log.warn(notice, { dataSet: name });
}
