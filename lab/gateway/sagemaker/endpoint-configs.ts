/** Endpoint configurations, which never change once they are made. */
import type { CreateEndpointConfigInput, ProductionVariant } from '@aws-sdk/client-sagemaker';
import { AwsError } from '../answer';
import { arnOf } from './account';
import type { Operations, SageMakerAccount } from './account';
import type { SageMakerFaults } from './faults';
import { listPage } from './listing';
import type { ListInput } from './listing';
import { putTags } from './tags';

interface Named {
  readonly EndpointConfigName: string;
}

export function endpointConfigOperations(account: SageMakerAccount, faults: SageMakerFaults): Operations {
  return {
    CreateEndpointConfig: (input: CreateEndpointConfigInput & Named) => {
      checkVariants(account, input, faults);
      account.configs.refuseExisting(input.EndpointConfigName);
      const arn = arnOf('endpoint-config', input.EndpointConfigName);
      account.configs.add({ arn, input: withDefaults(input), createdAt: new Date() });
      putTags(account, arn, input.Tags ?? []);
      return { EndpointConfigArn: arn };
    },
    DescribeEndpointConfig: ({ EndpointConfigName }: Named) => {
      const { arn, input, createdAt } = account.configs.get(EndpointConfigName);
      const { Tags: _tags, ...described } = input;
      return { ...described, EndpointConfigArn: arn, CreationTime: createdAt };
    },
    ListEndpointConfigs: (input: ListInput) => {
      const listed = account.configs
        .all()
        .map((config) => ({ ...config, name: config.input.EndpointConfigName ?? '' }));
      const { items, ...next } = listPage(listed, input);
      const EndpointConfigs = items.map(({ name, arn, createdAt }) => ({
        EndpointConfigName: name,
        EndpointConfigArn: arn,
        CreationTime: createdAt,
      }));
      return { EndpointConfigs, ...next };
    },
    // AWS, too, lets go of a configuration that an endpoint uses; the endpoint's next update then fails.
    DeleteEndpointConfig: ({ EndpointConfigName }: Named) => {
      const { arn } = account.configs.get(EndpointConfigName);
      account.configs.delete(EndpointConfigName);
      account.tags.delete(arn);
      return {};
    },
  };
}

function withDefaults(input: CreateEndpointConfigInput): CreateEndpointConfigInput {
  const filled = (variant: ProductionVariant): ProductionVariant => ({ InitialVariantWeight: 1, ...variant });
  return {
    ...input,
    ProductionVariants: input.ProductionVariants?.map(filled),
    ...(input.ShadowProductionVariants === undefined
      ? {}
      : { ShadowProductionVariants: input.ShadowProductionVariants.map(filled) }),
    ...(input.DataCaptureConfig === undefined
      ? {}
      : { DataCaptureConfig: { EnableCapture: true, ...input.DataCaptureConfig } }),
  };
}

function checkVariants(account: SageMakerAccount, input: CreateEndpointConfigInput, faults: SageMakerFaults): void {
  const production = input.ProductionVariants ?? [];
  const shadow = input.ShadowProductionVariants ?? [];
  if (shadow.length > 0 && faults.shadowRefused)
    throw invalid('Shadow variants are not supported with this endpoint configuration.');
  if (shadow.length > 0 && (shadow.length > 1 || production.length > 1))
    throw invalid('You can specify one shadow variant at most, and only with exactly one production variant.');
  const names = [...production, ...shadow].map(({ VariantName }) => VariantName);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid(`Variant names must be unique; "${twice}" is used more than once.`);
  for (const variant of [...production, ...shadow]) checkVariant(account, variant);
}

function checkVariant(account: SageMakerAccount, variant: ProductionVariant): void {
  const name = `variant "${variant.VariantName}"`;
  // Inference components, which a variant without a model is for, are not in the lab.
  if (variant.ModelName === undefined) throw invalid(`You must specify ModelName for ${name}.`);
  account.models.get(variant.ModelName);
  if ((variant.InstanceType === undefined) === (variant.ServerlessConfig === undefined))
    throw invalid(`You must specify exactly one of InstanceType and ServerlessConfig for ${name}.`);
  if (variant.InstanceType !== undefined && variant.InitialInstanceCount === undefined)
    throw invalid(`You must specify InitialInstanceCount for ${name}.`);
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
