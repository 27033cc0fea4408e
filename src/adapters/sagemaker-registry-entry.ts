/** What the Model Registry says of a version. */
import type { DescribeModelPackageOutput } from '@aws-sdk/client-sagemaker';
import { MigrationError } from '../domain/errors';
import type { ModelPackageEntry } from '../domain/model-package';
import type { RegisteredModel } from '../ports/model-registry';
import { awsCodeOf } from './aws-errors';

/** Members that can be asked for when a version is made, and mean the same anywhere. */
const CARRIED = [
  'AdditionalInferenceSpecifications',
  'CustomerMetadataProperties',
  'Domain',
  'DriftCheckBaselines',
  'InferenceSpecification',
  'MetadataProperties',
  'ModelMetrics',
  'ModelPackageDescription',
  'ModelPackageRegistrationType',
  'SamplePayloadUrl',
  'SkipModelValidation',
  'Task',
] as const satisfies readonly (keyof DescribeModelPackageOutput)[];

/** Members that would name keys, people or jobs of the source, or decide something that people in the target decide. */
const NOT_CARRIED = [
  'ApprovalDescription',
  'ManagedStorageType',
  'ModelCard',
  'ModelLifeCycle',
  'SecurityConfig',
  'SourceAlgorithmSpecification',
  'SourceUri',
  'ValidationSpecification',
] as const satisfies readonly (keyof DescribeModelPackageOutput)[];

const STATUSES: Readonly<Record<RegisteredModel['status'], true>> = {
  Pending: true,
  InProgress: true,
  Completed: true,
  Failed: true,
  Deleting: true,
};

/** @throws AwsRejected for a status that we do not know. */
export function asRegistered(reply: DescribeModelPackageOutput): RegisteredModel {
  const { ModelPackageArn: arn = '', ModelApprovalStatus: approval = 'none' } = reply;
  const status = String(reply.ModelPackageStatus);
  if (!Object.hasOwn(STATUSES, status))
    throw new MigrationError('AwsRejected', `${arn} has the status '${status}', which Crossfade does not know`);
  const reasons = [
    ...(reply.ModelPackageStatusDetails?.ValidationStatuses ?? []),
    ...(reply.ModelPackageStatusDetails?.ImageScanStatuses ?? []),
  ].flatMap(({ FailureReason }) => FailureReason ?? []);
  return {
    arn,
    status: status as RegisteredModel['status'],
    ...(reasons.length === 0 ? {} : { failureReason: reasons.join('; ') }),
    approval,
    entry: entryOf(reply),
    others: NOT_CARRIED.filter((member) => reply[member] !== undefined),
  };
}

/** As it travels: what is undefined is left out. */
function entryOf(reply: DescribeModelPackageOutput): ModelPackageEntry {
  const members = CARRIED.filter((member) => reply[member] !== undefined).map((member) => [member, reply[member]]);
  return JSON.parse(JSON.stringify(Object.fromEntries(members))) as ModelPackageEntry;
}

/** SageMaker has no code for it: what the registry has not is a ValidationException, told by how its message ends. */
export function isGone(error: unknown): boolean {
  if (!(error instanceof MigrationError) || awsCodeOf(error) !== 'ValidationException') return false;
  const { cause } = error;
  return cause instanceof Error && /does not exist\.?$/.test(cause.message);
}
