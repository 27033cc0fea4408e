/** What Temporal remembers of migrations: works for one that is wedged, closed or has no worker. */
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { MigrationError } from '../domain/errors';
import type { MigrationHistory } from '../ports/history';
import { temporalError, undefinedIfMissing } from './temporal-errors';

type RunRef = Pick<WorkflowExecutionInfo, 'workflowId' | 'runId' | 'status'>;

/** More runs than this of one workload are not read; a migration is a handful. */
const RUNS_READ_MAX = 100;

/** @param workflowIdOf the migration's workflow ID (`migrationId`). */
export function createTemporalHistory(client: Client, workflowIdOf: (workload: string) => string): MigrationHistory {
  return {
    async newestInput(workload, isUsable = () => true) {
      const workflowId = workflowIdOf(workload);
      const doing = `reading the runs of ${workflowId}`;
      const found = await undefinedIfMissing(doing, () => client.workflow.getHandle(workflowId).describe());
      if (found === undefined)
        throw new MigrationError(
          'MigrationNotFound',
          `there is no run of ${workflowId}, or the server has forgotten it`,
        );
      // The list is only asked for when it is needed: it may lag, and it is one more thing that can be down.
      const newest = await readInput(client, found, doing);
      if (isUsable(newest.document)) return newest;
      for (const run of await earlierRuns(client, found, doing)) {
        const input = await readInput(client, run, doing);
        if (isUsable(input.document)) return input;
      }
      return newest;
    },
  };
}

/** Newest first. */
async function earlierRuns(
  client: Client,
  { workflowId, runId }: RunRef,
  doing: string,
): Promise<WorkflowExecutionInfo[]> {
  const runs: WorkflowExecutionInfo[] = [];
  try {
    for await (const run of client.workflow.list({ query: `WorkflowId = "${workflowId.replaceAll('"', '\\"')}"` })) {
      if (run.runId !== runId) runs.push(run);
      if (runs.length === RUNS_READ_MAX) break;
    }
  } catch (error) {
    throw temporalError(error, doing);
  }
  return runs.sort((a, b) => b.startTime.getTime() - a.startTime.getTime());
}

/** One event is enough, and a long history need not travel: every run, continued ones too, begins with the document. */
async function readInput(
  client: Client,
  { workflowId, runId, status }: RunRef,
  doing: string,
): Promise<{ document: unknown; open: boolean }> {
  const page = await client.workflowService
    .getWorkflowExecutionHistory({
      namespace: client.options.namespace,
      execution: { workflowId, runId },
      maximumPageSize: 1,
    })
    .catch((error: unknown) => {
      throw temporalError(error, doing);
    });
  const payloads = page.history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  return { document: await firstValue(client, payloads), open: status.name === 'RUNNING' };
}

async function firstValue(client: Client, payloads: Payload[]): Promise<unknown> {
  const { payloadConverter, payloadCodecs } = client.options.loadedDataConverter;
  let decoded = payloads;
  // Codecs are applied first to last on the way out, so the way back is last to first.
  for (const codec of [...payloadCodecs].reverse()) decoded = await codec.decode(decoded);
  const [first] = decoded;
  return first === undefined ? undefined : payloadConverter.fromPayload(first);
}
