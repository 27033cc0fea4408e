import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { migrationId } from '../contracts/messages';
import type { MigrationRow } from './session';

const QUERY = `WorkflowType = 'migrate' AND ExecutionStatus != 'ContinuedAsNew'`;

export async function listMigrations(client: Client): Promise<MigrationRow[]> {
  const rows: MigrationRow[] = [];
  for await (const info of client.workflow.list({ query: QUERY })) rows.push(rowOf(info));
  return rows;
}

function rowOf({
  workflowId,
  runId,
  status,
  startTime,
  closeTime,
  typedSearchAttributes,
}: WorkflowExecutionInfo): MigrationRow {
  const values = new Map(typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]));
  const word = (name: string): string | null => {
    const value = values.get(name);
    return typeof value === 'string' ? value : null;
  };
  const weight = values.get('CrossfadeWeight');
  return {
    // One that was refused never said whose it is; its ID does.
    workload: word('CrossfadeWorkload') ?? workflowId.slice(migrationId('').length),
    workflowId,
    runId,
    state: status.name,
    phase: word('CrossfadePhase'),
    targetPercent: typeof weight === 'number' ? weight : null,
    verdict: word('CrossfadeVerdict'),
    startedAt: startTime.toISOString(),
    closedAt: closeTime?.toISOString() ?? null,
  };
}
