/** The calls of what goes beside the road: databases, devices and lines, images, versions of models. */
import type { AwsCall, StepCalls } from './aws-call';
import { callsTo } from './aws-call';
import type { DatabaseStep } from './database-steps';
import type { RegistryStep } from './model-package-steps';
import type { ImageStep, RoadWait } from './plan';
import type { MigrationSpec } from './spec';

export type BesideStep = DatabaseStep | RoadWait | ImageStep | RegistryStep;

const dms = (...operations: readonly string[]): AwsCall[] => callsTo('dms', ...operations);
const snowball = (...operations: readonly string[]): AwsCall[] => callsTo('snowball', ...operations);
const ecr = (...operations: readonly string[]): AwsCall[] => callsTo('ecr', ...operations);
const sagemaker = (...operations: readonly string[]): AwsCall[] => callsTo('sagemaker', ...operations);
/** How far the task is behind. */
const LATENCY = callsTo('cloudwatch', 'GetMetricData');

export function callsOfBesideStep(step: BesideStep): StepCalls {
  switch (step.kind) {
    case 'replication-instance':
      return {
        calls: dms('CreateReplicationInstance', 'DescribeReplicationInstances', 'ListTagsForResource'),
        undo: dms('DeleteReplicationInstance'),
      };
    case 'database-endpoints':
      return {
        calls: dms(
          'CreateEndpoint',
          'DescribeConnections',
          'DescribeEndpoints',
          'ListTagsForResource',
          'TestConnection',
        ),
        undo: dms('DeleteEndpoint'),
      };
    case 'replication-task':
      return {
        calls: dms('CreateReplicationTask', 'DescribeReplicationTasks', 'ListTagsForResource'),
        undo: dms('DeleteReplicationTask', 'StopReplicationTask'),
      };
    case 'full-load':
      return { calls: [...dms('StartReplicationTask'), ...followReplication()], undo: [] };
    case 'import-order':
      return { calls: snowball('CreateJob', 'ListJobs'), undo: snowball('CancelJob') };
    case 'import-done':
      return { calls: snowball('DescribeJob', 'ListJobs'), undo: [] };
    case 'image-repository':
      return {
        calls: ecr('CreateRepository', 'DescribeRepositories', 'ListTagsForResource'),
        undo: ecr('BatchDeleteImage', 'DeleteRepository'),
      };
    case 'image-digest':
    case 'copy-image':
    case 'verify-image':
      // The registry itself is asked over HTTP, with the token.
      return { calls: [...ecr('GetAuthorizationToken'), ...credentialsOf(step)], undo: [] };
    case 'model-entry':
      return { calls: sagemaker('DescribeModelPackage', 'ListModelPackages'), undo: [] };
    case 'model-package-group':
      return {
        calls: sagemaker('CreateModelPackageGroup', 'DescribeModelPackageGroup', 'ListTags'),
        undo: sagemaker('DeleteModelPackageGroup', 'ListModelPackages'),
      };
    case 'model-package':
      return {
        calls: sagemaker('CreateModelPackage', 'DescribeModelPackage', 'ListModelPackages'),
        undo: sagemaker('DeleteModelPackage'),
      };
    case 'verify-model-package':
      return { calls: sagemaker('DescribeModelPackage', 'ListModelPackages'), undo: [] };
    case 'line-available':
      return { calls: callsTo('directconnect', 'DescribeConnections'), undo: [] };
  }
}

/** What the gate before the first weight reads of the databases of a spec. */
export function levelCalls({ databases = [] }: MigrationSpec): AwsCall[] {
  return databases.length === 0 ? [] : followReplication();
}

/** What goes with the end of standby. */
export function replicationEnds({ databases = [] }: MigrationSpec): AwsCall[] {
  if (databases.length === 0) return [];
  return dms('DeleteEndpoint', 'DeleteReplicationInstance', 'DeleteReplicationTask', 'StopReplicationTask');
}

function credentialsOf({ image: { credentials } }: ImageStep): AwsCall[] {
  return credentials?.secretArn === undefined ? [] : callsTo('secretsmanager', 'GetSecretValue');
}

function followReplication(): AwsCall[] {
  return [...dms('DescribeReplicationTasks', 'DescribeTableStatistics'), ...LATENCY];
}
