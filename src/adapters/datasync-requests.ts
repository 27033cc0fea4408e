/** What DataSync is asked for, from the spec. */
import type {
  CreateLocationS3Request,
  CreateTaskRequest,
  FilterRule,
  OnPremConfig,
  Options,
  TaskReportConfig,
} from '@aws-sdk/client-datasync';
import { MigrationError } from '../domain/errors';
import type { Owner } from '../domain/resources';
import { ownerTags, TAG_DATA_SET } from '../domain/resources';
import type { DataSetSpec, DataSyncSpec, SourceLocationSpec } from '../domain/spec';
import { tagList } from './aws-tags';
import { locationOf } from './s3-listing';

export type Side = 'source' | 'target';

/** @throws SpecInvalid. */
export function settingsOf(dataSet: DataSetSpec): DataSyncSpec {
  if (dataSet.datasync !== undefined) return dataSet.datasync;
  throw new MigrationError('SpecInvalid', `data set ${dataSet.name} says nothing about DataSync`);
}

export function locationTags(dataSet: DataSetSpec, side: Side, owner: Owner): Record<string, string> {
  return { ...ownerTags(owner), [TAG_DATA_SET]: `${dataSet.name}:${side}` };
}

export function bucketRequest(
  url: string,
  roleArn: string,
  tags: Readonly<Record<string, string>>,
): CreateLocationS3Request {
  const { bucket, prefix } = locationOf(url);
  return {
    S3BucketArn: bucketArn(bucket, roleArn),
    Subdirectory: `/${prefix}`,
    S3Config: { BucketAccessRoleArn: roleArn },
    Tags: tagList(tags),
  };
}

export function onPrem(agentArns: readonly string[]): OnPremConfig {
  return { AgentArns: [...agentArns] };
}

type Secured = Extract<SourceLocationSpec, { kind: 'smb' | 'fsxWindows' }>;

export function credentials({ user, domain, secretArn, secretRoleArn }: Secured): {
  User: string;
  Domain?: string;
  CustomSecretConfig: { SecretArn: string; SecretAccessRoleArn: string };
} {
  return {
    User: user,
    ...(domain === undefined ? {} : { Domain: domain }),
    CustomSecretConfig: { SecretArn: secretArn, SecretAccessRoleArn: secretRoleArn },
  };
}

export interface Ends {
  readonly source: string;
  readonly target: string;
}

export function taskRequest(name: string, dataSet: DataSetSpec, ends: Ends, owner: Owner): CreateTaskRequest {
  return {
    SourceLocationArn: ends.source,
    DestinationLocationArn: ends.target,
    Name: name,
    TaskMode: settingsOf(dataSet).mode === 'enhanced' ? 'ENHANCED' : 'BASIC',
    ...taskSettings(dataSet),
    Tags: tagList(ownerTags(owner)),
  };
}

type TaskSettings = Required<Pick<CreateTaskRequest, 'Options' | 'Includes' | 'Excludes' | 'TaskReportConfig'>>;

/** What of a task can be changed later. */
export function taskSettings(dataSet: DataSetSpec): TaskSettings {
  const { include, exclude } = settingsOf(dataSet);
  return {
    Options: optionsOf(dataSet),
    Includes: filter(include),
    Excludes: filter(exclude),
    TaskReportConfig: reportConfig(settingsOf(dataSet)),
  };
}

const VERIFY_MODES = {
  transferred: 'ONLY_FILES_TRANSFERRED',
  all: 'POINT_IN_TIME_CONSISTENT',
  none: 'NONE',
} as const satisfies Record<DataSyncSpec['verify'], string>;

function optionsOf(dataSet: DataSetSpec): Options {
  const { verify, bytesPerSecond, sourceLocation } = settingsOf(dataSet);
  // Between buckets there are no owners of files, and DataSync refuses to keep what is not there.
  const files = isPosix(sourceLocation) ? 'INT_VALUE' : 'NONE';
  return {
    VerifyMode: VERIFY_MODES[verify],
    OverwriteMode: 'ALWAYS',
    // What the target has and the source does not is never ours to delete.
    PreserveDeletedFiles: 'PRESERVE',
    TransferMode: 'CHANGED',
    TaskQueueing: 'ENABLED',
    LogLevel: 'OFF',
    BytesPerSecond: bytesPerSecond ?? -1,
    Uid: files,
    Gid: files,
    PosixPermissions: isPosix(sourceLocation) ? 'PRESERVE' : 'NONE',
    ...(sourceLocation === undefined ? { ObjectTags: 'PRESERVE' } : {}),
  };
}

/** SMB has permissions of another kind. */
function isPosix(location: SourceLocationSpec | undefined): boolean {
  return location !== undefined && location.kind !== 'smb' && location.kind !== 'fsxWindows';
}

function filter(patterns: readonly string[]): FilterRule[] {
  return patterns.length === 0 ? [] : [{ FilterType: 'SIMPLE_PATTERN', Value: patterns.join('|') }];
}

/** Everything is told: what was transferred is what an undo deletes, what was verified is the proof. */
function reportConfig({ reportTo, roleArn }: DataSyncSpec): TaskReportConfig {
  const { bucket, prefix } = locationOf(reportTo);
  return {
    Destination: {
      S3: { S3BucketArn: bucketArn(bucket, roleArn), Subdirectory: prefix, BucketAccessRoleArn: roleArn },
    },
    OutputType: 'STANDARD',
    ReportLevel: 'SUCCESSES_AND_ERRORS',
  };
}

/** In the partition of the role: `aws`, `aws-cn`, … */
function bucketArn(bucket: string, roleArn: string): string {
  return `arn:${roleArn.split(':')[1]}:s3:::${bucket}`;
}
