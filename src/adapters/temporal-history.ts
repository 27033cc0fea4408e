/** What Temporal remembers of migrations: works for one that is wedged, closed or has no worker. */
import type { Client } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { MigrationError } from '../domain/errors';
import type { MigrationHistory } from '../ports/history';
import { temporalError, undefinedIfMissing } from './temporal-errors';

/** @param workflowIdOf the migration's workflow ID (`migrationId`). */
export function createTemporalHistory(client: Client, workflowIdOf: (workload: string) => string): MigrationHistory {
  return {
    async newestInput(workload) {
      const workflowId = workflowIdOf(workload);
      const doing = `reading the newest run of ${workflowId}`;
      const description = await undefinedIfMissing(doing, () => client.workflow.getHandle(workflowId).describe());
      if (description === undefined)
        throw new MigrationError(
          'MigrationNotFound',
          `there is no run of ${workflowId}, or the server has forgotten it`,
        );
      // One event is enough, and a long history need not travel: every run, continued ones too, begins with the document.
      const page = await client.workflowService
        .getWorkflowExecutionHistory({
          namespace: client.options.namespace,
          execution: { workflowId, runId: description.runId },
          maximumPageSize: 1,
        })
        .catch((error: unknown) => {
          throw temporalError(error, doing);
        });
      const payloads = page.history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
      return { document: await firstValue(client, payloads), open: description.status.name === 'RUNNING' };
    },
  };
}

async function firstValue(client: Client, payloads: Payload[]): Promise<unknown> {
  const { payloadConverter, payloadCodecs } = client.options.loadedDataConverter;
  let decoded = payloads;
  // Codecs are applied first to last on the way out, so the way back is last to first.
  for (const codec of [...payloadCodecs].reverse()) decoded = await codec.decode(decoded);
  const [first] = decoded;
  return first === undefined ? undefined : payloadConverter.fromPayload(first);
}
