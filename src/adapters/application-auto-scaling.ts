/** How many instances an endpoint's variant has, by target tracking. */
import type {
  ApplicationAutoScalingClient,
  TargetTrackingScalingPolicyConfiguration,
} from '@aws-sdk/client-application-auto-scaling';
import {
  DeregisterScalableTargetCommand,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { assertNever } from '../domain/errors';
import type { EndpointScalingSpec } from '../domain/spec';
import { VARIANT_NAME } from '../ports/model-hosting';
import { awsCall } from './aws-errors';
import { acceptMissing } from './found';

export class EndpointScaling {
  constructor(private readonly client: ApplicationAutoScalingClient) {}

  async put(endpointName: string, scaling: EndpointScalingSpec): Promise<void> {
    const target = targetOf(endpointName);
    const register = new RegisterScalableTargetCommand({
      ...target,
      MinCapacity: scaling.min,
      MaxCapacity: scaling.max,
    });
    await awsCall('application-autoscaling:RegisterScalableTarget', target.ResourceId, (abortSignal) =>
      this.client.send(register, { abortSignal }),
    );
    const policy = new PutScalingPolicyCommand({
      ...target,
      PolicyName: endpointName,
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: tracking(endpointName, scaling),
    });
    await awsCall('application-autoscaling:PutScalingPolicy', target.ResourceId, (abortSignal) =>
      this.client.send(policy, { abortSignal }),
    );
  }

  /** Its policies go with it. */
  async remove(endpointName: string): Promise<void> {
    const target = targetOf(endpointName);
    const command = new DeregisterScalableTargetCommand(target);
    await acceptMissing(
      awsCall('application-autoscaling:DeregisterScalableTarget', target.ResourceId, (abortSignal) =>
        this.client.send(command, { abortSignal }),
      ),
    );
  }
}

function targetOf(endpointName: string): {
  ServiceNamespace: 'sagemaker';
  ResourceId: string;
  ScalableDimension: 'sagemaker:variant:DesiredInstanceCount';
} {
  return {
    ServiceNamespace: 'sagemaker',
    ResourceId: `endpoint/${endpointName}/variant/${VARIANT_NAME}`,
    ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
  };
}

function tracking(endpointName: string, { on, value }: EndpointScalingSpec): TargetTrackingScalingPolicyConfiguration {
  switch (on) {
    case 'invocations':
      return {
        TargetValue: value,
        PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerVariantInvocationsPerInstance' },
      };
    case 'gpu':
      return {
        TargetValue: value,
        CustomizedMetricSpecification: {
          Namespace: '/aws/sagemaker/Endpoints',
          MetricName: 'GPUUtilization',
          Dimensions: [
            { Name: 'EndpointName', Value: endpointName },
            { Name: 'VariantName', Value: VARIANT_NAME },
          ],
          Statistic: 'Average',
          Unit: 'Percent',
        },
      };
    default:
      return assertNever(on);
  }
}
