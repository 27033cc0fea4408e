/** Executions: one of a task at a time, the others queued. */
import type {
  CancelTaskExecutionRequest,
  ListTaskExecutionsRequest,
  StartTaskExecutionRequest,
  UpdateTaskExecutionRequest,
} from '@aws-sdk/client-datasync';
import type { Operations } from '../modelled-service';
import { invalid, isOver, newExecutionArn } from './account';
import type { DataSyncAccount, ExecutionRecord } from './account';
import { describeCounters, newResult, NO_COUNTS } from './counters';
import { refuseFilters } from './filters';
import { pageOf } from './listing';
import type { PageInput } from './listing';
import type { Runs } from './runs';
import { putTags } from './tags';
import { modeOf, refuseOptions, refuseReport, running } from './tasks';
import type { Tasks } from './tasks';

/** AWS's own limit of executions that wait for one task. */
const QUEUED_MAX = 50;

export class Executions {
  constructor(
    private readonly account: DataSyncAccount,
    private readonly tasks: Tasks,
    private readonly runs: Runs,
  ) {}

  operations(): Operations {
    return {
      StartTaskExecution: (input: StartTaskExecutionRequest) => this.start(input),
      DescribeTaskExecution: ({ TaskExecutionArn = '' }: { TaskExecutionArn?: string }) =>
        describe(this.account.execution(TaskExecutionArn)),
      UpdateTaskExecution: (input: UpdateTaskExecutionRequest) => this.update(input),
      CancelTaskExecution: ({ TaskExecutionArn = '' }: CancelTaskExecutionRequest) => {
        const execution = this.account.execution(TaskExecutionArn);
        if (isOver(execution.status))
          throw invalid(
            `Task execution ${execution.arn} can not be cancelled in its current status: ${execution.status}`,
          );
        this.runs.cancel(execution);
        return {};
      },
      ListTaskExecutions: (input: PageInput & ListTaskExecutionsRequest) => {
        const tasks =
          input.TaskArn === undefined ? [...this.account.tasks.values()] : [this.account.task(input.TaskArn)];
        const { items, ...next } = pageOf(
          tasks.flatMap(({ executions }) => executions),
          input,
        );
        const TaskExecutions = items.map(({ arn, status, task }) => ({
          TaskExecutionArn: arn,
          Status: status,
          TaskMode: modeOf(task),
        }));
        return { TaskExecutions, ...next };
      },
    };
  }

  private start(input: StartTaskExecutionRequest): { TaskExecutionArn: string } {
    const task = this.account.task(input.TaskArn ?? '');
    const [offline] = this.tasks.offlineAgents(task);
    if (offline !== undefined) throw invalid(`Task ${task.arn} is UNAVAILABLE: agent ${offline} is OFFLINE.`);
    const options = { ...task.options, ...input.OverrideOptions };
    refuseOptions(options, modeOf(task), task.options.PosixPermissions !== 'NONE');
    const [includes, excludes] = [
      input.Includes ?? task.input.Includes ?? [],
      input.Excludes ?? task.input.Excludes ?? [],
    ];
    refuseFilters(includes, excludes);
    const report = input.TaskReportConfig ?? task.input.TaskReportConfig;
    refuseReport(report);
    this.refuseQueue(task.arn, options.TaskQueueing === 'DISABLED');
    const execution: ExecutionRecord = {
      arn: newExecutionArn(task.arn),
      task,
      startedAt: new Date(),
      options,
      includes,
      excludes,
      manifest: input.ManifestConfig ?? task.input.ManifestConfig,
      report,
      counters: { ...NO_COUNTS },
      result: newResult(),
      cancel: new AbortController(),
      status: 'QUEUED',
      launchedAt: undefined,
      endedAt: undefined,
      reportStatus: report === undefined ? undefined : 'PENDING',
    };
    task.executions.push(execution);
    putTags(this.account, execution.arn, input.Tags);
    this.runs.queue(execution);
    return { TaskExecutionArn: execution.arn };
  }

  private refuseQueue(taskArn: string, isDisabled: boolean): void {
    const task = this.account.task(taskArn);
    const waiting = task.executions.filter(({ status }) => !isOver(status)).length;
    if (isDisabled && running(task) !== undefined)
      throw invalid(`Task ${taskArn} has an execution in progress, and queueing is disabled.`);
    if (waiting > QUEUED_MAX) throw invalid(`Task ${taskArn} has ${waiting} executions in its queue.`);
  }

  private update({ TaskExecutionArn = '', Options = {} }: UpdateTaskExecutionRequest): object {
    const execution = this.account.execution(TaskExecutionArn);
    const { BytesPerSecond, ...others } = Options;
    if (Object.keys(others).length > 0 || BytesPerSecond === undefined)
      throw invalid('Invalid parameter: only BytesPerSecond can be updated for a task execution.');
    if (isOver(execution.status)) throw invalid(`Task execution ${execution.arn} is ${execution.status}.`);
    execution.options.BytesPerSecond = BytesPerSecond;
    return {};
  }
}

function describe(execution: ExecutionRecord): Record<string, unknown> {
  const { arn, task, options, includes, excludes, manifest, report, result, reportStatus } = execution;
  return {
    TaskExecutionArn: arn,
    Status: execution.status,
    TaskMode: modeOf(task),
    Options: options,
    Includes: includes,
    Excludes: excludes,
    ...(manifest === undefined ? {} : { ManifestConfig: manifest }),
    ...(report === undefined ? {} : { TaskReportConfig: report, ReportResult: { Status: reportStatus } }),
    StartTime: execution.startedAt,
    ...(execution.launchedAt === undefined ? {} : { LaunchTime: execution.launchedAt }),
    ...(execution.endedAt === undefined ? {} : { EndTime: execution.endedAt }),
    ...describeCounters(execution.counters, modeOf(task)),
    Result: { ...result },
  };
}
