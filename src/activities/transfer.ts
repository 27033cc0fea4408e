/*
 * Invariants
 * 1. One execution of a task at a time: whoever runs it follows the one under way, whoever started it.
 * 2. An execution bears the call that asked for it, so that an attempt whose reply was lost finds its own, also when it is
 *    over by then.
 * 3. Only what a report says was transferred is deleted, and only from where the data set goes.
 */
import { Context, heartbeat, log } from '@temporalio/activity';
import type { TransferActivities, TransferInput } from '../contracts/activities';
import { MigrationError } from '../domain/errors';
import { isOver } from '../ports/managed-transfer';
import type { TransferExecution } from '../ports/managed-transfer';
import { describeOwner, ensureOwned, requireOurs } from './ownership';
import { follow } from './transfer-wait';
import type { TransferPorts } from './transfer-wait';
import { beating } from './waiting';

const FILES_NAMED = 20;
const DELETED_AT_ONCE = 1_000;

export function createTransferActivities(ports: TransferPorts): TransferActivities {
  const { transfer } = ports;
  return {
    async createTransfer({ name, dataSet, owner, adopt }) {
      await requireAgents(ports, dataSet.datasync?.agentArns ?? []);
      const wanted = { what: `transfer ${name}`, owner, adopt };
      const found = await transfer.findTask(name);
      const { arn } = await ensureOwned(
        wanted,
        () => transfer.findTask(name),
        () => transfer.createTask(name, dataSet, owner),
      );
      // One that an earlier run left may have been told something else.
      if (found !== undefined) await transfer.updateTask(arn, dataSet);
    },

    runTransfer: (input) => runTransfer(ports, input),

    removeTransfer: (input) => removeTransfer(ports, input),
  };
}

async function requireAgents({ transfer }: TransferPorts, agentArns: readonly string[]): Promise<void> {
  const offline = await transfer.offlineAgents(agentArns);
  if (offline.length > 0)
    throw new MigrationError('AgentOffline', `DataSync does not reach its agent ${offline.join(', ')}: it is OFFLINE`);
}

type RunResult = Awaited<ReturnType<TransferActivities['runTransfer']>>;

async function runTransfer(ports: TransferPorts, input: TransferInput): Promise<RunResult> {
  const { name, dataSet, owner } = input;
  const found = await ports.transfer.findTask(name);
  if (found === undefined) throw new MigrationError('NotFound', `transfer ${name} is not there: somebody deleted it`);
  // Made or adopted by this migration: an earlier run's would be another workload's word.
  requireOurs({ what: `transfer ${name}`, owner, adopt: true }, found.owner);
  const arn =
    (await findStarted(ports, found.value.arn)) ??
    (await start(ports, found.value.arn, dataSet.datasync?.agentArns ?? [], input));
  const execution = await follow(ports, arn);
  if (execution.status === 'ERROR') throw await beating(failureOf(ports, input, execution));
  const { filesTransferred, bytesTransferred } = execution.counters;
  return { execution: arn, objectCount: filesTransferred, byteCount: bytesTransferred };
}

/** The same in every attempt of one call, and in no other. */
function startName(): string {
  const { workflowExecution, activityId } = Context.current().info;
  return `${workflowExecution?.runId ?? 'none'}:${activityId}`;
}

/** Invariants 1 and 2. One of ours that failed is not taken up again: this attempt is there to try anew. */
async function findStarted({ transfer }: TransferPorts, taskArn: string): Promise<string | undefined> {
  const executions = await transfer.listExecutions(taskArn);
  const running = executions.find(({ status }) => !isOver(status) && status !== 'CANCELLING');
  if (running !== undefined) return running.arn;
  const wanted = startName();
  for (const { arn, status } of executions)
    if (status === 'SUCCESS' && (await transfer.readStart(arn)) === wanted) return arn;
  return undefined;
}

async function start(
  ports: TransferPorts,
  taskArn: string,
  agentArns: readonly string[],
  { owner }: TransferInput,
): Promise<string> {
  await requireAgents(ports, agentArns);
  return (await ports.transfer.startExecution(taskArn, startName(), owner)).arn;
}

async function failureOf(
  ports: TransferPorts,
  { dataSet }: TransferInput,
  execution: TransferExecution,
): Promise<MigrationError> {
  const { code, detail } = execution.failure ?? { code: 'unknown', detail: '' };
  const { count, named } = await failedFiles(ports, dataSet, execution);
  const files = count === 0 ? '' : `; ${count} files: ${named.join(', ')}`;
  if (execution.isMismatch)
    return new MigrationError(
      'DataChanged',
      `${dataSet.name}: changed while it was transferred${files} (${execution.arn})`,
    );
  return new MigrationError(
    'TransferFailed',
    `${dataSet.name}: ${execution.arn} ended with ${code}: ${detail}${files}`,
  );
}

async function failedFiles(
  { transfer }: TransferPorts,
  dataSet: TransferInput['dataSet'],
  { arn, report }: TransferExecution,
): Promise<{ count: number; named: string[] }> {
  const named: string[] = [];
  let count = 0;
  if (report !== 'written') return { count, named };
  for await (const { path, failure } of transfer.readReport(dataSet, arn)) {
    if (failure === undefined) continue;
    count += 1;
    if (named.length < FILES_NAMED) named.push(`${path} (${failure})`);
  }
  return { count, named };
}

async function removeTransfer(ports: TransferPorts, { name, dataSet, owner }: TransferInput): Promise<void> {
  const { transfer } = ports;
  const found = await transfer.findTask(name);
  if (found !== undefined && found.owner?.workload !== owner.workload) {
    log.warn(`transfer ${name} is not removed: ${describeOwner(found.owner)}`);
    return;
  }
  if (found !== undefined)
    for (const { arn } of await transfer.listExecutions(found.value.arn)) await removeWritten(ports, dataSet, arn);
  // Without a task there may still be locations, made just before it.
  await transfer.removeTask(name, dataSet, owner);
}

/** Invariant 3. The reports themselves stay: they are evidence. */
async function removeWritten(ports: TransferPorts, dataSet: TransferInput['dataSet'], arn: string): Promise<void> {
  const { transfer } = ports;
  if (!isOver((await transfer.readExecution(arn)).status)) await transfer.cancelExecution(arn);
  const { report } = await follow(ports, arn);
  if (report !== 'written') {
    log.warn('what this execution wrote is not known, and stays', { execution: arn });
    return;
  }
  let keys: string[] = [];
  const flush = async (): Promise<void> => {
    await transfer.removeObjects(dataSet, keys);
    heartbeat({ execution: arn, removedUpTo: keys.at(-1) });
    keys = [];
  };
  for await (const { kind, section, path, failure } of transfer.readReport(dataSet, arn)) {
    if (section !== 'transferred' || failure !== undefined) continue;
    // A directory of a file server arrives as an object whose key ends with a slash.
    keys.push(kind === 'directory' ? `${path}/` : path);
    if (keys.length === DELETED_AT_ONCE) await flush();
  }
  await flush();
}
