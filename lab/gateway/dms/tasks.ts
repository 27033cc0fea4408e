/** Replication tasks: made, started, stopped, deleted, and what AWS does not let follow on what. */
import type {
  CreateReplicationTaskMessage,
  ReplicationTask,
  StartReplicationTaskMessage,
} from '@aws-sdk/client-database-migration-service';
import type { Operations } from '../modelled-service';
import type { DmsAccount, TaskRecord } from './account';
import { newArn, wrongState } from './account';
import type { Delays } from './delays';
import { connectionStatus } from './endpoints';
import type { DmsFaults } from './faults';
import { Life } from './life';
import { filtered, pageOf } from './listing';
import type { ListInput } from './listing';
import { TaskRun } from './run';
import { progressOf, tableNames, tableStatistics } from './tables';
import { putTags } from './tags';

interface Named {
  readonly ReplicationTaskArn: string;
}

export class Tasks {
  constructor(
    private readonly account: DmsAccount,
    private readonly faults: DmsFaults,
    private readonly delays: () => Delays,
  ) {}

  operations(): Operations {
    const { account } = this;
    return {
      CreateReplicationTask: (input: CreateReplicationTaskMessage) => this.create(input),
      StartReplicationTask: (input: StartReplicationTaskMessage) => this.start(input),
      StopReplicationTask: ({ ReplicationTaskArn }: Named) => {
        const task = account.task(ReplicationTaskArn);
        this.requireStatus(task, ['running']);
        task.runs.at(-1)?.stop(account.now());
        return { ReplicationTask: this.describe(task) };
      },
      DeleteReplicationTask: ({ ReplicationTaskArn }: Named) => {
        const task = account.task(ReplicationTaskArn);
        this.requireStatus(task, ['ready', 'stopped', 'failed']);
        task.life.delete(account.now(), this.delays().deletingMs);
        return { ReplicationTask: this.describe(task) };
      },
      DescribeReplicationTasks: (input: ListInput & { readonly WithoutSettings?: boolean }) => {
        const { items, ...next } = pageOf(filtered(account.tasks(), input, 'replication tasks', valueOf), input);
        return { ReplicationTasks: items.map((task) => this.describe(task, input.WithoutSettings)), ...next };
      },
      DescribeTableStatistics: (input: ListInput & Named) => {
        const task = account.task(input.ReplicationTaskArn);
        const { items, ...next } = pageOf(tableStatistics(task, this.faults, account.now()), input);
        return { ReplicationTaskArn: task.arn, TableStatistics: items, ...next };
      },
    };
  }

  private create({ Tags, ...input }: CreateReplicationTaskMessage): unknown {
    const { account } = this;
    const instance = account.instance(input.ReplicationInstanceArn);
    const status = instance.life.status(account.now());
    if (status !== 'available') throw wrongState(`Replication instance ${instance.arn} is ${status}.`);
    for (const arn of [input.SourceEndpointArn, input.TargetEndpointArn]) account.endpoint(arn);
    tableNames(input.TableMappings);
    const life = new Life(account.now(), this.delays().taskMs, 'ready');
    const task: TaskRecord = { arn: newArn('task'), input, life, runs: [] };
    account.addTask(task);
    putTags(account, task.arn, Tags);
    return { ReplicationTask: this.describe(task) };
  }

  private start({ ReplicationTaskArn, StartReplicationTaskType: kind }: StartReplicationTaskMessage): unknown {
    const { account } = this;
    const task = account.task(ReplicationTaskArn);
    this.requireStatus(task, kind === 'start-replication' ? ['ready'] : ['stopped', 'failed']);
    this.requireConnections(task);
    const loaded = kind === 'resume-processing' ? (task.runs.at(-1)?.loaded(account.now()) ?? 0) : 0;
    task.runs.push(new TaskRun(account.now(), this.delays(), loaded, this.faults.takeTaskFailure()));
    return { ReplicationTask: this.describe(task) };
  }

  private requireConnections({ input }: TaskRecord): void {
    for (const arn of [input.SourceEndpointArn, input.TargetEndpointArn]) {
      const test = this.account
        .connections()
        .find(({ instance, endpoint }) => instance.arn === input.ReplicationInstanceArn && endpoint.arn === arn);
      const isGood =
        test !== undefined && connectionStatus(test, this.account.now(), this.delays().testingMs) === 'successful';
      if (!isGood)
        throw wrongState(
          `Test connection for replication instance and endpoint ${arn} should be successful for starting the replication task.`,
        );
    }
  }

  private requireStatus(task: TaskRecord, wanted: readonly string[]): void {
    const status = this.statusOf(task);
    if (!wanted.includes(status)) throw wrongState(`Replication task ${task.arn} is ${status}.`);
  }

  private statusOf({ life, runs }: TaskRecord): string {
    const now = this.account.now();
    const status = life.status(now) ?? 'deleting';
    return status === 'ready' ? (runs.at(-1)?.status(now) ?? 'ready') : status;
  }

  private describe(task: TaskRecord, withoutSettings = false): ReplicationTask {
    const { arn, input, life, runs } = task;
    const now = this.account.now();
    const { percent, loaded, errored, open } = progressOf(task, this.faults, now);
    const run = runs.at(-1);
    const status = this.statusOf(task);
    return {
      ReplicationTaskIdentifier: input.ReplicationTaskIdentifier,
      SourceEndpointArn: input.SourceEndpointArn,
      TargetEndpointArn: input.TargetEndpointArn,
      ReplicationInstanceArn: input.ReplicationInstanceArn,
      MigrationType: input.MigrationType,
      ...(withoutSettings
        ? {}
        : { TableMappings: input.TableMappings, ReplicationTaskSettings: input.ReplicationTaskSettings ?? '{}' }),
      Status: status,
      ...(status === 'failed' ? { LastFailureMessage: run?.failure, StopReason: 'Stop Reason FATAL_ERROR' } : {}),
      ...(status === 'stopped' ? { StopReason: 'Stop Reason NORMAL' } : {}),
      ReplicationTaskCreationDate: life.bornAt,
      ...(run === undefined ? {} : { ReplicationTaskStartDate: new Date(run.startedAtMs) }),
      ReplicationTaskArn: arn,
      ...(run === undefined
        ? {}
        : {
            ReplicationTaskStats: {
              FullLoadProgressPercent: percent,
              ElapsedTimeMillis: now - run.startedAtMs,
              TablesLoaded: loaded,
              TablesLoading: percent < 100 ? Math.min(1, open) : 0,
              TablesQueued: percent < 100 ? Math.max(0, open - 1) : 0,
              TablesErrored: errored,
            },
          }),
    };
  }
}

function valueOf({ arn, input }: TaskRecord, name: string): string | undefined {
  const values: Record<string, string | undefined> = {
    'replication-task-arn': arn,
    'replication-task-id': input.ReplicationTaskIdentifier,
    'migration-type': input.MigrationType,
    'endpoint-arn': input.SourceEndpointArn,
    'replication-instance-arn': input.ReplicationInstanceArn,
  };
  return values[name];
}
