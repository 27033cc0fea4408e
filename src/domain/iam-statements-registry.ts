/** Versions of SageMaker's Model Registry. Their files need what data sets need, which stands in `base`. */
import type { StatementTemplate } from './iam-template';

export const REGISTRY_STATEMENTS: readonly StatementTemplate[] = [
  {
    policy: 'model-registry',
    sid: 'ReadTheSourceOfModels',
    actions: ['sagemaker:DescribeModelPackage'],
    resources: ['arn:aws:sagemaker:SOURCE_MODEL_REGION:SOURCE_MODEL_ACCOUNT_ID:model-package/SOURCE_MODEL_GROUP/*'],
  },
  {
    policy: 'model-registry',
    sid: 'LookForVersions',
    actions: ['sagemaker:ListModelPackages'],
    resources: ['*'],
    condition: { StringEquals: { 'aws:RequestedRegion': 'REGION' } },
  },
  {
    policy: 'model-registry',
    sid: 'MakeGroupsTagged',
    actions: ['sagemaker:AddTags', 'sagemaker:CreateModelPackageGroup'],
    resources: ['arn:aws:sagemaker:REGION:ACCOUNT_ID:model-package-group/MODEL_PACKAGE_GROUP'],
    tagged: 'request',
  },
  {
    policy: 'model-registry',
    sid: 'RemoveGroupsOfOurs',
    actions: ['sagemaker:DeleteModelPackageGroup'],
    resources: ['arn:aws:sagemaker:REGION:ACCOUNT_ID:model-package-group/MODEL_PACKAGE_GROUP'],
    tagged: 'resource',
  },
  {
    // A version in a group has no tags of its own: Crossfade tells its own by their metadata.
    policy: 'model-registry',
    sid: 'EnterAndRemoveVersions',
    actions: [
      'sagemaker:CreateModelPackage',
      'sagemaker:DeleteModelPackage',
      'sagemaker:DescribeModelPackage',
      'sagemaker:DescribeModelPackageGroup',
      'sagemaker:ListTags',
    ],
    resources: [
      'arn:aws:sagemaker:REGION:ACCOUNT_ID:model-package-group/MODEL_PACKAGE_GROUP',
      'arn:aws:sagemaker:REGION:ACCOUNT_ID:model-package/MODEL_PACKAGE_GROUP/*',
    ],
  },
];
