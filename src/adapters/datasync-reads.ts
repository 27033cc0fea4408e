/** What DataSync says of tasks, executions and tags. Every list is read to its end. */
import type { DataSyncClient, DescribeTaskExecutionResponse, TagListEntry } from '@aws-sdk/client-datasync';
import {
  DescribeAgentCommand,
  DescribeTaskExecutionCommand,
  ListTagsForResourceCommand,
  ListTaskExecutionsCommand,
  ListTasksCommand,
} from '@aws-sdk/client-datasync';
import { MigrationError } from '../domain/errors';
import type { EpochMs } from '../domain/quantity';
import type { ExecutionStatus, TransferCounters, TransferExecution } from '../ports/managed-transfer';
import { awsCall } from './aws-errors';
import { tagRecord } from './aws-tags';

const STATUSES: Readonly<Record<ExecutionStatus, true>> = {
  QUEUED: true,
  CANCELLING: true,
  LAUNCHING: true,
  PREPARING: true,
  TRANSFERRING: true,
  VERIFYING: true,
  SUCCESS: true,
  ERROR: true,
};

export class DataSyncReads {
  constructor(private readonly client: DataSyncClient) {}

  /** ARNs of the tasks that bear the name. */
  async tasksNamed(name: string): Promise<string[]> {
    const arns: string[] = [];
    let NextToken: string | undefined;
    do {
      const command = new ListTasksCommand({ NextToken });
      const page = await this.call('ListTasks', name, (abortSignal) => this.client.send(command, { abortSignal }));
      for (const { Name, TaskArn = '' } of page.Tasks ?? []) if (Name === name) arns.push(TaskArn);
      NextToken = page.NextToken;
    } while (NextToken);
    return arns;
  }

  async executions(taskArn: string): Promise<{ arn: string; status: ExecutionStatus }[]> {
    const found: { arn: string; status: ExecutionStatus }[] = [];
    let NextToken: string | undefined;
    do {
      const command = new ListTaskExecutionsCommand({ TaskArn: taskArn, NextToken });
      const page = await this.call('ListTaskExecutions', taskArn, (abortSignal) =>
        this.client.send(command, { abortSignal }),
      );
      for (const { TaskExecutionArn: arn = '', Status } of page.TaskExecutions ?? [])
        found.push({ arn, status: statusOf(arn, Status) });
      NextToken = page.NextToken;
    } while (NextToken);
    return found;
  }

  async tags(arn: string): Promise<Record<string, string>> {
    const tags: TagListEntry[] = [];
    let NextToken: string | undefined;
    do {
      const command = new ListTagsForResourceCommand({ ResourceArn: arn, NextToken });
      const page = await this.call('ListTagsForResource', arn, (abortSignal) =>
        this.client.send(command, { abortSignal }),
      );
      tags.push(...(page.Tags ?? []));
      NextToken = page.NextToken;
    } while (NextToken);
    return tagRecord(tags);
  }

  async execution(arn: string): Promise<TransferExecution> {
    const command = new DescribeTaskExecutionCommand({ TaskExecutionArn: arn });
    const reply = await this.call('DescribeTaskExecution', arn, (abortSignal) =>
      this.client.send(command, { abortSignal }),
    );
    return toExecution(arn, reply);
  }

  async isOnline(agentArn: string): Promise<boolean> {
    const command = new DescribeAgentCommand({ AgentArn: agentArn });
    const reply = await this.call('DescribeAgent', agentArn, (abortSignal) =>
      this.client.send(command, { abortSignal }),
    );
    return reply.Status === 'ONLINE';
  }

  private call<T>(action: string, resource: string, send: (abortSignal: AbortSignal) => Promise<T>): Promise<T> {
    return awsCall(`datasync:${action}`, resource, send);
  }
}

/** Waiting on after a status that we do not know would be guessing. */
function statusOf(arn: string, status: string | undefined): ExecutionStatus {
  if (status !== undefined && Object.hasOwn(STATUSES, status)) return status as ExecutionStatus;
  throw new MigrationError('AwsRejected', `execution ${arn} has the status '${status}', which Crossfade does not know`);
}

function toExecution(arn: string, reply: DescribeTaskExecutionResponse): TransferExecution {
  const status = statusOf(arn, reply.Status);
  const { ErrorCode: code, ErrorDetail: detail, TransferStatus, VerifyStatus } = reply.Result ?? {};
  return {
    arn,
    status,
    startedAtMs: (reply.StartTime?.getTime() ?? 0) as EpochMs,
    counters: countersOf(reply),
    ...(status === 'ERROR'
      ? { failure: { code: code ?? 'unknown', detail: detail ?? 'DataSync gives no reason' } }
      : {}),
    isMismatch: status === 'ERROR' && TransferStatus === 'SUCCESS' && VerifyStatus === 'ERROR',
    report: reportOf(reply),
  };
}

function reportOf({ ReportResult }: DescribeTaskExecutionResponse): TransferExecution['report'] {
  const status = ReportResult?.Status;
  return status === 'SUCCESS' ? 'written' : status === 'ERROR' ? 'failed' : 'pending';
}

function countersOf(reply: DescribeTaskExecutionResponse): TransferCounters {
  return {
    filesToTransfer: reply.EstimatedFilesToTransfer ?? 0,
    bytesToTransfer: reply.EstimatedBytesToTransfer ?? 0,
    filesTransferred: reply.FilesTransferred ?? 0,
    bytesTransferred: reply.BytesTransferred ?? 0,
    filesVerified: reply.FilesVerified ?? 0,
    filesSkipped: reply.FilesSkipped ?? 0,
  };
}
