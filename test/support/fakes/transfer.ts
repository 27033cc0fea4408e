import { MigrationError } from '../../../src/domain/errors';
import type { EpochMs } from '../../../src/domain/quantity';
import type { Owner } from '../../../src/domain/resources';
import { parseS3Url } from '../../../src/domain/resources';
import type { DataSetSpec } from '../../../src/domain/spec';
import type {
  ExecutionStatus,
  ManagedTransfer,
  ReportLine,
  TransferExecution,
} from '../../../src/ports/managed-transfer';
import { isOver } from '../../../src/ports/managed-transfer';
import { objectsUnder, placeOf } from './storage';
import type { World } from './world';

export interface FakeExecution {
  readonly arn: string;
  start: string;
  readonly startedAtMs: number;
  readonly lines: ReportLine[];
  /** Once it is over. */
  outcome?: 'SUCCESS' | 'ERROR';
  failure?: { code: string; detail: string };
  isMismatch: boolean;
}

export interface FakeTransfer {
  readonly arn: string;
  readonly owner: Owner | undefined;
  dataSet: DataSetSpec;
  readonly executions: FakeExecution[];
}

/** How transfers go in a world. */
export class FakeTransfers {
  readonly tasks = new Map<string, FakeTransfer>();
  /** Data set and side → who made it. */
  readonly locations = new Map<string, Owner>();
  /** Address of a file server's folder → path → content. */
  readonly files = new Map<string, Map<string, string>>();
  readonly offlineAgents = new Set<string>();
  /** How long an execution takes. Unit: milliseconds. */
  durationMs = 60_000;
  /** The reason for which executions fail; undefined: they succeed. */
  failure: { code: string; detail: string } | undefined;
  /** Files that change while the next execution runs. */
  changing: string[] = [];
  /** Whether executions write a report. */
  writesReports = true;
}

export function fakeTransfer(world: World): ManagedTransfer {
  const wrapped = world.faults.wrap('transfer', { ...tasks(world), ...executions(world) });
  return { ...wrapped, ...streams(world) };
}

type Streams = Pick<ManagedTransfer, 'readReport' | 'listTarget'>;
type Tasks = Pick<
  ManagedTransfer,
  'findTask' | 'createTask' | 'updateTask' | 'removeTask' | 'offlineAgents' | 'removeObjects'
>;

function tasks(world: World): Tasks {
  const { transfers } = world;
  return {
    async findTask(name) {
      const task = transfers.tasks.get(name);
      return task && { value: { arn: task.arn }, owner: task.owner };
    },
    async createTask(name, dataSet, owner) {
      for (const side of ['source', 'target']) transfers.locations.set(`${dataSet.name}:${side}`, owner);
      const arn = world.id('task');
      transfers.tasks.set(name, { arn, owner, dataSet, executions: [] });
      return { arn };
    },
    async updateTask(arn, dataSet) {
      taskOf(world, arn).dataSet = dataSet;
    },
    async removeTask(name, dataSet) {
      const running = transfers.tasks.get(name)?.executions.some(({ outcome }) => outcome === undefined);
      if (running) throw new MigrationError('AwsRejected', `task ${name} has an execution in progress`);
      transfers.tasks.delete(name);
      for (const side of ['source', 'target']) transfers.locations.delete(`${dataSet.name}:${side}`);
    },
    async offlineAgents(agentArns) {
      return agentArns.filter((arn) => transfers.offlineAgents.has(arn));
    },
    async removeObjects(dataSet, keys) {
      const { bucket, prefix } = placeOf(dataSet.to);
      for (const key of keys) world.buckets.get(bucket)?.objects.delete(at(prefix, key));
    },
  };
}

type Executions = Omit<ManagedTransfer, keyof Streams | keyof Tasks>;

function executions(world: World): Executions {
  const settled = (arn: string): FakeExecution => {
    const task = [...world.transfers.tasks.values()].find((each) => each.executions.some((run) => run.arn === arn));
    const execution = task?.executions.find((run) => run.arn === arn);
    if (task === undefined || execution === undefined) throw new MigrationError('AwsRejected', `${arn} is not found`);
    settle(world, task, execution);
    return execution;
  };
  return {
    async listExecutions(taskArn) {
      return taskOf(world, taskArn).executions.map(({ arn }) => ({ arn, status: statusOf(settled(arn)) }));
    },
    async readStart(arn) {
      return settled(arn).start;
    },
    async startExecution(taskArn, start) {
      const arn = `${taskArn}/${world.id('exec')}`;
      const startedAtMs = world.now();
      taskOf(world, taskArn).executions.push({ arn, start, startedAtMs, lines: [], isMismatch: false });
      return { arn };
    },
    async readExecution(arn) {
      return describe(world, settled(arn));
    },
    async cancelExecution(arn) {
      const execution = settled(arn);
      if (execution.outcome !== undefined) return;
      execution.outcome = 'ERROR';
      execution.failure = { code: 'OperationCancelled', detail: 'cancelled' };
    },
  };
}

function streams(world: World): Streams {
  return {
    async *readReport(_dataSet, arn) {
      for (const task of world.transfers.tasks.values())
        yield* task.executions.find((execution) => execution.arn === arn)?.lines ?? [];
    },
    async *listTarget(dataSet) {
      for (const [key, content] of objectsUnder(world, dataSet.to)) yield { key, sizeBytes: content.length };
    },
  };
}

function taskOf(world: World, arn: string): FakeTransfer {
  const task = [...world.transfers.tasks.values()].find((each) => each.arn === arn);
  if (task === undefined) throw new MigrationError('AwsRejected', `task ${arn} is not found`);
  return task;
}

const at = (prefix: string, key: string): string => (prefix === '' ? key : `${prefix}/${key}`);

function statusOf({ outcome }: FakeExecution): ExecutionStatus {
  return outcome ?? 'TRANSFERRING';
}

/** What an execution does, it does when its time is over. */
function settle(world: World, { dataSet }: FakeTransfer, execution: FakeExecution): void {
  const { transfers } = world;
  if (execution.outcome !== undefined || world.now() < execution.startedAtMs + transfers.durationMs) return;
  execution.outcome = transfers.failure === undefined ? 'SUCCESS' : 'ERROR';
  if (transfers.failure !== undefined) {
    execution.failure = transfers.failure;
    return;
  }
  const { bucket, prefix } = placeOf(dataSet.to);
  const target = world.buckets.get(bucket)?.objects;
  const source =
    parseS3Url(dataSet.from) === undefined ? transfers.files.get(dataSet.from) : objectsUnder(world, dataSet.from);
  const changed = transfers.changing.splice(0);
  for (const [path, content] of source ?? []) {
    const line = { kind: 'file', path, sizeBytes: content.length } as const;
    if (target?.get(at(prefix, path)) === content) {
      execution.lines.push({ ...line, section: 'skipped' });
      continue;
    }
    target?.set(at(prefix, path), content);
    const isChanged = changed.includes(path);
    if (isChanged) source?.set(path, `${content}+`);
    execution.lines.push({ ...line, section: 'transferred' });
    execution.lines.push({ ...line, section: 'verified', ...(isChanged ? { failure: 'ContentMismatch' } : {}) });
    execution.isMismatch ||= isChanged;
  }
  if (execution.isMismatch) {
    execution.outcome = 'ERROR';
    execution.failure = { code: 'VerificationMismatch', detail: 'Verification detected mismatches.' };
  }
}

function describe(world: World, execution: FakeExecution): TransferExecution {
  const { arn, startedAtMs, failure, isMismatch, lines } = execution;
  const status = statusOf(execution);
  const moved = lines.filter(({ section }) => section === 'transferred');
  const bytes = moved.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0);
  return {
    arn,
    status,
    startedAtMs: startedAtMs as EpochMs,
    counters: {
      filesToTransfer: moved.length,
      bytesToTransfer: bytes,
      filesTransferred: moved.length,
      bytesTransferred: bytes,
      filesVerified: lines.filter(({ section }) => section === 'verified').length,
      filesSkipped: lines.filter(({ section }) => section === 'skipped').length,
    },
    ...(failure === undefined ? {} : { failure }),
    isMismatch,
    report: !isOver(status) ? 'pending' : world.transfers.writesReports ? 'written' : 'failed',
  };
}
