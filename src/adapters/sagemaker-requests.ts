/** What SageMaker is asked for, from the spec. Everything of one workload bears the same name. */
import type {
  CreateEndpointConfigInput,
  CreateModelInput,
  DescribeEndpointConfigOutput,
  ProductionVariant,
} from '@aws-sdk/client-sagemaker';
import { MigrationError } from '../domain/errors';
import type { Owner } from '../domain/resources';
import { ownerTags, SHADOW_VARIANT, TAG_CONFIG_BEFORE } from '../domain/resources';
import type { DataCaptureSpec, SageMakerTargetSpec } from '../domain/spec';
import type { ModelHosting } from '../ports/model-hosting';
import { VARIANT_NAME } from '../ports/model-hosting';
import { tagList } from './aws-tags';

export function modelRequest(name: string, target: SageMakerTargetSpec, owner: Owner): CreateModelInput {
  const { image, modelData, environment, executionRoleArn, networkIsolation, vpc } = target;
  return {
    ModelName: name,
    ExecutionRoleArn: executionRoleArn,
    PrimaryContainer: {
      Image: image,
      ...(modelData === undefined ? {} : { ModelDataUrl: modelData }),
      Environment: { ...environment },
    },
    EnableNetworkIsolation: networkIsolation,
    ...(vpc === undefined
      ? {}
      : { VpcConfig: { Subnets: [...vpc.subnetIds], SecurityGroupIds: [...vpc.securityGroupIds] } }),
    Tags: tagList(ownerTags(owner)),
  };
}

export function endpointConfigRequest(
  name: string,
  target: SageMakerTargetSpec,
  owner: Owner,
): CreateEndpointConfigInput {
  const { kmsKeyId, dataCapture } = target;
  return {
    EndpointConfigName: name,
    ProductionVariants: [variant(name, target, 1)],
    ...(kmsKeyId === undefined ? {} : { KmsKeyId: kmsKeyId }),
    ...(dataCapture === undefined ? {} : { DataCaptureConfig: capture(dataCapture) }),
    Tags: tagList(ownerTags(owner)),
  };
}

/** @throws AwsRejected where a shadow variant stands in the way. */
export function jointConfigRequest(
  name: string,
  from: DescribeEndpointConfigOutput,
  target: SageMakerTargetSpec,
  owner: Owner,
): CreateEndpointConfigInput {
  const [shadow] = from.ShadowProductionVariants ?? [];
  if (shadow !== undefined)
    throw new MigrationError(
      'AwsRejected',
      `endpoint configuration ${from.EndpointConfigName} has the shadow variant ${shadow.VariantName}, and SageMaker ` +
        `allows none beside two production variants: take it off the endpoint first`,
    );
  // Its weight in the configuration would be 1 again where somebody updates without retaining what stands.
  const ours = variant(name, target, 0);
  return configLike(name, from, [...(from.ProductionVariants ?? []), ours], owner);
}

/** What is captured is text where it is JSON or CSV, so that a recording of it can be read. */
const CAPTURED_TYPES = { JsonContentTypes: ['application/json'], CsvContentTypes: ['text/csv'] };

export function shadowConfigRequest(
  name: string,
  from: DescribeEndpointConfigOutput,
  shadow: Parameters<ModelHosting['createShadowConfig']>[2],
  owner: Owner,
): CreateEndpointConfigInput {
  const { captureTo, kmsKeyId } = shadow.variant;
  // SageMaker says what stands in the way: another shadow, several variants, a kind of endpoint that has none.
  const ours = { ...variant(shadow.model, shadow.target, 0), VariantName: SHADOW_VARIANT };
  return {
    ...configLike(name, from, from.ProductionVariants ?? [], owner),
    ShadowProductionVariants: [...(from.ShadowProductionVariants ?? []), ours],
    DataCaptureConfig: {
      ...capture({ to: captureTo, percent: 100 }),
      ...(kmsKeyId === undefined ? {} : { KmsKeyId: kmsKeyId }),
      CaptureContentTypeHeader: CAPTURED_TYPES,
    },
  };
}

/** @throws NotFound. */
export function soleConfigRequest(
  name: string,
  from: DescribeEndpointConfigOutput,
  owner: Owner,
): CreateEndpointConfigInput {
  const ours = from.ProductionVariants?.find(({ VariantName }) => VariantName === VARIANT_NAME);
  if (ours === undefined)
    throw new MigrationError(
      'NotFound',
      `endpoint configuration ${from.EndpointConfigName} has no variant ${VARIANT_NAME}`,
    );
  return configLike(name, from, [{ ...ours, InitialVariantWeight: 1 }], owner);
}

/** Everything else that a configuration says, it says of the whole endpoint. */
function configLike(
  name: string,
  from: DescribeEndpointConfigOutput,
  ProductionVariants: ProductionVariant[],
  owner: Owner,
): CreateEndpointConfigInput {
  const {
    EndpointConfigArn: _arn,
    CreationTime: _createdAt,
    EndpointConfigName: before,
    ShadowProductionVariants: _shadow,
    $metadata: _reply,
    ...rest
  } = from as DescribeEndpointConfigOutput & { $metadata?: unknown };
  const tags = { ...ownerTags(owner), [TAG_CONFIG_BEFORE]: before ?? '' };
  return { ...rest, EndpointConfigName: name, ProductionVariants, Tags: tagList(tags) };
}

function variant(name: string, target: SageMakerTargetSpec, weight: number): ProductionVariant {
  const { instanceType, instanceCount, modelData, startupTimeoutSeconds, inferenceAmiVersion } = target;
  return {
    VariantName: VARIANT_NAME,
    ModelName: name,
    InstanceType: instanceType as NonNullable<ProductionVariant['InstanceType']>,
    InitialInstanceCount: instanceCount,
    InitialVariantWeight: weight,
    ContainerStartupHealthCheckTimeoutInSeconds: startupTimeoutSeconds,
    // The download comes before the start; whoever gives the one time gives it to the other as well.
    ...(modelData === undefined ? {} : { ModelDataDownloadTimeoutInSeconds: startupTimeoutSeconds }),
    ...(inferenceAmiVersion === undefined
      ? {}
      : { InferenceAmiVersion: inferenceAmiVersion as NonNullable<ProductionVariant['InferenceAmiVersion']> }),
  };
}

function capture({ to, percent }: DataCaptureSpec): NonNullable<CreateEndpointConfigInput['DataCaptureConfig']> {
  return {
    EnableCapture: true,
    InitialSamplingPercentage: percent,
    DestinationS3Uri: to,
    CaptureOptions: [{ CaptureMode: 'Input' }, { CaptureMode: 'Output' }],
  };
}
