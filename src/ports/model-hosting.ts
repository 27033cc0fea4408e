import { assertNever } from '../domain/errors';
import type { Owner } from '../domain/resources';
import type { EndpointScalingSpec, SageMakerTargetSpec, ShadowVariantSpec } from '../domain/spec';
import type { Found } from './traffic-router';

/** SageMaker's own words; every other one is an error. */
export type EndpointStatus =
  | 'Creating'
  | 'Updating'
  | 'SystemUpdating'
  | 'RollingBack'
  | 'InService'
  | 'Deleting'
  | 'Failed'
  | 'OutOfService'
  | 'UpdateRollbackFailed';

/** `over`: nothing but a deletion, or another update, leads on. */
export type EndpointPhase = 'changing' | 'rolling back' | 'serving' | 'over';

export function endpointPhase(status: EndpointStatus): EndpointPhase {
  switch (status) {
    case 'Creating':
    case 'Updating':
    case 'SystemUpdating':
      return 'changing';
    case 'RollingBack':
      return 'rolling back';
    case 'InService':
      return 'serving';
    case 'UpdateRollbackFailed':
    case 'OutOfService':
    case 'Failed':
    case 'Deleting':
      return 'over';
    default:
      return assertNever(status);
  }
}

export interface EndpointState {
  readonly arn: string;
  readonly status: EndpointStatus;
  readonly configName: string;
  /** Another configuration, which an update under way leads to. */
  readonly nextConfigName?: string;
  /** Why it is `Failed`, in SageMaker's words; undefined: it says nothing. */
  readonly failureReason?: string;
  /** Production variants: they answer users. */
  readonly variants: readonly VariantState[];
  /** They get copies of requests, and their answers go nowhere. Not there: none. */
  readonly shadows?: readonly VariantState[];
  /** Where Data Capture writes; not there: nothing is captured. */
  readonly captureTo?: string;
}

export interface EndpointConfigState {
  readonly arn: string;
  /** Only of a joint, shadow or sole one: what it was made from. */
  readonly before?: string;
}

export interface VariantState {
  readonly name: string;
  readonly currentWeight: number;
  readonly desiredWeight: number;
  readonly currentInstanceCount: number;
  readonly desiredInstanceCount: number;
  /** It has no instances to count. */
  readonly isServerless?: boolean;
}

/** The only production variant of an endpoint of ours, and ours on an endpoint that was there before. */
export const VARIANT_NAME = 'crossfade';

/**
 * Models, endpoint configurations and endpoints of SageMaker, found by their names.
 * Errors: `NotExactlyOne`, `AwsDenied`, `AwsRejected`, `AwsUnavailable`.
 */
export interface ModelHosting {
  findModel(name: string): Promise<Found<{ arn: string }> | undefined>;
  createModel(name: string, target: SageMakerTargetSpec, owner: Owner): Promise<{ arn: string }>;
  /** Accepts one that is not there. */
  deleteModel(name: string): Promise<void>;

  findEndpointConfig(name: string): Promise<Found<EndpointConfigState> | undefined>;
  /** One production variant, `VARIANT_NAME`, of the model that bears the same name. */
  createEndpointConfig(name: string, target: SageMakerTargetSpec, owner: Owner): Promise<{ arn: string }>;
  /**
   * The variants of `from` as they are, and beside them `VARIANT_NAME`, at weight 0, of the model that bears the same name.
   * @throws AwsRejected where `from` has a shadow variant: SageMaker lets one stand beside a single variant only.
   */
  createJointConfig(
    name: string,
    from: string,
    target: SageMakerTargetSpec,
    owner: Owner,
  ): Promise<EndpointConfigState>;
  /**
   * The only variant of `from` as it is, and beside it `SHADOW_VARIANT` (domain/resources.ts), at weight 0, of the named
   * model; all of the requests of both are captured.
   * @throws AwsRejected in SageMaker's words where it allows no shadow variant.
   */
  createShadowConfig(
    name: string,
    from: string,
    shadow: { readonly model: string; readonly target: SageMakerTargetSpec; readonly variant: ShadowVariantSpec },
    owner: Owner,
  ): Promise<EndpointConfigState>;
  /** `VARIANT_NAME` of `from` and none of its others. @throws NotFound where `from` has no such variant. */
  createSoleConfig(name: string, from: string, owner: Owner): Promise<EndpointConfigState>;
  /** Accepts one that is not there. */
  deleteEndpointConfig(name: string): Promise<void>;

  findEndpoint(name: string): Promise<Found<EndpointState> | undefined>;
  /** Of the configuration that bears the same name. Returns before it is in service. */
  createEndpoint(name: string, owner: Owner): Promise<{ arn: string }>;
  /**
   * Weights and instances of variants that stay are kept. Returns before it is done.
   * @param capture whether what is captured stays as it is, or becomes what the configuration says.
   */
  updateEndpoint(name: string, configName: string, capture: 'kept' | 'configured'): Promise<void>;
  /** Of one variant, whichever it is; the others keep theirs. Returns before it is done. */
  setVariantWeight(name: string, variantName: string, weight: number): Promise<void>;
  /** Returns before it is gone. Accepts one that is not there, or that is going. */
  deleteEndpoint(name: string): Promise<void>;
  tagEndpoint(arn: string, tags: Readonly<Record<string, string>>): Promise<void>;

  /** Registers the variant and its target-tracking policy. Twice is once. */
  putScaling(endpointName: string, scaling: EndpointScalingSpec): Promise<void>;
  /** Accepts one that was never registered. @param variantName not there: `VARIANT_NAME`. */
  removeScaling(endpointName: string, variantName?: string): Promise<void>;
  /**
   * No policy and no schedule takes instances of the variant away any more; more may come. Notes on the endpoint what it
   * holds. Twice is once; accepts a variant that nothing scales. @throws NotFound for an endpoint that is not there.
   */
  holdScaling(endpointName: string, variantName: string): Promise<void>;
  /** As it was before. Accepts a variant that was never held, or that is gone, and an endpoint that is gone. */
  releaseScaling(endpointName: string, variantName: string): Promise<void>;

  /** How many instances of this type endpoints may have in this account and region; undefined: Service Quotas knows no such quota. */
  readInstanceQuota(instanceType: string): Promise<InstanceQuota | undefined>;
}

export interface InstanceQuota {
  /** `L-…`: what a request for more names. */
  readonly code: string;
  /** `ml.g5.xlarge for endpoint usage`. */
  readonly name: string;
  readonly value: number;
}
