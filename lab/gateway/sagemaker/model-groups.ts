/** Model package groups, as SageMaker's Model Registry keeps them. */
import type { CreateModelPackageGroupInput } from '@aws-sdk/client-sagemaker';
import { LAB_ACCOUNT } from '../../aws-env';
import { AwsError } from '../answer';
import { arnOf } from './account';
import type { ModelGroupRecord, Operations, SageMakerAccount } from './account';
import { putTags } from './tags';

interface Named {
  readonly ModelPackageGroupName: string;
}

/** Who has made everything in the lab. */
export const LAB_USER = { IamIdentity: { Arn: `arn:aws:iam::${LAB_ACCOUNT}:user/lab`, PrincipalId: 'lab' } };

export function modelGroupOperations(account: SageMakerAccount): Operations {
  return {
    CreateModelPackageGroup: ({ Tags = [], ...input }: CreateModelPackageGroupInput & Named) => {
      const { ModelPackageGroupName: name, ModelPackageGroupDescription: description } = input;
      const arn = arnOf('model-package-group', name);
      if (account.modelGroups.has(arn))
        throw new AwsError('ValidationException', `Model Package Group already exists: ${arn}`);
      account.modelGroups.add({ arn, name, description, createdAt: new Date(), versions: [], lastVersion: 0 });
      putTags(account, arn, Tags);
      return { ModelPackageGroupArn: arn };
    },
    DescribeModelPackageGroup: ({ ModelPackageGroupName }: Named) => {
      const { arn, name, description, createdAt } = groupOf(account, ModelPackageGroupName);
      return {
        ModelPackageGroupName: name,
        ModelPackageGroupArn: arn,
        ...(description === undefined ? {} : { ModelPackageGroupDescription: description }),
        CreationTime: createdAt,
        CreatedBy: LAB_USER,
        ModelPackageGroupStatus: 'Completed',
      };
    },
    DeleteModelPackageGroup: ({ ModelPackageGroupName }: Named) => {
      const { arn, name, versions } = groupOf(account, ModelPackageGroupName);
      if (versions.length > 0)
        throw new AwsError(
          'ConflictException',
          `Model Package Group ${arn} contains model packages, delete them first.`,
        );
      account.modelGroups.delete(name);
      account.tags.delete(arn);
      return {};
    },
  };
}

/** @param given a name, or an ARN of this account. */
export function groupOf(account: SageMakerAccount, given: string): ModelGroupRecord {
  const name = given.replace(/^arn:.*\//, '');
  const found = account.modelGroups.find(name);
  if (found === undefined)
    throw new AwsError(
      'ValidationException',
      `ModelPackageGroup ${arnOf('model-package-group', name)} does not exist.`,
    );
  return found;
}
