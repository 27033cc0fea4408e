/** How many instances an endpoint's variant has, by target tracking. */
import type {
  ApplicationAutoScalingClient,
  ScalableTarget,
  SuspendedState,
  TargetTrackingScalingPolicyConfiguration,
} from '@aws-sdk/client-application-auto-scaling';
import {
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { assertNever } from '../domain/errors';
import type { EndpointScalingSpec } from '../domain/spec';
import { VARIANT_NAME } from '../ports/model-hosting';
import { awsCall } from './aws-errors';
import { acceptMissing, exactlyOne } from './found';

/** What takes instances away, by the word that we note for it. */
const SHRINKING = {
  in: 'DynamicScalingInSuspended',
  scheduled: 'ScheduledScalingSuspended',
} as const satisfies Record<string, keyof SuspendedState>;

export type Shrinking = keyof typeof SHRINKING;
export const ALL_SHRINKING = Object.keys(SHRINKING) as Shrinking[];

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
  async remove(endpointName: string, variantName = VARIANT_NAME): Promise<void> {
    const target = targetOf(endpointName, variantName);
    const command = new DeregisterScalableTargetCommand(target);
    await acceptMissing(
      awsCall('application-autoscaling:DeregisterScalableTarget', target.ResourceId, (abortSignal) =>
        this.client.send(command, { abortSignal }),
      ),
    );
  }

  /** @returns what may take instances of the variant away now; undefined when nothing scales it. */
  async findRunning(endpointName: string, variantName: string): Promise<Shrinking[] | undefined> {
    const found = await this.find(endpointName, variantName);
    return found && ALL_SHRINKING.filter(isRunning(found));
  }

  /** Everything else of it stays as it is. Accepts a variant that nothing scales. */
  async setSuspended(endpointName: string, variantName: string, all: readonly Shrinking[], on: boolean): Promise<void> {
    const found = await this.find(endpointName, variantName);
    if (found === undefined || all.length === 0) return;
    const target = targetOf(endpointName, variantName);
    const command = new RegisterScalableTargetCommand({
      ...target,
      SuspendedState: { ...found.SuspendedState, ...Object.fromEntries(all.map((which) => [SHRINKING[which], on])) },
    });
    await awsCall('application-autoscaling:RegisterScalableTarget', target.ResourceId, (abortSignal) =>
      this.client.send(command, { abortSignal }),
    );
  }

  private async find(endpointName: string, variantName: string): Promise<ScalableTarget | undefined> {
    const { ResourceId, ...kind } = targetOf(endpointName, variantName);
    const command = new DescribeScalableTargetsCommand({ ...kind, ResourceIds: [ResourceId] });
    const { ScalableTargets = [] } = await awsCall(
      'application-autoscaling:DescribeScalableTargets',
      ResourceId,
      (abortSignal) => this.client.send(command, { abortSignal }),
    );
    return ScalableTargets.length === 0 ? undefined : exactlyOne(ScalableTargets, `scalable target ${ResourceId}`);
  }
}

function isRunning({ SuspendedState: suspended }: ScalableTarget): (which: Shrinking) => boolean {
  return (which) => suspended?.[SHRINKING[which]] !== true;
}

function targetOf(
  endpointName: string,
  variantName = VARIANT_NAME,
): {
  ServiceNamespace: 'sagemaker';
  ResourceId: string;
  ScalableDimension: 'sagemaker:variant:DesiredInstanceCount';
} {
  return {
    ServiceNamespace: 'sagemaker',
    ResourceId: `endpoint/${endpointName}/variant/${variantName}`,
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
