import type { Owner } from '../domain/resources';
import type { EndpointScalingSpec, SageMakerTargetSpec, ShadowVariantSpec } from '../domain/spec';

/** A target that SageMaker serves. */
export interface HostingActivities {
  createModel(input: HostedInput): Promise<void>;
  removeModel(input: { name: string; owner: Owner }): Promise<void>;
  createEndpointConfig(input: HostedInput): Promise<void>;
  removeEndpointConfig(input: { name: string; owner: Owner }): Promise<void>;
  createEndpoint(input: HostedInput): Promise<void>;
  /** Its scaling first; returns once the endpoint is gone. */
  removeEndpoint(input: { name: string; owner: Owner }): Promise<void>;
  /** @throws EndpointFailed with SageMaker's reason, and when it serves another configuration than ours. */
  waitEndpointInService(input: { name: string; instanceCount: number }): Promise<void>;
  /** The endpoint's own configuration with the target beside it. @returns the endpoint's own. @throws ResourceNotOurs, EarlierRunLeftovers. */
  createJointConfig(input: HostedInput & { endpointName: string }): Promise<{ configBefore: string }>;
  /**
   * Returns once the target's variant is in service, at weight 0. @throws RouteChanged, EndpointFailed.
   * @param input `shadowConfigName`: what the endpoint serves until then, where the target is its shadow variant.
   */
  joinEndpoint(input: EndpointMove & { instanceCount: number; shadowConfigName?: string }): Promise<void>;
  /**
   * The endpoint's own configuration with the target as its shadow variant. @returns the endpoint's own.
   * @throws ResourceNotOurs, EarlierRunLeftovers, AwsRejected.
   */
  createShadowConfig(
    input: HostedInput & ShadowPlace & { variant: ShadowVariantSpec },
  ): Promise<{ configBefore: string }>;
  /**
   * Returns once the shadow variant is in service, from the endpoint's own configuration or the joint one, on which the
   * target must be at weight 0. @throws RouteChanged, EndpointFailed.
   */
  shadowEndpoint(input: EndpointMove & { instanceCount: number; jointConfigName: string }): Promise<void>;
  /** Back to the endpoint's own configuration; only at weight 0. Accepts an endpoint that is gone. @throws RouteChanged, EndpointFailed. */
  leaveEndpoint(input: EndpointMove): Promise<void>;
  /** Takes every variant but the target's off; only at weight 0. @throws SourceReceivesTraffic, RouteChanged, EndpointFailed. */
  retireVariant(input: { endpointName: string; name: string; owner: Owner }): Promise<void>;
  /** Only an endpoint in service can be scaled. */
  putEndpointScaling(input: { name: string; scaling: EndpointScalingSpec }): Promise<void>;
}

export interface EndpointMove {
  readonly endpointName: string;
  /** With the target's variant. */
  readonly configName: string;
  /** Without it. */
  readonly configBefore: string;
  /** The two capture differently; not there: what is captured stays. */
  readonly isCaptureChanged?: true;
}

export interface ShadowPlace {
  readonly endpointName: string;
  /** Of the model that is tried. */
  readonly model: string;
}

export interface HostedInput {
  readonly name: string;
  readonly target: SageMakerTargetSpec;
  readonly owner: Owner;
  readonly adopt: boolean;
}
