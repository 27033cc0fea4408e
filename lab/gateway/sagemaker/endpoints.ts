/** The operations on endpoints: they check, note what is wanted, and leave the rest to the deployment. */
import type { CreateEndpointInput, DesiredWeightAndCapacity, UpdateEndpointInput } from '@aws-sdk/client-sagemaker';
import { AwsError } from '../answer';
import { arnOf, variantsOf } from './account';
import type { Endpoint, Operations, SageMakerAccount } from './account';
import type { Deployments } from './deployment';
import { describeEndpoint } from './describe';
import { fleetOf, retain } from './fleet';
import type { RetainedProperty } from './fleet';
import { listPage } from './listing';
import type { ListInput } from './listing';
import { countInstances } from './quotas';
import type { InstanceQuotas } from './quotas';
import { putTags } from './tags';

interface Named {
  readonly EndpointName: string;
}
interface Configured extends Named {
  readonly EndpointConfigName: string;
}

export class EndpointOperations {
  constructor(
    private readonly account: SageMakerAccount,
    private readonly deployments: Deployments,
    private readonly quotas: InstanceQuotas,
    private readonly onWeights: (weights: Record<string, Record<string, number>>) => void = () => undefined,
  ) {}

  table(): Operations {
    return {
      CreateEndpoint: (input: CreateEndpointInput & Configured) => this.create(input),
      DescribeEndpoint: ({ EndpointName }: Named) => describeEndpoint(this.account.endpoints.get(EndpointName)),
      ListEndpoints: (input: ListInput) => this.list(input),
      UpdateEndpoint: (input: UpdateEndpointInput & Configured) => this.update(input),
      UpdateEndpointWeightsAndCapacities: (
        input: Named & { readonly DesiredWeightsAndCapacities: readonly DesiredWeightAndCapacity[] },
      ) => this.updateWeights(input.EndpointName, input.DesiredWeightsAndCapacities),
      DeleteEndpoint: ({ EndpointName }: Named) => this.remove(EndpointName),
    };
  }

  private create(input: CreateEndpointInput & Configured): { EndpointArn: string } {
    this.account.endpoints.refuseExisting(input.EndpointName);
    const fleet = fleetOf(this.account, this.account.configs.get(input.EndpointConfigName));
    this.quotas.refuseExcess(countInstances([fleet]));
    const arn = arnOf('endpoint', input.EndpointName);
    const now = new Date();
    const endpoint: Endpoint = {
      name: input.EndpointName,
      arn,
      createdAt: now,
      modifiedAt: now,
      status: 'Creating',
      failureReason: undefined,
      fleet,
      pending: undefined,
      deploymentConfig: input.DeploymentConfig,
    };
    putTags(this.account, arn, input.Tags ?? []);
    this.account.endpoints.add(endpoint);
    this.inBackground(this.deployments.create(endpoint));
    return { EndpointArn: arn };
  }

  private list(input: ListInput): object {
    const { items, ...next } = listPage(this.account.endpoints.all(), input);
    const Endpoints = items.map(({ name, arn, createdAt, modifiedAt, status }) => ({
      EndpointName: name,
      EndpointArn: arn,
      CreationTime: createdAt,
      LastModifiedTime: modifiedAt,
      EndpointStatus: status,
    }));
    return { Endpoints, ...next };
  }

  private update(input: UpdateEndpointInput & Configured): { EndpointArn: string } {
    const endpoint = this.inService(input.EndpointName);
    const excluded = new Set(input.ExcludeRetainedVariantProperties?.map((property) => property.VariantPropertyType));
    const all: RetainedProperty[] = ['DesiredInstanceCount', 'DesiredWeight', 'DataCaptureConfig'];
    const kept = input.RetainAllVariantProperties ? all.filter((property) => !excluded.has(property)) : [];
    const made = fleetOf(this.account, this.account.configs.get(input.EndpointConfigName));
    const next = retain(made, endpoint.fleet, new Set(kept));
    // The old fleet runs until the new one is healthy, so all of the new one counts.
    this.quotas.refuseExcess(countInstances([next]));
    if (!input.RetainDeploymentConfig) endpoint.deploymentConfig = input.DeploymentConfig;
    this.inBackground(this.deployments.replace(endpoint, next));
    return { EndpointArn: endpoint.arn };
  }

  private updateWeights(name: string, desired: readonly DesiredWeightAndCapacity[]): { EndpointArn: string } {
    const endpoint = this.inService(name);
    const variants = new Map(variantsOf(endpoint.fleet).map((variant) => [variant.name, variant]));
    const delta = new Map<string, number>();
    for (const { VariantName = '', DesiredInstanceCount } of desired) {
      const variant = variants.get(VariantName);
      if (variant === undefined)
        throw new AwsError(
          'ValidationException',
          `The variant name(s) "${VariantName}" is/are not present within endpoint configuration "${endpoint.fleet.configName}".`,
        );
      const type = variant.config.InstanceType;
      if (type === undefined || DesiredInstanceCount === undefined) continue;
      delta.set(type, (delta.get(type) ?? 0) + DesiredInstanceCount - variant.desiredCount);
    }
    this.quotas.refuseExcess(delta);
    for (const { VariantName = '', DesiredWeight, DesiredInstanceCount } of desired) {
      const variant = variants.get(VariantName);
      if (variant === undefined) continue;
      variant.desiredWeight = DesiredWeight ?? variant.desiredWeight;
      variant.desiredCount = DesiredInstanceCount ?? variant.desiredCount;
    }
    this.inBackground(this.deployments.adjust(endpoint));
    return { EndpointArn: endpoint.arn };
  }

  private remove(name: string): object {
    const endpoint = this.account.endpoints.get(name);
    if (endpoint.status !== 'InService' && endpoint.status !== 'Failed') throw inProgress(endpoint);
    this.inBackground(this.deployments.remove(endpoint));
    return {};
  }

  private inBackground(change: Promise<void>): void {
    change.then(() => this.onWeights(this.weights())).catch((error: unknown) => console.error('endpoint:', error));
  }

  private weights(): Record<string, Record<string, number>> {
    return Object.fromEntries(
      this.account.endpoints
        .all()
        .map(({ name, fleet }) => [
          name,
          Object.fromEntries(fleet.production.map((variant) => [variant.name, variant.currentWeight])),
        ]),
    );
  }

  /** An endpoint that may be changed: in service, and with the configuration that it runs still there. */
  private inService(name: string): Endpoint {
    const endpoint = this.account.endpoints.get(name);
    if (endpoint.status === 'Failed')
      throw new AwsError(
        'ValidationException',
        `Cannot update endpoint "${endpoint.arn}" because its status is Failed.`,
      );
    if (endpoint.status !== 'InService') throw inProgress(endpoint);
    this.account.configs.get(endpoint.fleet.configName);
    return endpoint;
  }
}

/** SageMaker says "update" of deletions, too. */
function inProgress(endpoint: Endpoint): AwsError {
  return new AwsError('ValidationException', `Cannot update in-progress endpoint "${endpoint.arn}".`);
}
