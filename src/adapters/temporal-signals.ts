import { WorkflowNotFoundError } from '@temporalio/common';
import type { Client } from '@temporalio/client';
import { MigrationError } from '../domain/errors';
import type { MigrationSignals } from '../ports/migration-signal';

/** An observer does not stop looking because the server is slow. */
const SIGNAL_MS_MAX = 5_000;

/** @param signalName the name that the workflow listens to (`OBSERVED_SIGNAL`). */
export function createTemporalSignals(client: Client, signalName: string): MigrationSignals {
  return {
    async observed(workflowId, report) {
      try {
        const signal = (): Promise<void> => client.workflow.getHandle(workflowId).signal(signalName, report);
        await client.withDeadline(Date.now() + SIGNAL_MS_MAX, signal);
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) {
          throw new MigrationError('MigrationNotFound', `telling ${workflowId} what was observed: it does not run`, {
            cause: error,
          });
        }
        throw new MigrationError('TemporalUnreachable', `telling ${workflowId} what was observed`, { cause: error });
      }
    },
  };
}
