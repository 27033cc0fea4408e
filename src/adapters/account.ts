/** An account as it is, for who writes a spec. The worker has no part in it: it runs with the operator's own credentials. */
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { Route53Client } from '@aws-sdk/client-route-53';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import type { Account } from '../ports/account';
import { BalancerListing } from './account-balancers';
import { EndpointListing } from './account-endpoints';
import { InstanceListing } from './account-instances';
import { ZoneListing } from './account-zones';

const REQUEST_LIMITS = { connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true } as const;

/** What every client of the SDK takes; a test says where the lab is. */
export interface AccountOptions {
  readonly region: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export function openAccount(given: AccountOptions): Account {
  const options = { ...given, requestHandler: REQUEST_LIMITS };
  const balancers = new BalancerListing(new ElasticLoadBalancingV2Client(options));
  const instances = new InstanceListing(new EC2Client(options), new AutoScalingClient(options));
  const endpoints = new EndpointListing(new SageMakerClient(options));
  const zones = new ZoneListing(new Route53Client(options));
  return {
    loadBalancers: () => balancers.loadBalancers(),
    listeners: (arn) => balancers.listeners(arn),
    targetGroup: (arn) => balancers.targetGroup(arn),
    scalingGroups: () => instances.scalingGroups(),
    instances: (ids) => instances.instances(ids),
    taggedInstances: (tags) => instances.taggedInstances(tags),
    instanceTypes: (names) => instances.instanceTypes(names),
    endpoints: () => endpoints.endpoints(),
    variants: (name) => endpoints.variants(name),
    zones: () => zones.zones(),
    weightedRecords: (zoneId) => zones.weightedRecords(zoneId),
  };
}
