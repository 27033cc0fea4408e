/** Models: what an endpoint's containers are made from. */
import type { CreateModelInput } from '@aws-sdk/client-sagemaker';
import { AwsError } from '../answer';
import { arnOf } from './account';
import type { Operations, SageMakerAccount } from './account';
import { listPage } from './listing';
import type { ListInput } from './listing';
import { putTags } from './tags';

interface Named {
  readonly ModelName: string;
}

export function modelOperations(account: SageMakerAccount): Operations {
  return {
    CreateModel: (input: CreateModelInput & Named) => createModel(account, input),
    DescribeModel: ({ ModelName }: Named) => {
      const { arn, input, createdAt } = account.models.get(ModelName);
      const { Tags: _tags, ...described } = input;
      return {
        ...described,
        EnableNetworkIsolation: input.EnableNetworkIsolation ?? false,
        ModelArn: arn,
        CreationTime: createdAt,
      };
    },
    ListModels: (input: ListInput) => {
      const listed = account.models.all().map((model) => ({ ...model, name: model.input.ModelName ?? '' }));
      const { items, ...next } = listPage(listed, input);
      const Models = items.map(({ name, arn, createdAt }) => ({
        ModelName: name,
        ModelArn: arn,
        CreationTime: createdAt,
      }));
      return { Models, ...next };
    },
    DeleteModel: ({ ModelName }: Named) => {
      const { arn } = account.models.get(ModelName);
      account.models.delete(ModelName);
      account.tags.delete(arn);
      return {};
    },
  };
}

function createModel(account: SageMakerAccount, input: CreateModelInput & Named): { ModelArn: string } {
  const containers = [
    ...(input.PrimaryContainer === undefined ? [] : [input.PrimaryContainer]),
    ...(input.Containers ?? []),
  ];
  if (containers.length === 0 || (input.PrimaryContainer !== undefined && input.Containers !== undefined))
    throw new AwsError('ValidationException', 'You must specify exactly one of PrimaryContainer and Containers.');
  if (containers.some(({ Image, ModelPackageName }) => (Image === undefined) === (ModelPackageName === undefined)))
    throw new AwsError('ValidationException', 'Each container must specify exactly one of Image and ModelPackageName.');
  account.models.refuseExisting(input.ModelName);
  const arn = arnOf('model', input.ModelName);
  account.models.add({ arn, input, createdAt: new Date() });
  putTags(account, arn, input.Tags ?? []);
  return { ModelArn: arn };
}
