/** Models, endpoint configurations and endpoints of SageMaker as ModelHosting; scaling and quotas are beside it. */
import type { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import type {
  CreateEndpointConfigInput,
  DescribeEndpointConfigOutput,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import {
  AddTagsCommand,
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DeleteEndpointCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  UpdateEndpointCommand,
  UpdateEndpointWeightsAndCapacitiesCommand,
} from '@aws-sdk/client-sagemaker';
import type { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import type { Owner } from '../domain/resources';
import { ownerOf, ownerTags, TAG_CONFIG_BEFORE } from '../domain/resources';
import type { EndpointScalingSpec, SageMakerTargetSpec } from '../domain/spec';
import type { EndpointConfigState, EndpointState, InstanceQuota, ModelHosting } from '../ports/model-hosting';
import type { Found } from '../ports/traffic-router';
import { EndpointScaling } from './application-auto-scaling';
import { awsCall } from './aws-errors';
import { tagList } from './aws-tags';
import { HeldScaling } from './held-scaling';
import { SageMakerReads, unlessMissing } from './sagemaker-reads';
import {
  endpointConfigRequest,
  jointConfigRequest,
  modelRequest,
  shadowConfigRequest,
  soleConfigRequest,
} from './sagemaker-requests';
import { readInstanceQuota } from './service-quotas';

export class SageMakerHosting implements ModelHosting {
  private readonly scaling: EndpointScaling;
  private readonly reads: SageMakerReads;
  private readonly held: HeldScaling;

  constructor(
    private readonly client: SageMakerClient,
    autoScaling: ApplicationAutoScalingClient,
    private readonly quotas: ServiceQuotasClient,
  ) {
    this.scaling = new EndpointScaling(autoScaling);
    this.reads = new SageMakerReads(client);
    this.held = new HeldScaling(client, this.scaling, this.reads);
  }

  async findModel(name: string): Promise<Found<{ arn: string }> | undefined> {
    const command = new DescribeModelCommand({ ModelName: name });
    const reply = await unlessMissing(
      awsCall('sagemaker:DescribeModel', name, (abortSignal) => this.client.send(command, { abortSignal })),
    );
    return reply && this.owned(reply.ModelArn ?? '', { arn: reply.ModelArn ?? '' });
  }

  async createModel(name: string, target: SageMakerTargetSpec, owner: Owner): Promise<{ arn: string }> {
    const command = new CreateModelCommand(modelRequest(name, target, owner));
    const reply = await awsCall('sagemaker:CreateModel', name, (abortSignal) =>
      this.client.send(command, { abortSignal }),
    );
    return { arn: reply.ModelArn ?? '' };
  }

  async deleteModel(name: string): Promise<void> {
    const command = new DeleteModelCommand({ ModelName: name });
    await unlessMissing(
      awsCall('sagemaker:DeleteModel', name, (abortSignal) => this.client.send(command, { abortSignal })),
    );
  }

  async findEndpointConfig(name: string): Promise<Found<EndpointConfigState> | undefined> {
    const reply = await unlessMissing(this.describeConfig(name));
    if (reply === undefined) return undefined;
    const arn = reply.EndpointConfigArn ?? '';
    const tags = await this.reads.tags(arn);
    const before = tags?.[TAG_CONFIG_BEFORE];
    return tags && { value: { arn, ...(before === undefined ? {} : { before }) }, owner: ownerOf(tags) };
  }

  createEndpointConfig(name: string, target: SageMakerTargetSpec, owner: Owner): Promise<{ arn: string }> {
    return this.createConfig(endpointConfigRequest(name, target, owner));
  }

  async createJointConfig(
    name: string,
    from: string,
    target: SageMakerTargetSpec,
    owner: Owner,
  ): Promise<EndpointConfigState> {
    const request = jointConfigRequest(name, await this.describeConfig(from), target, owner);
    return { ...(await this.createConfig(request)), before: from };
  }

  async createShadowConfig(
    name: string,
    from: string,
    shadow: Parameters<ModelHosting['createShadowConfig']>[2],
    owner: Owner,
  ): Promise<EndpointConfigState> {
    const request = shadowConfigRequest(name, await this.describeConfig(from), shadow, owner);
    return { ...(await this.createConfig(request)), before: from };
  }

  async createSoleConfig(name: string, from: string, owner: Owner): Promise<EndpointConfigState> {
    const request = soleConfigRequest(name, await this.describeConfig(from), owner);
    return { ...(await this.createConfig(request)), before: from };
  }

  private describeConfig(name: string): Promise<DescribeEndpointConfigOutput> {
    const command = new DescribeEndpointConfigCommand({ EndpointConfigName: name });
    return awsCall('sagemaker:DescribeEndpointConfig', name, (abortSignal) =>
      this.client.send(command, { abortSignal }),
    );
  }

  private async createConfig(request: CreateEndpointConfigInput): Promise<{ arn: string }> {
    const command = new CreateEndpointConfigCommand(request);
    const reply = await awsCall('sagemaker:CreateEndpointConfig', request.EndpointConfigName ?? '', (abortSignal) =>
      this.client.send(command, { abortSignal }),
    );
    return { arn: reply.EndpointConfigArn ?? '' };
  }

  async deleteEndpointConfig(name: string): Promise<void> {
    const command = new DeleteEndpointConfigCommand({ EndpointConfigName: name });
    await unlessMissing(
      awsCall('sagemaker:DeleteEndpointConfig', name, (abortSignal) => this.client.send(command, { abortSignal })),
    );
  }

  async findEndpoint(name: string): Promise<Found<EndpointState> | undefined> {
    const state = await this.reads.endpoint(name);
    return state && this.owned(state.arn, state);
  }

  async createEndpoint(name: string, owner: Owner): Promise<{ arn: string }> {
    const command = new CreateEndpointCommand({
      EndpointName: name,
      EndpointConfigName: name,
      Tags: tagList(ownerTags(owner)),
    });
    const reply = await awsCall('sagemaker:CreateEndpoint', name, (abortSignal) =>
      this.client.send(command, { abortSignal }),
    );
    return { arn: reply.EndpointArn ?? '' };
  }

  async updateEndpoint(name: string, configName: string, capture: 'kept' | 'configured'): Promise<void> {
    const command = new UpdateEndpointCommand({
      EndpointName: name,
      EndpointConfigName: configName,
      RetainAllVariantProperties: true,
      ...(capture === 'kept'
        ? {}
        : { ExcludeRetainedVariantProperties: [{ VariantPropertyType: 'DataCaptureConfig' as const }] }),
    });
    await awsCall('sagemaker:UpdateEndpoint', name, (abortSignal) => this.client.send(command, { abortSignal }));
  }

  async setVariantWeight(name: string, variantName: string, weight: number): Promise<void> {
    const command = new UpdateEndpointWeightsAndCapacitiesCommand({
      EndpointName: name,
      DesiredWeightsAndCapacities: [{ VariantName: variantName, DesiredWeight: weight }],
    });
    await awsCall('sagemaker:UpdateEndpointWeightsAndCapacities', name, (abortSignal) =>
      this.client.send(command, { abortSignal }),
    );
  }

  async deleteEndpoint(name: string): Promise<void> {
    const command = new DeleteEndpointCommand({ EndpointName: name });
    try {
      await unlessMissing(
        awsCall('sagemaker:DeleteEndpoint', name, (abortSignal) => this.client.send(command, { abortSignal })),
      );
    } catch (error) {
      // One that is going already is refused with the code of every other validation error, so look instead.
      const state = await this.reads.endpoint(name);
      if (state !== undefined && state.status !== 'Deleting') throw error;
    }
  }

  async tagEndpoint(arn: string, tags: Readonly<Record<string, string>>): Promise<void> {
    if (Object.keys(tags).length === 0) return;
    const command = new AddTagsCommand({ ResourceArn: arn, Tags: tagList(tags) });
    await awsCall('sagemaker:AddTags', arn, (abortSignal) => this.client.send(command, { abortSignal }));
  }

  putScaling(endpointName: string, scaling: EndpointScalingSpec): Promise<void> {
    return this.scaling.put(endpointName, scaling);
  }

  removeScaling(endpointName: string, variantName?: string): Promise<void> {
    return this.scaling.remove(endpointName, variantName);
  }

  holdScaling(endpointName: string, variantName: string): Promise<void> {
    return this.held.hold(endpointName, variantName);
  }

  releaseScaling(endpointName: string, variantName: string): Promise<void> {
    return this.held.release(endpointName, variantName);
  }

  readInstanceQuota(instanceType: string): Promise<InstanceQuota | undefined> {
    return readInstanceQuota(this.quotas, instanceType);
  }

  /** @returns undefined when it vanished before its tags were read. */
  private async owned<T>(arn: string, value: T): Promise<Found<T> | undefined> {
    const tags = await this.reads.tags(arn);
    return tags && { value, owner: ownerOf(tags) };
  }
}
