/** Workflows of whose ID one run may be open, and no second one. */
import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { MAIN_QUEUE } from '../contracts/messages';
import { MigrationError } from '../domain/errors';

export interface LoneRun {
  readonly type: 'migrate' | 'migrateFleet' | 'syncData';
  readonly workflowId: string;
  readonly document: unknown;
  /** Who starts it, and why. */
  readonly memo?: Readonly<Record<string, unknown>>;
}

/** @param more what the refusal says after `is already running`. @throws MigrationRunning. */
export async function startLone(
  client: Client,
  { type, workflowId, document, memo }: LoneRun,
  more: () => Promise<string> = async () => '',
): Promise<{ workflowId: string; runId: string }> {
  try {
    const { firstExecutionRunId } = await client.workflow.start(type, {
      taskQueue: MAIN_QUEUE,
      workflowId,
      args: [document],
      workflowIdConflictPolicy: 'FAIL',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      ...(memo === undefined ? {} : { memo }),
    });
    return { workflowId, runId: firstExecutionRunId };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new MigrationError('MigrationRunning', `${workflowId} is already running${await more()}`, { cause: error });
  }
}
