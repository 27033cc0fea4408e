/** An endpoint as DescribeEndpoint shows it. */
import type {
  DataCaptureConfigSummary,
  DescribeEndpointOutput,
  PendingProductionVariantSummary,
  ProductionVariantSummary,
} from '@aws-sdk/client-sagemaker';
import type { Endpoint, Fleet, Variant } from './account';

/** While an update runs, the configuration and the variants are the old ones; the new are under PendingDeploymentSummary. */
export function describeEndpoint(endpoint: Endpoint): DescribeEndpointOutput {
  const { fleet, pending, failureReason, deploymentConfig } = endpoint;
  return {
    EndpointName: endpoint.name,
    EndpointArn: endpoint.arn,
    EndpointConfigName: fleet.configName,
    EndpointStatus: endpoint.status,
    CreationTime: endpoint.createdAt,
    LastModifiedTime: endpoint.modifiedAt,
    ProductionVariants: fleet.production.map(summary),
    ...(fleet.shadow.length === 0 ? {} : { ShadowProductionVariants: fleet.shadow.map(summary) }),
    ...(fleet.capture === undefined ? {} : { DataCaptureConfig: captureSummary(fleet) }),
    ...(failureReason === undefined ? {} : { FailureReason: failureReason }),
    ...(deploymentConfig === undefined ? {} : { LastDeploymentConfig: deploymentConfig }),
    ...(pending === undefined
      ? {}
      : {
          PendingDeploymentSummary: {
            EndpointConfigName: pending.fleet.configName,
            StartTime: pending.startedAt,
            ProductionVariants: pending.fleet.production.map(pendingSummary),
            ...(pending.fleet.shadow.length === 0
              ? {}
              : { ShadowProductionVariants: pending.fleet.shadow.map(pendingSummary) }),
          },
        }),
  };
}

function summary(variant: Variant): ProductionVariantSummary {
  const { ServerlessConfig } = variant.config;
  return {
    VariantName: variant.name,
    DeployedImages: [...variant.images],
    CurrentWeight: variant.currentWeight,
    DesiredWeight: variant.desiredWeight,
    // Of a serverless variant, AWS tells no instances.
    CurrentInstanceCount: ServerlessConfig === undefined ? variant.currentCount : 0,
    DesiredInstanceCount: ServerlessConfig === undefined ? variant.desiredCount : 0,
    ...(ServerlessConfig === undefined ? {} : { CurrentServerlessConfig: ServerlessConfig }),
  };
}

function pendingSummary(variant: Variant): PendingProductionVariantSummary {
  const { InstanceType, AcceleratorType } = variant.config;
  return {
    ...summary(variant),
    ...(InstanceType === undefined ? {} : { InstanceType }),
    ...(AcceleratorType === undefined ? {} : { AcceleratorType }),
  };
}

function captureSummary({ capture }: Fleet): DataCaptureConfigSummary {
  const isOn = capture?.EnableCapture !== false;
  return {
    EnableCapture: isOn,
    CaptureStatus: isOn ? 'Started' : 'Stopped',
    CurrentSamplingPercentage: capture?.InitialSamplingPercentage ?? 0,
    DestinationS3Uri: capture?.DestinationS3Uri ?? '',
    KmsKeyId: capture?.KmsKeyId ?? '',
  };
}
