/** What DMS is asked for, from the spec. */
import type {
  CreateEndpointMessage,
  CreateReplicationInstanceMessage,
  CreateReplicationTaskMessage,
} from '@aws-sdk/client-database-migration-service';
import type { DatabaseSide } from '../domain/database-steps';
import type { Owner } from '../domain/resources';
import { ownerTags } from '../domain/resources';
import type { DatabaseEndSpec, DatabaseEngine, DatabaseSpec, ReplicationInstanceSpec } from '../domain/spec';
import type { ReplicationEnds } from '../ports/database-replication';
import { tagList } from './aws-tags';

export function instanceRequest(
  name: string,
  instance: ReplicationInstanceSpec,
  owner: Owner,
): CreateReplicationInstanceMessage {
  return {
    ReplicationInstanceIdentifier: name,
    ReplicationInstanceClass: instance.class,
    ReplicationSubnetGroupIdentifier: instance.subnetGroup,
    VpcSecurityGroupIds: [...instance.securityGroupIds],
    MultiAZ: instance.multiAz,
    AllocatedStorage: instance.storageGb,
    PubliclyAccessible: false,
    // Nobody wants the engine to change in the middle of a migration.
    AutoMinorVersionUpgrade: false,
    ...(instance.kmsKeyId === undefined ? {} : { KmsKeyId: instance.kmsKeyId }),
    Tags: tagList(ownerTags(owner)),
  };
}

type SettingsKey = Extract<keyof CreateEndpointMessage, `${string}Settings`>;

/** Where DMS wants to read of the secret, by engine. */
const SETTINGS = {
  mysql: 'MySQLSettings',
  mariadb: 'MySQLSettings',
  aurora: 'MySQLSettings',
  postgres: 'PostgreSQLSettings',
  'aurora-postgresql': 'PostgreSQLSettings',
  oracle: 'OracleSettings',
  sqlserver: 'MicrosoftSQLServerSettings',
  db2: 'IBMDb2Settings',
} as const satisfies Record<DatabaseEngine, SettingsKey>;

export function endpointRequest(
  name: string,
  side: DatabaseSide,
  end: DatabaseEndSpec,
  owner: Owner,
): CreateEndpointMessage {
  const { engine, database, secretArn, secretRoleArn, ssl, certificateArn } = end;
  return {
    EndpointIdentifier: name,
    EndpointType: side,
    EngineName: engine,
    SslMode: ssl,
    ...(certificateArn === undefined ? {} : { CertificateArn: certificateArn }),
    ...(database === undefined ? {} : { DatabaseName: database }),
    [SETTINGS[engine]]: { SecretsManagerSecretId: secretArn, SecretsManagerAccessRoleArn: secretRoleArn },
    Tags: tagList(ownerTags(owner)),
  };
}

export function taskRequest(
  name: string,
  ends: ReplicationEnds,
  database: DatabaseSpec,
  owner: Owner,
): CreateReplicationTaskMessage {
  return {
    ReplicationTaskIdentifier: name,
    ReplicationInstanceArn: ends.instanceArn,
    SourceEndpointArn: ends.sourceArn,
    TargetEndpointArn: ends.targetArn,
    MigrationType: 'full-load-and-cdc',
    TableMappings: JSON.stringify(tableMappings(database)),
    ReplicationTaskSettings: JSON.stringify(taskSettings(database)),
    Tags: tagList(ownerTags(owner)),
  };
}

interface SelectionRule {
  readonly 'rule-type': 'selection';
  readonly 'rule-id': string;
  readonly 'rule-name': string;
  readonly 'object-locator': { readonly 'schema-name': string; readonly 'table-name': string };
  readonly 'rule-action': 'include' | 'exclude';
}

export function tableMappings({ tables, excludeTables }: DatabaseSpec): { rules: SelectionRule[] } {
  const wanted = [
    ...tables.map((table) => [table, 'include'] as const),
    ...excludeTables.map((table) => [table, 'exclude'] as const),
  ];
  return {
    rules: wanted.map(([table, action], index) => {
      const [schema = '', name = ''] = table.split('.');
      return {
        'rule-type': 'selection',
        'rule-id': String(index + 1),
        'rule-name': String(index + 1),
        'object-locator': { 'schema-name': schema, 'table-name': name },
        'rule-action': action,
      };
    }),
  };
}

/** Unit: KiB. */
const LOB_CHUNK = 64;

function taskSettings({ targetTables }: DatabaseSpec): unknown {
  return {
    // DMS's own default cuts large objects at 32 KiB, and says so only in its log.
    TargetMetadata: { SupportLobs: true, FullLobMode: true, LimitedSizeLobMode: false, LobChunkSize: LOB_CHUNK },
    // DMS's own default drops the target's tables.
    FullLoadSettings: { TargetTablePrepMode: targetTables === 'truncate' ? 'TRUNCATE_BEFORE_LOAD' : 'DO_NOTHING' },
    ValidationSettings: { EnableValidation: true },
    // A pattern that is misspelt would otherwise be a task with nothing to do.
    ErrorBehavior: { FailOnNoTablesCaptured: true },
  };
}
