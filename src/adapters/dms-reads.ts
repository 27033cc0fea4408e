/** What DMS says of instances, endpoints, connections, tasks and tables. Every list is read to its end. */
import type {
  DatabaseMigrationServiceClient,
  ReplicationTask as TaskReply,
  TableStatistics,
} from '@aws-sdk/client-database-migration-service';
import {
  DescribeConnectionsCommand,
  DescribeEndpointsCommand,
  DescribeReplicationInstancesCommand,
  DescribeReplicationTasksCommand,
  DescribeTableStatisticsCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-database-migration-service';
import type { TableProgress } from '../domain/database-level';
import { MigrationError } from '../domain/errors';
import { ownerOf } from '../domain/resources';
import type { Connection, ReplicationPart, ReplicationTask } from '../ports/database-replication';
import type { Found } from '../ports/traffic-router';
import { awsCall } from './aws-errors';
import { tagRecord } from './aws-tags';

interface Filter {
  readonly Name: string;
  readonly Values: string[];
}

export class DmsReads {
  constructor(private readonly client: DatabaseMigrationServiceClient) {}

  async instance(name: string): Promise<Found<ReplicationPart> | undefined> {
    const Filters = [filter('replication-instance-id', name)];
    const all = await this.pages('DescribeReplicationInstances', name, async (Marker, abortSignal) => {
      const command = new DescribeReplicationInstancesCommand({ Filters, Marker });
      const reply = await this.client.send(command, { abortSignal });
      return { items: reply.ReplicationInstances, Marker: reply.Marker };
    });
    const one = only(name, all);
    return one && this.owned(toPart(name, one.ReplicationInstanceArn, one.ReplicationInstanceStatus));
  }

  async endpoint(name: string): Promise<Found<ReplicationPart> | undefined> {
    const Filters = [filter('endpoint-id', name)];
    const all = await this.pages('DescribeEndpoints', name, async (Marker, abortSignal) => {
      const reply = await this.client.send(new DescribeEndpointsCommand({ Filters, Marker }), { abortSignal });
      return { items: reply.Endpoints, Marker: reply.Marker };
    });
    const one = only(name, all);
    return one && this.owned(toPart(name, one.EndpointArn, one.Status));
  }

  async connection(instanceArn: string, endpointArn: string): Promise<Connection | undefined> {
    const Filters = [filter('replication-instance-arn', instanceArn), filter('endpoint-arn', endpointArn)];
    const all = await this.pages('DescribeConnections', endpointArn, async (Marker, abortSignal) => {
      const reply = await this.client.send(new DescribeConnectionsCommand({ Filters, Marker }), { abortSignal });
      return { items: reply.Connections, Marker: reply.Marker };
    });
    const one = only(endpointArn, all);
    return one && { status: one.Status ?? '', failure: textOf(one.LastFailureMessage) };
  }

  async task(name: string): Promise<Found<ReplicationTask> | undefined> {
    const Filters = [filter('replication-task-id', name)];
    const all = await this.pages('DescribeReplicationTasks', name, async (Marker, abortSignal) => {
      const command = new DescribeReplicationTasksCommand({ Filters, Marker, WithoutSettings: true });
      const reply = await this.client.send(command, { abortSignal });
      return { items: reply.ReplicationTasks, Marker: reply.Marker };
    });
    const one = only(name, all);
    return one && this.owned(toTask(name, one));
  }

  async tables(taskArn: string): Promise<TableProgress[]> {
    const all = await this.pages('DescribeTableStatistics', taskArn, async (Marker, abortSignal) => {
      const command = new DescribeTableStatisticsCommand({ ReplicationTaskArn: taskArn, Marker });
      const reply = await this.client.send(command, { abortSignal });
      return { items: reply.TableStatistics, Marker: reply.Marker };
    });
    return all.map(toTable);
  }

  private async owned<Part extends ReplicationPart>(value: Part): Promise<Found<Part> | undefined> {
    const command = new ListTagsForResourceCommand({ ResourceArn: value.arn });
    try {
      const reply = await this.call('ListTagsForResource', value.arn, (abortSignal) =>
        this.client.send(command, { abortSignal }),
      );
      return { value, owner: ownerOf(tagRecord(reply.TagList)) };
    } catch (error) {
      // It went between the two calls.
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** A filter that nothing fits is answered with an error. */
  private async pages<T>(
    action: string,
    resource: string,
    read: (
      Marker: string | undefined,
      signal: AbortSignal,
    ) => Promise<{ items: T[] | undefined; Marker: string | undefined }>,
  ): Promise<T[]> {
    const all: T[] = [];
    let next: string | undefined;
    try {
      do {
        const marker = next;
        const page = await this.call(action, resource, (signal) => read(marker, signal));
        all.push(...(page.items ?? []));
        next = textOf(page.Marker);
      } while (next !== undefined);
      return all;
    } catch (error) {
      if (isNotFound(error)) return [];
      throw error;
    }
  }

  private call<T>(action: string, resource: string, send: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return awsCall(`dms:${action}`, resource, send);
  }
}

function filter(name: string, value: string): Filter {
  return { Name: name, Values: [value] };
}

function isNotFound(error: unknown): boolean {
  return error instanceof MigrationError && error.code === 'NotFound';
}

/** DMS writes an empty text for nothing. */
function textOf(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function only<T>(name: string, all: readonly T[]): T | undefined {
  if (all.length > 1) throw new MigrationError('NotExactlyOne', `${name} was found ${all.length} times`);
  return all[0];
}

/** @throws AwsRejected for an answer without an ARN: nothing could be done with it. */
export function toPart(name: string, arn: string | undefined, status: string | undefined): ReplicationPart {
  if (arn === undefined || arn === '') throw new MigrationError('AwsRejected', `DMS tells no ARN of ${name}`);
  return { arn, status: status ?? 'unknown' };
}

export function toTask(name: string, reply: TaskReply): ReplicationTask {
  const { FullLoadProgressPercent, TablesErrored, TablesLoading, TablesQueued } = reply.ReplicationTaskStats ?? {};
  return {
    ...toPart(name, reply.ReplicationTaskArn, reply.Status),
    loadedPercent: FullLoadProgressPercent,
    tablesErrored: TablesErrored ?? 0,
    tablesOpen: (TablesLoading ?? 0) + (TablesQueued ?? 0),
    trouble: textOf(reply.LastFailureMessage) ?? textOf(reply.StopReason),
  };
}

/** A count that is missing is not zero: NaN holds no condition. */
function toTable(reply: TableStatistics): TableProgress {
  const { ValidationPendingRecords, ValidationFailedRecords, ValidationSuspendedRecords } = reply;
  return {
    table: `${reply.SchemaName}.${reply.TableName}`,
    state: reply.TableState ?? 'unknown',
    validation: reply.ValidationState ?? 'unknown',
    rowsLoaded: reply.FullLoadRows ?? 0,
    rowsUnproven:
      (ValidationPendingRecords ?? NaN) + (ValidationFailedRecords ?? NaN) + (ValidationSuspendedRecords ?? NaN),
  };
}
