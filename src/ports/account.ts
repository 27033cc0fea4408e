/** What an account has that a spec can name. It is looked at, and nothing of it is ever changed. */

export interface LoadBalancerFacts {
  readonly arn: string;
  readonly name: string;
  readonly dnsName: string;
}

/** Of an Application Load Balancer. */
export interface ListenerFacts {
  readonly arn: string;
  readonly protocol: 'HTTP' | 'HTTPS';
  readonly port: number;
  readonly rules: readonly RuleFacts[];
}

export interface RuleFacts {
  readonly arn: string;
  /** Of a listener that decides what no other rule does: it moves with the listener. */
  readonly isDefault: boolean;
  /** `default` for the default rule. */
  readonly priority: string;
  /** Values of the host conditions, wildcards included. */
  readonly hosts: readonly string[];
  readonly paths: readonly string[];
  /** Empty for a rule that redirects or answers by itself. */
  readonly forwards: readonly { readonly targetGroupArn: string; readonly weight: number }[];
}

export interface TargetGroupFacts {
  readonly arn: string;
  readonly name: string;
  /** undefined for a group of functions. */
  readonly port?: number;
  /** undefined where the health check asks no path. */
  readonly healthPath?: string;
  readonly members: readonly { readonly id: string; readonly isHealthy: boolean }[];
}

export interface ScalingGroupFacts {
  readonly name: string;
  readonly min: number;
  readonly desired: number;
  readonly max: number;
  readonly subnetIds: readonly string[];
  readonly targetGroupArns: readonly string[];
  readonly instanceIds: readonly string[];
}

export interface InstanceFacts {
  readonly id: string;
  readonly instanceType: string;
  readonly imageId: string;
  readonly subnetId: string;
  readonly securityGroupIds: readonly string[];
  /** ARN. */
  readonly instanceProfile?: string;
}

/** A running one. */
export interface TaggedInstanceFacts {
  readonly id: string;
  readonly instanceType: string;
  /** All of its tags, by key. */
  readonly tags: Readonly<Record<string, string>>;
}

/** Of one machine. */
export interface InstanceTypeFacts {
  readonly name: string;
  readonly vcpus: number;
  /** `A10G`; undefined: it has none. */
  readonly gpu?: string;
  readonly gpuCount: number;
}

export interface EndpointFacts {
  readonly name: string;
  readonly status: string;
}

/** A production variant, with what its model runs. */
export interface VariantFacts {
  readonly name: string;
  readonly weight: number;
  readonly instanceCount: number;
  /** undefined for a serverless one. */
  readonly instanceType?: string;
  readonly inferenceAmiVersion?: string;
  readonly image?: string;
  readonly modelData?: string;
  readonly executionRoleArn?: string;
}

export interface ZoneFacts {
  readonly id: string;
  readonly name: string;
  readonly isPrivate: boolean;
}

/** A record with weighted routing. */
export interface WeightedRecordFacts {
  /** Without the dot at its end. */
  readonly name: string;
  readonly type: string;
  readonly setIdentifier: string;
  readonly weight: number;
  /** Its values, or the name that it is an alias of. */
  readonly leadsTo: readonly string[];
  readonly isAlias: boolean;
}

/** @throws AwsDenied naming the action that is missing; AwsUnavailable, AwsRejected. */
export interface Account {
  /** Application Load Balancers alone. */
  loadBalancers(): Promise<LoadBalancerFacts[]>;
  /** HTTP and HTTPS. */
  listeners(loadBalancerArn: string): Promise<ListenerFacts[]>;
  /** @throws NotFound. */
  targetGroup(arn: string): Promise<TargetGroupFacts>;
  scalingGroups(): Promise<ScalingGroupFacts[]>;
  /** Those of the IDs that are there. */
  instances(ids: readonly string[]): Promise<InstanceFacts[]>;
  /** @param tags that an instance bears, all of them; none: every instance. */
  taggedInstances(tags: Readonly<Record<string, string>>): Promise<TaggedInstanceFacts[]>;
  /** Those of the names that the region has. */
  instanceTypes(names: readonly string[]): Promise<InstanceTypeFacts[]>;
  endpoints(): Promise<EndpointFacts[]>;
  /** @throws NotFound. */
  variants(endpointName: string): Promise<VariantFacts[]>;
  zones(): Promise<ZoneFacts[]>;
  weightedRecords(zoneId: string): Promise<WeightedRecordFacts[]>;
}
