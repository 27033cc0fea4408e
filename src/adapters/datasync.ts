/** DataSync as ManagedTransfer. Its error code is the same for everything it refuses, so what is there is looked up in lists. */
import type { DataSyncClient } from '@aws-sdk/client-datasync';
import {
  CancelTaskExecutionCommand,
  CreateTaskCommand,
  DeleteTaskCommand,
  StartTaskExecutionCommand,
  UpdateTaskCommand,
} from '@aws-sdk/client-datasync';
import type { S3Client } from '@aws-sdk/client-s3';
import { DeleteObjectsCommand } from '@aws-sdk/client-s3';
import { MigrationError } from '../domain/errors';
import type { Owner } from '../domain/resources';
import { ownerOf, ownerTags, TAG_START } from '../domain/resources';
import type { DataSetSpec } from '../domain/spec';
import { isOver } from '../ports/managed-transfer';
import type {
  ExecutionStatus,
  ManagedTransfer,
  ReportLine,
  TargetObject,
  TransferExecution,
} from '../ports/managed-transfer';
import type { Found } from '../ports/traffic-router';
import { awsCall } from './aws-errors';
import { tagList } from './aws-tags';
import { DataSyncLocations } from './datasync-locations';
import { DataSyncReads } from './datasync-reads';
import { readReport } from './datasync-report';
import { settingsOf, taskRequest, taskSettings } from './datasync-requests';
import { keyAt, listObjects, locationOf } from './s3-listing';

export class DataSyncTransfer implements ManagedTransfer {
  private readonly reads: DataSyncReads;
  private readonly locations: DataSyncLocations;

  /** @param writes sends a request once: DataSync knows no client tokens, and the SDK's repetition would make two. */
  constructor(
    private readonly client: DataSyncClient,
    private readonly writes: DataSyncClient,
    private readonly s3: S3Client,
  ) {
    this.reads = new DataSyncReads(client);
    this.locations = new DataSyncLocations(this.reads, client, writes);
  }

  async findTask(name: string): Promise<Found<{ arn: string }> | undefined> {
    const arns = await this.reads.tasksNamed(name);
    const [arn] = arns;
    if (arn === undefined) return undefined;
    if (arns.length > 1) throw new MigrationError('NotExactlyOne', `task ${name} was found ${arns.length} times`);
    return { value: { arn }, owner: ownerOf(await this.reads.tags(arn)) };
  }

  async createTask(name: string, dataSet: DataSetSpec, owner: Owner): Promise<{ arn: string }> {
    const source = await this.locations.ensure(dataSet, 'source', owner);
    const target = await this.locations.ensure(dataSet, 'target', owner);
    const command = new CreateTaskCommand(taskRequest(name, dataSet, { source, target }, owner));
    const reply = await awsCall('datasync:CreateTask', name, (abortSignal) =>
      this.writes.send(command, { abortSignal }),
    );
    return { arn: reply.TaskArn ?? '' };
  }

  async updateTask(arn: string, dataSet: DataSetSpec): Promise<void> {
    const command = new UpdateTaskCommand({ TaskArn: arn, ...taskSettings(dataSet) });
    await awsCall('datasync:UpdateTask', arn, (abortSignal) => this.client.send(command, { abortSignal }));
  }

  async removeTask(name: string, dataSet: DataSetSpec, owner: Owner): Promise<void> {
    const found = await this.findTask(name);
    if (found !== undefined && found.owner?.workload === owner.workload) await this.deleteTask(name, found.value.arn);
    await this.locations.remove(dataSet, owner);
  }

  private async deleteTask(name: string, arn: string): Promise<void> {
    const command = new DeleteTaskCommand({ TaskArn: arn });
    try {
      await awsCall('datasync:DeleteTask', name, (abortSignal) => this.client.send(command, { abortSignal }));
    } catch (error) {
      // One that is gone is refused with the code of every other refusal, so look instead.
      if ((await this.reads.tasksNamed(name)).includes(arn)) throw error;
    }
  }

  async offlineAgents(agentArns: readonly string[]): Promise<string[]> {
    const online = await Promise.all(agentArns.map((arn) => this.reads.isOnline(arn)));
    return agentArns.filter((_, index) => online[index] !== true);
  }

  listExecutions(taskArn: string): Promise<{ arn: string; status: ExecutionStatus }[]> {
    return this.reads.executions(taskArn);
  }

  async readStart(executionArn: string): Promise<string | undefined> {
    return (await this.reads.tags(executionArn))[TAG_START];
  }

  async startExecution(taskArn: string, start: string, owner: Owner): Promise<{ arn: string }> {
    const Tags = tagList({ ...ownerTags(owner), [TAG_START]: start });
    const command = new StartTaskExecutionCommand({ TaskArn: taskArn, Tags });
    const reply = await awsCall('datasync:StartTaskExecution', taskArn, (abortSignal) =>
      this.writes.send(command, { abortSignal }),
    );
    return { arn: reply.TaskExecutionArn ?? '' };
  }

  readExecution(executionArn: string): Promise<TransferExecution> {
    return this.reads.execution(executionArn);
  }

  async cancelExecution(executionArn: string): Promise<void> {
    const command = new CancelTaskExecutionCommand({ TaskExecutionArn: executionArn });
    try {
      await awsCall('datasync:CancelTaskExecution', executionArn, (abortSignal) =>
        this.client.send(command, { abortSignal }),
      );
    } catch (error) {
      if (!isOver((await this.reads.execution(executionArn)).status)) throw error;
    }
  }

  readReport(dataSet: DataSetSpec, executionArn: string): AsyncIterable<ReportLine> {
    return readReport(this.s3, settingsOf(dataSet).reportTo, executionArn);
  }

  async *listTarget(dataSet: DataSetSpec): AsyncGenerator<TargetObject> {
    for await (const { relativeKey, sizeBytes } of listObjects(this.s3, locationOf(dataSet.to)))
      yield { key: relativeKey, sizeBytes };
  }

  async removeObjects(dataSet: DataSetSpec, keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    const place = locationOf(dataSet.to);
    const Objects = keys.map((key) => ({ Key: keyAt(place, key) }));
    const command = new DeleteObjectsCommand({ Bucket: place.bucket, Delete: { Objects, Quiet: true } });
    const reply = await awsCall('s3:DeleteObject', dataSet.to, (abortSignal) => this.s3.send(command, { abortSignal }));
    const [first] = reply.Errors ?? [];
    if (first !== undefined)
      throw new MigrationError(
        first.Code === 'AccessDenied' ? 'AwsDenied' : 'AwsUnavailable',
        `${reply.Errors?.length} objects below ${dataSet.to} are not deleted, the first is ${first.Key}: ${first.Code}`,
      );
  }
}
