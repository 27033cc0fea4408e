import type { Owner } from '../domain/resources';
import type { DatabaseSpec } from '../domain/spec';

export interface ReplicationInput {
  /** Of instance and task. */
  readonly name: string;
  readonly database: DatabaseSpec;
  readonly owner: Owner;
}

/** A database that DMS carries over. Each may be called again, and takes up what an earlier call began. */
export interface ReplicationActivities {
  /** Returns once the instance is available. @throws ReplicationFailed, ResourceNotOurs, EarlierRunLeftovers. */
  createReplicationInstance(input: ReplicationInput & { adopt: boolean }): Promise<void>;
  /** Both endpoints, and a connection to each that was tested. @throws as above. */
  connectDatabases(input: ReplicationInput & { adopt: boolean }): Promise<void>;
  /** Returns once it can be started. @throws as above. */
  createReplicationTask(input: ReplicationInput & { adopt: boolean }): Promise<void>;
  /** Starts the task, or follows it, until every table is loaded and changes are being applied. @throws ReplicationFailed. */
  loadDatabase(input: ReplicationInput): Promise<{ tableCount: number; rowCount: number }>;
  /**
   * Returns once latency and validation of every table are as the spec wants them; what is not told is not level.
   * @throws DatabaseNotLevel with every reason.
   */
  waitDatabaseLevel(input: ReplicationInput): Promise<{ tableCount: number; sourceMs: number; targetMs: number }>;
  /** Task, endpoints, instance, in this order; returns once they are gone. Both databases stay as they are. */
  removeReplication(input: { name: string; owner: Owner }): Promise<void>;
}
