/** DMS as DatabaseReplication. Identifiers are unique in an account and region, so a request that is repeated makes no second. */
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { DatabaseMigrationServiceClient } from '@aws-sdk/client-database-migration-service';
import {
  CreateEndpointCommand,
  CreateReplicationInstanceCommand,
  CreateReplicationTaskCommand,
  DeleteEndpointCommand,
  DeleteReplicationInstanceCommand,
  DeleteReplicationTaskCommand,
  StartReplicationTaskCommand,
  StopReplicationTaskCommand,
  TestConnectionCommand,
} from '@aws-sdk/client-database-migration-service';
import type { CaptureLatency, TableProgress } from '../domain/database-level';
import type { DatabaseSide } from '../domain/database-steps';
import { MigrationError } from '../domain/errors';
import type { EpochMs } from '../domain/quantity';
import type { Owner } from '../domain/resources';
import type { DatabaseEndSpec, DatabaseSpec, ReplicationInstanceSpec } from '../domain/spec';
import type {
  Connection,
  DatabaseReplication,
  ReplicationEnds,
  ReplicationPart,
  ReplicationTask,
  StartKind,
} from '../ports/database-replication';
import type { Found } from '../ports/traffic-router';
import { awsCall } from './aws-errors';
import { readLatency } from './dms-latency';
import { DmsReads, toPart, toTask } from './dms-reads';
import { endpointRequest, instanceRequest, taskRequest } from './dms-requests';

const START = {
  start: 'start-replication',
  resume: 'resume-processing',
  reload: 'reload-target',
} as const satisfies Record<StartKind, string>;

export class DmsReplication implements DatabaseReplication {
  private readonly reads: DmsReads;

  constructor(
    private readonly client: DatabaseMigrationServiceClient,
    private readonly cloudWatch: CloudWatchClient,
  ) {
    this.reads = new DmsReads(client);
  }

  findInstance(name: string): Promise<Found<ReplicationPart> | undefined> {
    return this.reads.instance(name);
  }

  async createInstance(name: string, instance: ReplicationInstanceSpec, owner: Owner): Promise<ReplicationPart> {
    const command = new CreateReplicationInstanceCommand(instanceRequest(name, instance, owner));
    const reply = await this.call('CreateReplicationInstance', name, (abortSignal) =>
      this.client.send(command, { abortSignal }),
    );
    const { ReplicationInstanceArn, ReplicationInstanceStatus } = reply.ReplicationInstance ?? {};
    return toPart(name, ReplicationInstanceArn, ReplicationInstanceStatus);
  }

  deleteInstance(arn: string): Promise<void> {
    const command = new DeleteReplicationInstanceCommand({ ReplicationInstanceArn: arn });
    return this.remove('DeleteReplicationInstance', arn, (abortSignal) => this.client.send(command, { abortSignal }));
  }

  findEndpoint(name: string): Promise<Found<ReplicationPart> | undefined> {
    return this.reads.endpoint(name);
  }

  async createEndpoint(name: string, side: DatabaseSide, end: DatabaseEndSpec, owner: Owner): Promise<ReplicationPart> {
    const command = new CreateEndpointCommand(endpointRequest(name, side, end, owner));
    const { Endpoint } = await this.call('CreateEndpoint', name, (abortSignal) =>
      this.client.send(command, { abortSignal }),
    );
    return toPart(name, Endpoint?.EndpointArn, Endpoint?.Status);
  }

  deleteEndpoint(arn: string): Promise<void> {
    const command = new DeleteEndpointCommand({ EndpointArn: arn });
    return this.remove('DeleteEndpoint', arn, (abortSignal) => this.client.send(command, { abortSignal }));
  }

  async testConnection(instanceArn: string, endpointArn: string): Promise<void> {
    const command = new TestConnectionCommand({ ReplicationInstanceArn: instanceArn, EndpointArn: endpointArn });
    await this.call('TestConnection', endpointArn, (abortSignal) => this.client.send(command, { abortSignal }));
  }

  readConnection(instanceArn: string, endpointArn: string): Promise<Connection | undefined> {
    return this.reads.connection(instanceArn, endpointArn);
  }

  findTask(name: string): Promise<Found<ReplicationTask> | undefined> {
    return this.reads.task(name);
  }

  async createTask(
    name: string,
    ends: ReplicationEnds,
    database: DatabaseSpec,
    owner: Owner,
  ): Promise<ReplicationTask> {
    const command = new CreateReplicationTaskCommand(taskRequest(name, ends, database, owner));
    const reply = await this.call('CreateReplicationTask', name, (abortSignal) =>
      this.client.send(command, { abortSignal }),
    );
    return toTask(name, reply.ReplicationTask ?? {});
  }

  async startTask(arn: string, kind: StartKind): Promise<void> {
    const command = new StartReplicationTaskCommand({ ReplicationTaskArn: arn, StartReplicationTaskType: START[kind] });
    await this.call('StartReplicationTask', arn, (abortSignal) => this.client.send(command, { abortSignal }));
  }

  async stopTask(arn: string): Promise<void> {
    const command = new StopReplicationTaskCommand({ ReplicationTaskArn: arn });
    await this.call('StopReplicationTask', arn, (abortSignal) => this.client.send(command, { abortSignal }));
  }

  deleteTask(arn: string): Promise<void> {
    const command = new DeleteReplicationTaskCommand({ ReplicationTaskArn: arn });
    return this.remove('DeleteReplicationTask', arn, (abortSignal) => this.client.send(command, { abortSignal }));
  }

  readTables(taskArn: string): Promise<TableProgress[]> {
    return this.reads.tables(taskArn);
  }

  readLatency(name: string, taskArn: string, now: EpochMs): Promise<CaptureLatency | undefined> {
    return readLatency(this.cloudWatch, name, taskArn, now);
  }

  private async remove(action: string, arn: string, send: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
    try {
      await this.call(action, arn, send);
    } catch (error) {
      if (!(error instanceof MigrationError && error.code === 'NotFound')) throw error;
    }
  }

  private call<T>(action: string, resource: string, send: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return awsCall(`dms:${action}`, resource, send);
  }
}
