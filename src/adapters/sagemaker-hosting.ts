/** Models, endpoint configurations and endpoints of SageMaker as ModelHosting; scaling and quotas are beside it. */
import type { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import type { DescribeEndpointOutput, SageMakerClient, Tag } from '@aws-sdk/client-sagemaker';
import {
  AddTagsCommand,
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DeleteEndpointCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  ListTagsCommand,
} from '@aws-sdk/client-sagemaker';
import type { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { MigrationError } from '../domain/errors';
import type { Owner } from '../domain/resources';
import { ownerOf, ownerTags } from '../domain/resources';
import type { EndpointScalingSpec, SageMakerTargetSpec } from '../domain/spec';
import type { EndpointState, EndpointStatus, InstanceQuota, ModelHosting } from '../ports/model-hosting';
import type { Found } from '../ports/traffic-router';
import { EndpointScaling } from './application-auto-scaling';
import { awsCall, awsCodeOf } from './aws-errors';
import { tagList, tagRecord } from './aws-tags';
import { endpointConfigRequest, modelRequest } from './sagemaker-requests';
import { readInstanceQuota } from './service-quotas';

const STATUSES: Readonly<Record<EndpointStatus, true>> = {
  Creating: true,
  Updating: true,
  SystemUpdating: true,
  RollingBack: true,
  InService: true,
  Deleting: true,
  Failed: true,
  OutOfService: true,
  UpdateRollbackFailed: true,
};

export class SageMakerHosting implements ModelHosting {
  private readonly scaling: EndpointScaling;

  constructor(
    private readonly client: SageMakerClient,
    autoScaling: ApplicationAutoScalingClient,
    private readonly quotas: ServiceQuotasClient,
  ) {
    this.scaling = new EndpointScaling(autoScaling);
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

  async findEndpointConfig(name: string): Promise<Found<{ arn: string }> | undefined> {
    const command = new DescribeEndpointConfigCommand({ EndpointConfigName: name });
    const reply = await unlessMissing(
      awsCall('sagemaker:DescribeEndpointConfig', name, (abortSignal) => this.client.send(command, { abortSignal })),
    );
    return reply && this.owned(reply.EndpointConfigArn ?? '', { arn: reply.EndpointConfigArn ?? '' });
  }

  async createEndpointConfig(name: string, target: SageMakerTargetSpec, owner: Owner): Promise<{ arn: string }> {
    const command = new CreateEndpointConfigCommand(endpointConfigRequest(name, target, owner));
    const reply = await awsCall('sagemaker:CreateEndpointConfig', name, (abortSignal) =>
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
    const state = await this.describeEndpoint(name);
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

  async deleteEndpoint(name: string): Promise<void> {
    const command = new DeleteEndpointCommand({ EndpointName: name });
    try {
      await unlessMissing(
        awsCall('sagemaker:DeleteEndpoint', name, (abortSignal) => this.client.send(command, { abortSignal })),
      );
    } catch (error) {
      // One that is going already is refused with the code of every other validation error, so look instead.
      const state = await this.describeEndpoint(name);
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

  removeScaling(endpointName: string): Promise<void> {
    return this.scaling.remove(endpointName);
  }

  readInstanceQuota(instanceType: string): Promise<InstanceQuota | undefined> {
    return readInstanceQuota(this.quotas, instanceType);
  }

  private async describeEndpoint(name: string): Promise<EndpointState | undefined> {
    const command = new DescribeEndpointCommand({ EndpointName: name });
    const reply = await unlessMissing(
      awsCall('sagemaker:DescribeEndpoint', name, (abortSignal) => this.client.send(command, { abortSignal })),
    );
    return reply && toState(name, reply);
  }

  /** @returns undefined when it vanished before its tags were read. */
  private async owned<T>(arn: string, value: T): Promise<Found<T> | undefined> {
    const tags: Tag[] = [];
    let NextToken: string | undefined;
    do {
      const command = new ListTagsCommand({ ResourceArn: arn, NextToken });
      const page = await unlessMissing(
        awsCall('sagemaker:ListTags', arn, (abortSignal) => this.client.send(command, { abortSignal })),
      );
      if (page === undefined) return undefined;
      tags.push(...(page.Tags ?? []));
      NextToken = page.NextToken;
    } while (NextToken);
    return { value, owner: ownerOf(tagRecord(tags)) };
  }
}

/** @throws AwsRejected for a status that we do not know: waiting on would be guessing. */
function toState(name: string, reply: DescribeEndpointOutput): EndpointState {
  const status = String(reply.EndpointStatus);
  if (!Object.hasOwn(STATUSES, status))
    throw new MigrationError(
      'AwsRejected',
      `endpoint ${name} has the status '${status}', which Crossfade does not know`,
    );
  return {
    arn: reply.EndpointArn ?? '',
    status: status as EndpointStatus,
    configName: reply.EndpointConfigName ?? '',
    ...(reply.FailureReason ? { failureReason: reply.FailureReason } : {}),
    variants: (reply.ProductionVariants ?? []).map((variant) => ({
      name: variant.VariantName ?? '',
      currentWeight: variant.CurrentWeight ?? 0,
      desiredWeight: variant.DesiredWeight ?? 0,
      currentInstanceCount: variant.CurrentInstanceCount ?? 0,
      desiredInstanceCount: variant.DesiredInstanceCount ?? 0,
    })),
  };
}

/**
 * Turns "not there" into undefined; every other error stays. SageMaker has no code for it: one that is missing is a
 * ValidationException as a malformed name is, and only the first words of its message tell them apart.
 */
async function unlessMissing<T>(reply: Promise<T>): Promise<T | undefined> {
  try {
    return await reply;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  if (!(error instanceof MigrationError)) return false;
  if (error.code === 'NotFound') return true;
  const { cause } = error;
  return (
    awsCodeOf(error) === 'ValidationException' && cause instanceof Error && cause.message.startsWith('Could not find ')
  );
}
