/**
 * Application Auto Scaling for SageMaker. Registered, described, removed; nothing scales.
 * moto has it, but loses pages, lets a policy outlive its target, and registers endpoints that do not exist.
 */
import { randomUUID } from 'node:crypto';
import type {
  DescribeScalableTargetsRequest,
  DescribeScalingPoliciesRequest,
  PutScalingPolicyRequest,
  RegisterScalableTargetRequest,
  ScalableTarget,
  ScalingPolicy,
} from '@aws-sdk/client-application-auto-scaling';
import { LAB_ACCOUNT, LAB_REGION } from '../../aws-env';
import { AwsError } from '../answer';
import type { Operations, SageMakerAccount } from './account';
import { pageFrom } from './listing';

const DIMENSION = 'sagemaker:variant:DesiredInstanceCount';
const PAGE_SIZE = 50;
const SERVICE_ROLE = `arn:aws:iam::${LAB_ACCOUNT}:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint`;

interface Place {
  readonly ResourceId: string;
  readonly ScalableDimension: string;
}

export class EndpointScaling {
  private readonly targets = new Map<string, ScalableTarget>();
  private readonly policies = new Map<string, ScalingPolicy>();

  constructor(private readonly account: SageMakerAccount) {}

  operations(): Operations {
    return {
      RegisterScalableTarget: (input: RegisterScalableTargetRequest & Place) => this.register(input),
      DescribeScalableTargets: (input: DescribeScalableTargetsRequest) => this.describeTargets(input),
      DeregisterScalableTarget: (input: Place) => this.deregister(input),
      PutScalingPolicy: (input: PutScalingPolicyRequest & Place) => this.putPolicy(input),
      DescribeScalingPolicies: (input: DescribeScalingPoliciesRequest) => this.describePolicies(input),
      DeleteScalingPolicy: (input: Place & { readonly PolicyName: string }) => this.deletePolicy(input),
    };
  }

  private register(input: RegisterScalableTargetRequest & Place): object {
    this.requireVariantInService(input);
    const known = this.targets.get(keyOf(input));
    const MinCapacity = input.MinCapacity ?? known?.MinCapacity;
    const MaxCapacity = input.MaxCapacity ?? known?.MaxCapacity;
    if (MinCapacity === undefined || MaxCapacity === undefined)
      throw invalid('You must specify MinCapacity and MaxCapacity when you register a new scalable target.');
    if (MinCapacity > MaxCapacity) throw invalid('Maximum capacity cannot be less than minimum capacity');
    const target: ScalableTarget = {
      ServiceNamespace: 'sagemaker',
      ResourceId: input.ResourceId,
      ScalableDimension: DIMENSION,
      MinCapacity,
      MaxCapacity,
      RoleARN: input.RoleARN ?? known?.RoleARN ?? SERVICE_ROLE,
      CreationTime: known?.CreationTime ?? new Date(),
      SuspendedState: {
        DynamicScalingInSuspended: false,
        DynamicScalingOutSuspended: false,
        ScheduledScalingSuspended: false,
        ...known?.SuspendedState,
        ...input.SuspendedState,
      },
      ScalableTargetARN:
        known?.ScalableTargetARN ??
        `arn:aws:application-autoscaling:${LAB_REGION}:${LAB_ACCOUNT}:scalable-target/${randomUUID()}`,
    };
    this.targets.set(keyOf(input), target);
    return { ScalableTargetARN: target.ScalableTargetARN };
  }

  private describeTargets(input: DescribeScalableTargetsRequest): object {
    const kept = [...this.targets.values()].filter(
      ({ ResourceId = '' }) =>
        ((input.ResourceIds?.length ?? 0) === 0 || input.ResourceIds?.includes(ResourceId)) &&
        (input.ScalableDimension ?? DIMENSION) === DIMENSION,
    );
    const { items, ...next } = pageFrom(kept, input.NextToken, input.MaxResults ?? PAGE_SIZE);
    return { ScalableTargets: items, ...next };
  }

  /** Its policies go with it. */
  private deregister(input: Place): object {
    this.requireTarget(input);
    this.targets.delete(keyOf(input));
    for (const [key, { ResourceId }] of this.policies) if (ResourceId === input.ResourceId) this.policies.delete(key);
    return {};
  }

  private putPolicy(input: PutScalingPolicyRequest & Place): object {
    this.requireTarget(input);
    const key = `${keyOf(input)} ${input.PolicyName}`;
    const known = this.policies.get(key);
    const { TargetTrackingScalingPolicyConfiguration: tracking, StepScalingPolicyConfiguration: step } = input;
    if ((tracking === undefined) === (step === undefined))
      throw invalid('You must specify the configuration that belongs to the type of the policy.');
    const policy: ScalingPolicy = {
      PolicyARN:
        known?.PolicyARN ??
        `arn:aws:autoscaling:${LAB_REGION}:${LAB_ACCOUNT}:scalingPolicy:${randomUUID()}:resource/sagemaker/${input.ResourceId}:policyName/${input.PolicyName}`,
      PolicyName: input.PolicyName,
      ServiceNamespace: 'sagemaker',
      ResourceId: input.ResourceId,
      ScalableDimension: DIMENSION,
      PolicyType: input.PolicyType ?? 'StepScaling',
      ...(tracking === undefined ? {} : { TargetTrackingScalingPolicyConfiguration: tracking }),
      ...(step === undefined ? {} : { StepScalingPolicyConfiguration: step }),
      Alarms: [],
      CreationTime: known?.CreationTime ?? new Date(),
    };
    this.policies.set(key, policy);
    return { PolicyARN: policy.PolicyARN, Alarms: [] };
  }

  private describePolicies(input: DescribeScalingPoliciesRequest): object {
    const kept = [...this.policies.values()].filter(
      ({ ResourceId, PolicyName = '' }) =>
        (input.ResourceId === undefined || ResourceId === input.ResourceId) &&
        (input.ScalableDimension ?? DIMENSION) === DIMENSION &&
        ((input.PolicyNames?.length ?? 0) === 0 || input.PolicyNames?.includes(PolicyName)),
    );
    const { items, ...next } = pageFrom(kept, input.NextToken, input.MaxResults ?? PAGE_SIZE);
    return { ScalingPolicies: items, ...next };
  }

  private deletePolicy(input: Place & { readonly PolicyName: string }): object {
    if (!this.policies.delete(`${keyOf(input)} ${input.PolicyName}`))
      throw notFound(
        `No scaling policy found for service namespace: sagemaker, resource ID: ${input.ResourceId}, scalable dimension: ${input.ScalableDimension}: policy name: ${input.PolicyName}`,
      );
    return {};
  }

  private requireTarget(place: Place): void {
    if (!this.targets.has(keyOf(place)))
      throw notFound(
        `No scalable target found for service namespace: sagemaker, resource ID: ${place.ResourceId}, scalable dimension: ${place.ScalableDimension}`,
      );
  }

  private requireVariantInService({ ResourceId, ScalableDimension }: Place): void {
    const [, endpointName = '', variantName = ''] = /^endpoint\/([^/]+)\/variant\/([^/]+)$/.exec(ResourceId) ?? [];
    if (endpointName === '' || ScalableDimension !== DIMENSION)
      throw invalid('Unsupported service namespace, resource type or scalable dimension');
    const endpoint = this.account.endpoints.find(endpointName);
    if (endpoint === undefined || endpoint.status !== 'InService')
      throw invalid(
        `Endpoint ${endpointName} must be in service to register ${ResourceId} (it is ${endpoint?.status ?? 'not there'}).`,
      );
    if (!endpoint.fleet.production.some(({ name }) => name === variantName))
      throw invalid(`Endpoint ${endpointName} has no production variant ${variantName}.`);
  }
}

const keyOf = ({ ResourceId, ScalableDimension }: Place): string => `${ResourceId} ${ScalableDimension}`;
const invalid = (message: string): AwsError => new AwsError('ValidationException', message);
const notFound = (message: string): AwsError => new AwsError('ObjectNotFoundException', message);
