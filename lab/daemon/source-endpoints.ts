/** Workloads whose model is on a SageMaker endpoint before the migration, behind invoke proxies that ask it. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  ApplicationAutoScalingClient,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DescribeEndpointCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { VARIANT_NAME } from '../../src/ports/model-hosting';
import { LAB_ACCOUNT, LAB_REGION, userClientConfig } from '../aws-env';
import type { SourceEndpoint } from '../info';
import { SOURCE_VARIANT } from '../traffic/generator';
import type { InvokeProxies } from './invoke-proxies';

const IN_SERVICE_MS_MAX = 20_000;
const INSTANCES = { min: 1, max: 4 };
/** Invocations a minute and instance: what an owner may have set. */
const SCALE_ON = 1_000;

export class EndpointAccount {
  private readonly sageMaker: SageMakerClient;
  private readonly scaling: ApplicationAutoScalingClient;

  constructor(
    endpoint: string,
    private readonly proxies: InvokeProxies,
  ) {
    this.sageMaker = new SageMakerClient(userClientConfig(endpoint));
    this.scaling = new ApplicationAutoScalingClient(userClientConfig(endpoint));
  }

  /** Resolves when the endpoint is in service. @returns it, and where the proxy listens that asks as the weights say. */
  async make(workload: string): Promise<{ endpoint: SourceEndpoint; source: string }> {
    const endpointName = `${workload}-live`;
    await this.deploy(workload, endpointName);
    await this.scale(endpointName);
    const asking = { CROSSFADE_PROXY_ENDPOINT: endpointName };
    const [source, targetEndpoint] = await Promise.all([
      this.proxies.start(endpointName, asking),
      this.proxies.start(`${endpointName}-${VARIANT_NAME}`, { ...asking, CROSSFADE_PROXY_VARIANT: VARIANT_NAME }),
    ]);
    return { endpoint: { endpointName, sourceVariant: SOURCE_VARIANT, targetEndpoint }, source };
  }

  private async deploy(workload: string, EndpointName: string): Promise<void> {
    const EndpointConfigName = `${EndpointName}-config`;
    const ModelName = `${EndpointName}-model`;
    await this.sageMaker.send(
      new CreateModelCommand({
        ModelName,
        ExecutionRoleArn: `arn:aws:iam::${LAB_ACCOUNT}:role/crossfade-lab-sagemaker`,
        PrimaryContainer: { Image: `${LAB_ACCOUNT}.dkr.ecr.${LAB_REGION}.amazonaws.com/${workload}:0` },
      }),
    );
    const variant = {
      VariantName: SOURCE_VARIANT,
      ModelName,
      InstanceType: 'ml.g4dn.xlarge' as const,
      InitialInstanceCount: INSTANCES.min,
    };
    await this.sageMaker.send(new CreateEndpointConfigCommand({ EndpointConfigName, ProductionVariants: [variant] }));
    await this.sageMaker.send(new CreateEndpointCommand({ EndpointName, EndpointConfigName }));
    const deadlineMs = Date.now() + IN_SERVICE_MS_MAX;
    for (;;) {
      const { EndpointStatus } = await this.sageMaker.send(new DescribeEndpointCommand({ EndpointName }));
      if (EndpointStatus === 'InService') return;
      if (EndpointStatus === 'Failed' || Date.now() > deadlineMs)
        throw new Error(`endpoint ${EndpointName} does not come into service: it is ${EndpointStatus}`);
      await delay(100);
    }
  }

  private async scale(endpointName: string): Promise<void> {
    const target = {
      ServiceNamespace: 'sagemaker',
      ResourceId: `endpoint/${endpointName}/variant/${SOURCE_VARIANT}`,
      ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
    } as const;
    await this.scaling.send(
      new RegisterScalableTargetCommand({ ...target, MinCapacity: INSTANCES.min, MaxCapacity: INSTANCES.max }),
    );
    await this.scaling.send(
      new PutScalingPolicyCommand({
        ...target,
        PolicyName: endpointName,
        PolicyType: 'TargetTrackingScaling',
        TargetTrackingScalingPolicyConfiguration: {
          TargetValue: SCALE_ON,
          PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerVariantInvocationsPerInstance' },
        },
      }),
    );
  }
}
