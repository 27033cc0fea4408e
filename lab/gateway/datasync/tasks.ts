/** Tasks: what is moved where, and what AWS does not let be combined. */
import type {
  CreateTaskRequest,
  ListTasksRequest,
  Options,
  TaskReportConfig,
  TaskStatus,
  UpdateTaskRequest,
} from '@aws-sdk/client-datasync';
import type { Operations } from '../modelled-service';
import { invalid, isOver, newArn } from './account';
import type { DataSyncAccount, ExecutionRecord, LocationRecord, TaskRecord } from './account';
import type { DataSyncFaults } from './faults';
import { refuseFilters } from './filters';
import { pageOf, passes } from './listing';
import type { PageInput } from './listing';
import { agentsOf } from './locations';
import { putTags } from './tags';

interface Named {
  readonly TaskArn: string;
}

export class Tasks {
  constructor(
    private readonly account: DataSyncAccount,
    private readonly faults: DataSyncFaults,
  ) {}

  operations(): Operations {
    return {
      CreateTask: (input: CreateTaskRequest) => this.create(input),
      UpdateTask: (input: UpdateTaskRequest & Named) => this.update(input),
      DescribeTask: ({ TaskArn }: Named) => this.describe(this.account.task(TaskArn)),
      ListTasks: (input: PageInput & ListTasksRequest) => {
        const wanted = [...this.account.tasks.values()].filter((task) =>
          passes(input.Filters, (name) => (name === 'LocationId' ? locationIds(task) : task.createdAt.toISOString())),
        );
        const { items, ...next } = pageOf(wanted, input);
        const Tasks = items.map((task) => ({
          TaskArn: task.arn,
          Status: this.statusOf(task),
          Name: task.input.Name,
          TaskMode: modeOf(task),
        }));
        return { Tasks, ...next };
      },
      DeleteTask: ({ TaskArn }: Named) => {
        const task = this.account.task(TaskArn);
        if (running(task) !== undefined) throw invalid(`Task ${TaskArn} has an execution in progress.`);
        this.account.tasks.delete(TaskArn);
        this.account.tags.delete(TaskArn);
        return {};
      },
    };
  }

  /** Agents of either side that are OFFLINE. */
  offlineAgents(task: TaskRecord): string[] {
    return this.sidesOf(task.input)
      .flatMap(agentsOf)
      .filter((agent) => this.faults.isOffline(agent));
  }

  private create({ Tags, ...input }: CreateTaskRequest): { TaskArn: string } {
    const options = this.check(input);
    const arn = newArn('task/task');
    this.account.tasks.set(arn, { arn, input, options, createdAt: new Date(), executions: [] });
    putTags(this.account, arn, Tags);
    return { TaskArn: arn };
  }

  private update({ TaskArn, ...changes }: UpdateTaskRequest & Named): object {
    const task = this.account.task(TaskArn);
    const input = { ...task.input, ...changes, Options: { ...task.options, ...changes.Options } };
    const options = this.check(input);
    Object.assign(task, { input, options });
    return {};
  }

  private check(input: CreateTaskRequest): Options {
    const mode = input.TaskMode ?? 'BASIC';
    const [source, destination] = this.sidesOf(input);
    refuseSides(source, destination, mode);
    const isPosix = source.kind !== 'S3' || destination.kind !== 'S3';
    const options = withDefaults(input.Options ?? {}, mode, isPosix);
    refuseOptions(options, mode, isPosix);
    const filters = [input.Includes ?? [], input.Excludes ?? []] as const;
    refuseFilters(...filters);
    if (input.ManifestConfig?.Source !== undefined && filters.flat().length > 0)
      throw invalid('A manifest can not be combined with include or exclude filters.');
    refuseReport(input.TaskReportConfig);
    return options;
  }

  private sidesOf(input: CreateTaskRequest): [LocationRecord, LocationRecord] {
    return [
      this.account.location(input.SourceLocationArn ?? ''),
      this.account.location(input.DestinationLocationArn ?? ''),
    ];
  }

  private describe(task: TaskRecord): Record<string, unknown> {
    const { TaskMode: _mode, Options: _options, Schedule, ...input } = task.input;
    const current = running(task);
    return {
      ...input,
      TaskArn: task.arn,
      Status: this.statusOf(task),
      TaskMode: modeOf(task),
      Options: task.options,
      CreationTime: task.createdAt,
      ...(current === undefined ? {} : { CurrentTaskExecutionArn: current.arn }),
      ...(Schedule === undefined ? {} : { Schedule: { Status: 'ENABLED', ...Schedule } }),
    };
  }

  private statusOf(task: TaskRecord): TaskStatus {
    const current = running(task);
    if (current !== undefined) return current.status === 'QUEUED' ? 'QUEUED' : 'RUNNING';
    return this.offlineAgents(task).length > 0 ? 'UNAVAILABLE' : 'AVAILABLE';
  }
}

export function modeOf(task: TaskRecord): 'BASIC' | 'ENHANCED' {
  return task.input.TaskMode === 'ENHANCED' ? 'ENHANCED' : 'BASIC';
}

/** The execution that is not over, the oldest where more are queued. */
export function running(task: TaskRecord): ExecutionRecord | undefined {
  return task.executions.find(({ status }) => !isOver(status));
}

export function refuseReport(report: TaskReportConfig | undefined): void {
  if (report !== undefined && report.Destination?.S3 === undefined)
    throw invalid('Invalid parameter: TaskReportConfig needs a destination.');
}

const locationIds = ({ input }: TaskRecord): string => `${input.SourceLocationArn} ${input.DestinationLocationArn}`;

/** Servers that DataSync reaches through an agent. */
const SERVERS: readonly string[] = ['Nfs', 'Smb'];

function refuseSides(source: LocationRecord, destination: LocationRecord, mode: string): void {
  const kinds = [source.kind, destination.kind];
  if (kinds.every((kind) => SERVERS.includes(kind)))
    throw invalid('Invalid parameter: one of the two locations must be an AWS storage service.');
  const enhanced = kinds.includes('S3') && kinds.every((kind) => kind === 'S3' || SERVERS.includes(kind));
  if (mode === 'ENHANCED' && !enhanced)
    throw invalid(`Task mode ENHANCED is not supported between ${source.uri} and ${destination.uri}.`);
}

function withDefaults(options: Options, mode: string, isPosix: boolean): Options {
  return {
    VerifyMode: mode === 'ENHANCED' ? 'ONLY_FILES_TRANSFERRED' : 'POINT_IN_TIME_CONSISTENT',
    OverwriteMode: 'ALWAYS',
    Atime: 'BEST_EFFORT',
    Mtime: 'PRESERVE',
    Uid: isPosix ? 'INT_VALUE' : 'NONE',
    Gid: isPosix ? 'INT_VALUE' : 'NONE',
    PreserveDeletedFiles: 'PRESERVE',
    PreserveDevices: 'NONE',
    PosixPermissions: isPosix ? 'PRESERVE' : 'NONE',
    BytesPerSecond: -1,
    TaskQueueing: 'ENABLED',
    LogLevel: 'OFF',
    TransferMode: 'CHANGED',
    SecurityDescriptorCopyFlags: 'NONE',
    ObjectTags: isPosix ? 'NONE' : 'PRESERVE',
    ...options,
  };
}

export function refuseOptions(options: Options, mode: string, isPosix: boolean): void {
  const refuse = (name: keyof Options, why: string): never => {
    throw invalid(`Invalid SyncOption value. Option: ${name}, Value: ${options[name]} ${why}`);
  };
  if (mode === 'ENHANCED' && options.VerifyMode === 'POINT_IN_TIME_CONSISTENT')
    refuse('VerifyMode', 'is not supported for Enhanced mode tasks.');
  if (mode === 'ENHANCED' && options.Mtime === 'NONE') refuse('Mtime', 'is not supported for Enhanced mode tasks.');
  if (mode === 'BASIC' && (options.Atime === 'NONE') !== (options.Mtime === 'NONE'))
    refuse('Atime', `can not be combined with Mtime ${options.Mtime}.`);
  if (options.PreserveDeletedFiles === 'REMOVE' && options.TransferMode === 'ALL')
    refuse('PreserveDeletedFiles', 'can not be combined with TransferMode ALL.');
  for (const name of ['Uid', 'Gid', 'PosixPermissions'] as const)
    if (!isPosix && options[name] !== 'NONE') refuse(name, 'invalid for non-POSIX transfer. please use NONE.');
  if (options.BytesPerSecond === 0) refuse('BytesPerSecond', 'must be -1 or above 0.');
}
