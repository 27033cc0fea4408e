import type { CaptureLatency, TableProgress } from '../domain/database-level';
import type { DatabaseSide } from '../domain/database-steps';
import type { EpochMs } from '../domain/quantity';
import type { Owner } from '../domain/resources';
import type { DatabaseEndSpec, DatabaseSpec, ReplicationInstanceSpec } from '../domain/spec';
import type { Found } from './traffic-router';

/** An instance or an endpoint. */
export interface ReplicationPart {
  readonly arn: string;
  /** The service's own word. */
  readonly status: string;
}

export interface ReplicationTask extends ReplicationPart {
  /** undefined: the service does not say. Unit: percent. */
  readonly loadedPercent: number | undefined;
  readonly tablesErrored: number;
  /** Begun and not at their end, or not begun. */
  readonly tablesOpen: number;
  /** Why it failed or stopped, in the service's words; undefined: it did not. */
  readonly trouble: string | undefined;
}

export interface Connection {
  readonly status: string;
  readonly failure: string | undefined;
}

export interface ReplicationEnds {
  readonly instanceArn: string;
  readonly sourceArn: string;
  readonly targetArn: string;
}

/** `reload`: everything once more from the beginning. */
export type StartKind = 'start' | 'resume' | 'reload';

/**
 * A service that loads a database into another one and then follows its changes: an instance, an endpoint for each side,
 * and a task. Every name is unique, so what is there is found before it is made.
 * Errors of every call: `AwsDenied`, `AwsRejected`, `AwsUnavailable`, `NotFound` where an ARN is gone.
 */
export interface DatabaseReplication {
  findInstance(name: string): Promise<Found<ReplicationPart> | undefined>;
  createInstance(name: string, instance: ReplicationInstanceSpec, owner: Owner): Promise<ReplicationPart>;
  /** Begins to; accepts one that is gone. */
  deleteInstance(arn: string): Promise<void>;
  findEndpoint(name: string): Promise<Found<ReplicationPart> | undefined>;
  createEndpoint(name: string, side: DatabaseSide, end: DatabaseEndSpec, owner: Owner): Promise<ReplicationPart>;
  /** Begins to; accepts one that is gone. */
  deleteEndpoint(arn: string): Promise<void>;
  /** Begins a test. */
  testConnection(instanceArn: string, endpointArn: string): Promise<void>;
  /** undefined: it was never tested. */
  readConnection(instanceArn: string, endpointArn: string): Promise<Connection | undefined>;
  findTask(name: string): Promise<Found<ReplicationTask> | undefined>;
  createTask(name: string, ends: ReplicationEnds, database: DatabaseSpec, owner: Owner): Promise<ReplicationTask>;
  startTask(arn: string, kind: StartKind): Promise<void>;
  /** Begins to. */
  stopTask(arn: string): Promise<void>;
  /** Begins to; accepts one that is gone. */
  deleteTask(arn: string): Promise<void>;
  readTables(taskArn: string): Promise<readonly TableProgress[]>;
  /** undefined: there is no datapoint that both sides have. @param name of the instance. */
  readLatency(name: string, taskArn: string, now: EpochMs): Promise<CaptureLatency | undefined>;
}
