/** The full load: a task is started once, and followed until every table is loaded and changes are being applied. */
import { heartbeat } from '@temporalio/activity';
import type { ReplicationInput } from '../contracts/replication-activities';
import { MigrationError } from '../domain/errors';
import type { DatabaseSpec } from '../domain/spec';
import type { ReplicationTask, StartKind } from '../ports/database-replication';
import type { ReplicationPorts } from './replication-wait';
import { LAG_MS_MAX, requireThere, unlessDone } from './replication-wait';
import { untilKnown } from './waiting';

const TABLES_NAMED = 10;
const GOING = ['starting', 'running', 'modifying'];
const CAN_BE_STARTED = ['ready', 'stopped', 'failed'];

export async function loadDatabase(
  ports: ReplicationPorts,
  input: ReplicationInput,
): Promise<{ tableCount: number; rowCount: number }> {
  const found = await taskOf(ports, input);
  if (CAN_BE_STARTED.includes(found.status)) await start(ports, input, found);
  const task = await follow(ports, input, found.status);
  const tables = await ports.replication.readTables(task.arn);
  return { tableCount: tables.length, rowCount: tables.reduce((sum, { rowsLoaded }) => sum + rowsLoaded, 0) };
}

export function taskOf({ replication }: ReplicationPorts, { name, owner }: ReplicationInput): Promise<ReplicationTask> {
  return requireThere(`replication task ${name}`, owner, () => replication.findTask(name));
}

async function start(ports: ReplicationPorts, input: ReplicationInput, task: ReplicationTask): Promise<void> {
  await unlessDone(
    () => ports.replication.startTask(task.arn, startKindOf(task, input.database)),
    async () => GOING.includes((await taskOf(ports, input)).status),
  );
}

/** What was loaded half is loaded anew only where the spec allows to empty tables first. */
function startKindOf({ status, loadedPercent }: ReplicationTask, { targetTables }: DatabaseSpec): StartKind {
  if (status === 'ready') return 'start';
  return loadedPercent !== 100 && targetTables === 'truncate' ? 'reload' : 'resume';
}

/** @param before the status before it was started, which a read may still tell for a while. */
function follow(ports: ReplicationPorts, input: ReplicationInput, before: string): Promise<ReplicationTask> {
  const sinceMs = ports.now();
  return untilKnown(ports, `load of ${input.database.name}`, async () => {
    const task = await taskOf(ports, input);
    const { arn, status, loadedPercent, tablesErrored, tablesOpen } = task;
    heartbeat({ task: arn, status, loadedPercent, tablesErrored, tablesOpen });
    const isLate = status === before && ports.now() - sinceMs < LAG_MS_MAX;
    if (!GOING.includes(status) && !isLate) throw await failureOf(ports, input, task);
    if (tablesErrored > 0 && status === 'running') throw await failureOf(ports, input, task);
    return status === 'running' && loadedPercent === 100 && tablesOpen === 0 ? task : undefined;
  });
}

async function failureOf(
  { replication }: ReplicationPorts,
  { database }: ReplicationInput,
  { arn, status, trouble, tablesErrored }: ReplicationTask,
): Promise<MigrationError> {
  const tables = tablesErrored === 0 ? [] : await replication.readTables(arn);
  const named = tables
    .filter(({ state }) => state === 'Table error')
    .slice(0, TABLES_NAMED)
    .map(({ table }) => table);
  const which = tablesErrored === 0 ? '' : `; ${tablesErrored} tables with errors: ${named.join(', ')}`;
  return new MigrationError(
    'ReplicationFailed',
    `${database.name}: task ${arn} is ${status}: ${trouble ?? 'DMS tells no reason'}${which}`,
  );
}
