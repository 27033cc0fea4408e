import type { Milliseconds } from './quantity';

/** A database that DMS carries over: loaded whole, then followed by change capture until the end. Part of `MigrationSpec`. */

/** Engines, by DMS's own names, that it both moves and validates: what it cannot validate could never pass the gate. */
export type DatabaseEngine =
  'mysql' | 'mariadb' | 'aurora' | 'postgres' | 'aurora-postgresql' | 'oracle' | 'sqlserver' | 'db2';

export interface DatabaseSpec {
  /** DNS label; unique among databases and data sets. */
  readonly name: string;
  readonly from: DatabaseEndSpec;
  readonly to: DatabaseEndSpec;
  readonly replicationInstance: ReplicationInstanceSpec;
  /** `schema.table`, where `%` stands for any text; at least one. */
  readonly tables: readonly string[];
  /** Of `tables`, what stays behind. */
  readonly excludeTables: readonly string[];
  /** `keep`: rows that the target has already stay. `truncate`: the tables that are loaded are emptied first. */
  readonly targetTables: 'keep' | 'truncate';
  /** Largest latency of the change capture, on either side, with which the first weight may move. The limit itself passes. */
  readonly cdcLatencyMaxMs: Milliseconds;
}

/** Host, port, user and password stand in the secret: specs are kept in histories, so none of them holds one. */
export interface DatabaseEndSpec {
  readonly engine: DatabaseEngine;
  /** Where the engine has several databases behind one address. */
  readonly database?: string;
  readonly secretArn: string;
  /** What DMS acts as to read the secret. */
  readonly secretRoleArn: string;
  readonly ssl: 'none' | 'require' | 'verify-ca' | 'verify-full';
  /** With `verify-ca` and `verify-full`. */
  readonly certificateArn?: string;
}

export interface ReplicationInstanceSpec {
  readonly class: string;
  readonly subnetGroup: string;
  readonly securityGroupIds: readonly string[];
  readonly multiAz: boolean;
  /** Unit: GiB. */
  readonly storageGb: number;
  readonly kmsKeyId?: string;
}
