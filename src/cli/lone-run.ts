import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { MAIN_QUEUE } from '../contracts/messages';
import { MigrationError } from '../domain/errors';

/** @throws MigrationRunning. */
export async function startSync(
  client: Client,
  workflowId: string,
  document: unknown,
): Promise<{ workflowId: string; runId: string }> {
  try {
    const { firstExecutionRunId } = await client.workflow.start('syncData', {
      taskQueue: MAIN_QUEUE,
      workflowId,
      args: [document],
      workflowIdConflictPolicy: 'FAIL',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    });
    return { workflowId, runId: firstExecutionRunId };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new MigrationError('MigrationRunning', `${workflowId} is already running`, { cause: error });
  }
}
