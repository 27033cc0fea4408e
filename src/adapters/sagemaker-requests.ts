/** What SageMaker is asked for, from the spec. Everything of one workload bears the same name. */
import type { CreateEndpointConfigInput, CreateModelInput, ProductionVariant } from '@aws-sdk/client-sagemaker';
import type { Owner } from '../domain/resources';
import { ownerTags } from '../domain/resources';
import type { DataCaptureSpec, SageMakerTargetSpec } from '../domain/spec';
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
    ProductionVariants: [variant(name, target)],
    ...(kmsKeyId === undefined ? {} : { KmsKeyId: kmsKeyId }),
    ...(dataCapture === undefined ? {} : { DataCaptureConfig: capture(dataCapture) }),
    Tags: tagList(ownerTags(owner)),
  };
}

function variant(name: string, target: SageMakerTargetSpec): ProductionVariant {
  const { instanceType, instanceCount, modelData, startupTimeoutSeconds, inferenceAmiVersion } = target;
  return {
    VariantName: VARIANT_NAME,
    ModelName: name,
    InstanceType: instanceType as NonNullable<ProductionVariant['InstanceType']>,
    InitialInstanceCount: instanceCount,
    InitialVariantWeight: 1,
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
