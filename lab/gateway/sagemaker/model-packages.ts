/** Versions in model package groups. Packages without a group, which are for AWS Marketplace, are not in the lab. */
import type {
  CreateModelPackageInput,
  ListModelPackagesInput,
  ModelPackageContainerDefinition,
  UpdateModelPackageInput,
} from '@aws-sdk/client-sagemaker';
import { LAB_ACCOUNT, LAB_REGION } from '../../aws-env';
import { AwsError } from '../answer';
import type { ModelVersionRecord, Operations, SageMakerAccount } from './account';
import { listPage } from './listing';
import type { ListInput } from './listing';
import { groupOf, LAB_USER } from './model-groups';

interface Named {
  readonly ModelPackageName: string;
}

export function modelPackageOperations(account: SageMakerAccount): Operations {
  return {
    CreateModelPackage: (input: CreateModelPackageInput) => createVersion(account, input),
    DescribeModelPackage: ({ ModelPackageName }: Named) => describe(versionOf(account, ModelPackageName)),
    ListModelPackages: (input: ListModelPackagesInput & ListInput) => listVersions(account, input),
    UpdateModelPackage: (input: UpdateModelPackageInput) => updateVersion(account, input),
    DeleteModelPackage: ({ ModelPackageName }: Named) => {
      const { group, arn } = versionOf(account, ModelPackageName);
      const { versions } = groupOf(account, group);
      versions.splice(
        versions.findIndex((version) => version.arn === arn),
        1,
      );
      return {};
    },
  };
}

function createVersion(account: SageMakerAccount, input: CreateModelPackageInput): { ModelPackageArn: string } {
  const { ModelPackageName, ModelPackageGroupName, Tags, ClientToken: token, ...members } = input;
  if (ModelPackageName !== undefined && ModelPackageGroupName !== undefined)
    throw invalid(
      'Both ModelPackageName and ModelPackageGroupName are provided in the input. Cannot determine which one to use.',
    );
  if (ModelPackageGroupName === undefined) throw invalid('Missing ARN.');
  if (Tags !== undefined) throw invalid('Tags cannot be provided for a versioned model package.');
  const { InferenceSpecification: served, SourceAlgorithmSpecification: algorithm } = members;
  if ((served === undefined) === (algorithm === undefined))
    throw invalid('Exactly one of InferenceSpecification and SourceAlgorithmSpecification must be provided.');
  checkContainers(served?.Containers ?? []);
  const group = groupOf(account, ModelPackageGroupName);
  const before = group.versions.find((version) => token !== undefined && version.token === token);
  if (before !== undefined) return { ModelPackageArn: before.arn };
  // A number is never given twice, also when its version is gone.
  const number = ++group.lastVersion;
  const arn = `arn:aws:sagemaker:${LAB_REGION}:${LAB_ACCOUNT}:model-package/${group.name.toLowerCase()}/${number}`;
  const createdAt = new Date();
  group.versions.push({
    arn,
    group: group.name,
    number,
    token,
    createdAt,
    modifiedAt: createdAt,
    members: { ModelApprovalStatus: 'PendingManualApproval', ...members },
  });
  return { ModelPackageArn: arn };
}

function checkContainers(containers: readonly ModelPackageContainerDefinition[]): void {
  for (const { Image, ModelDataUrl, ModelDataSource } of containers) {
    if (Image === undefined) throw invalid('Image must be provided for every container.');
    if (ModelDataUrl !== undefined && ModelDataSource !== undefined)
      throw invalid('Only one of ModelDataUrl and ModelDataSource can be provided for a container.');
  }
}

function describe({ arn, group, number, createdAt, modifiedAt, members }: ModelVersionRecord): Record<string, unknown> {
  return {
    ...members,
    // What a version of a group has for a name.
    ModelPackageName: group,
    ModelPackageGroupName: group,
    ModelPackageVersion: number,
    ModelPackageArn: arn,
    CreationTime: createdAt,
    CreatedBy: LAB_USER,
    LastModifiedTime: modifiedAt,
    ModelPackageStatus: 'Completed',
    ModelPackageStatusDetails: { ValidationStatuses: [], ImageScanStatuses: [] },
  };
}

function listVersions(account: SageMakerAccount, input: ListModelPackagesInput & ListInput): unknown {
  const { ModelPackageGroupName: group, ModelApprovalStatus: approval } = input;
  const groups = group === undefined ? account.modelGroups.all() : [groupOf(account, group)];
  const listed = groups
    .flatMap(({ versions }) => versions)
    .filter(({ members }) => approval === undefined || members.ModelApprovalStatus === approval)
    // Sorted as text where two are of one moment.
    .map((version) => ({ ...version, name: `${version.group}/${String(version.number).padStart(9, '0')}` }));
  const { items, ...next } = listPage(listed, input);
  // As AWS: without a name, which only packages without a group have.
  const ModelPackageSummaryList = items.map(({ arn, group: of, number, createdAt, members }) => ({
    ModelPackageArn: arn,
    ModelPackageGroupName: of,
    ModelPackageVersion: number,
    CreationTime: createdAt,
    ModelPackageStatus: 'Completed',
    ModelApprovalStatus: members.ModelApprovalStatus,
    ...(members.ModelPackageDescription === undefined
      ? {}
      : { ModelPackageDescription: members.ModelPackageDescription }),
  }));
  return { ModelPackageSummaryList, ...next };
}

function updateVersion(account: SageMakerAccount, input: UpdateModelPackageInput): { ModelPackageArn: string } {
  const version = versionOf(account, input.ModelPackageArn ?? '');
  const { CustomerMetadataProperties: added = {}, CustomerMetadataPropertiesToRemove: removed = [] } = input;
  const metadata = { ...version.members.CustomerMetadataProperties, ...added };
  const kept = Object.fromEntries(Object.entries(metadata).filter(([key]) => !removed.includes(key)));
  version.members = {
    ...version.members,
    ...(input.ModelApprovalStatus === undefined ? {} : { ModelApprovalStatus: input.ModelApprovalStatus }),
    ...(input.ApprovalDescription === undefined ? {} : { ApprovalDescription: input.ApprovalDescription }),
    ...(Object.keys(kept).length === 0 ? {} : { CustomerMetadataProperties: kept }),
  };
  version.modifiedAt = new Date();
  return { ModelPackageArn: version.arn };
}

/** @param given `group/number`, or such a one's ARN. */
function versionOf(account: SageMakerAccount, given: string): ModelVersionRecord {
  const [, group = '', number] = /([^/:]+)\/(\d+)$/.exec(given) ?? [];
  const found = account.modelGroups.find(group)?.versions.find((version) => version.number === Number(number));
  if (found !== undefined) return found;
  const arn = given.startsWith('arn:')
    ? given
    : `arn:aws:sagemaker:${LAB_REGION}:${LAB_ACCOUNT}:model-package/${given.toLowerCase()}`;
  throw invalid(`ModelPackage ${arn} does not exist.`);
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
