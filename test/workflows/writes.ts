/** The calls by which a migration changes the world, in the order in which a healthy one makes them. */
import { titleOn } from './roads';
import type { Road } from './roads';

/** Methods of the ports that change something. The ledger's writes are many and alike: they have tests of their own. */
export const KINDS_OF_WRITES = [
  'router.writeShiftTag',
  'router.writeShares',
  'router.clearTags',
  'router.applyShift',
  'balancing.createTargetGroup',
  'balancing.deleteTargetGroup',
  'balancing.tagTargetGroup',
  'balancing.createProbeRule',
  'balancing.deleteProbeRule',
  'compute.createLaunchTemplate',
  'compute.deleteLaunchTemplate',
  'compute.createAutoScalingGroup',
  'compute.putScalingPolicy',
  'compute.deleteAutoScalingGroup',
  'compute.freezeCapacity',
  'compute.unfreezeCapacity',
  'compute.terminateInstances',
  'compute.tagAutoScalingGroup',
  'hosting.createModel',
  'hosting.deleteModel',
  'hosting.createEndpointConfig',
  'hosting.createJointConfig',
  'hosting.createShadowConfig',
  'hosting.createSoleConfig',
  'hosting.deleteEndpointConfig',
  'hosting.createEndpoint',
  'hosting.updateEndpoint',
  'hosting.setVariantWeight',
  'hosting.deleteEndpoint',
  'hosting.tagEndpoint',
  'hosting.putScaling',
  'hosting.removeScaling',
  'hosting.holdScaling',
  'hosting.releaseScaling',
  'buckets.createBucket',
  'data.copy',
  'data.removeCopies',
  'shadow.setOrder',
  'claims.acquire',
  'claims.release',
];

export function writesOf(calls: readonly string[]): string[] {
  return calls.filter((name) => KINDS_OF_WRITES.includes(name));
}

const FLEET = [
  'balancing.createTargetGroup',
  'compute.createLaunchTemplate',
  'balancing.createProbeRule',
  'compute.createAutoScalingGroup',
  'compute.putScalingPolicy',
];
const DATA = ['buckets.createBucket', 'data.copy'];
const ENDPOINT = [
  'hosting.createModel',
  'hosting.createEndpointConfig',
  'hosting.createEndpoint',
  'hosting.putScaling',
];

/** Roads on which a load balancer divides the traffic. */
type Balanced = 'ec2' | 'sagemaker';

/** What is made beside production, by the kind of target. */
const ENVIRONMENT: Readonly<Record<Balanced, readonly string[]>> = {
  ec2: [...FLEET, ...DATA],
  sagemaker: [...DATA, ...ENDPOINT, ...FLEET],
};

const RETIRED = [
  'hosting.createSoleConfig',
  'hosting.removeScaling',
  'hosting.updateEndpoint',
  'hosting.deleteEndpointConfig',
];
const JOINED = ['hosting.createJointConfig', 'hosting.updateEndpoint', 'hosting.putScaling'];
const COPIED = ['shadow.setOrder', 'shadow.setOrder'];
const SHIFTED = ['router.applyShift', 'router.applyShift', 'router.applyShift'];
const ON_THE_ENDPOINT = [
  'claims.acquire',
  ...DATA,
  'hosting.createModel',
  ...JOINED,
  ...COPIED,
  'hosting.holdScaling',
  ...SHIFTED,
  ...RETIRED,
  'hosting.releaseScaling',
  'claims.release',
];
const IN_ITS_SHADOW = [
  'claims.acquire',
  ...DATA,
  'hosting.createModel',
  'hosting.createShadowConfig',
  'hosting.updateEndpoint',
  'hosting.setVariantWeight',
  'hosting.setVariantWeight',
  ...JOINED,
  'hosting.holdScaling',
  ...SHIFTED,
  ...RETIRED,
  'hosting.deleteEndpointConfig',
  'hosting.releaseScaling',
  'claims.release',
];
const OVER_RECORDS = [
  'claims.acquire',
  ...COPIED,
  'compute.freezeCapacity',
  ...SHIFTED,
  'compute.deleteAutoScalingGroup',
  'compute.terminateInstances',
  'claims.release',
];

function balanced(road: Balanced): string[] {
  return [
    'claims.acquire',
    'claims.acquire',
    ...ENVIRONMENT[road],
    ...COPIED,
    'compute.freezeCapacity',
    'router.writeShiftTag',
    'router.writeShares',
    'router.writeShiftTag',
    'router.writeShares',
    'router.writeShiftTag',
    'router.writeShares',
    'router.writeShares',
    'compute.deleteAutoScalingGroup',
    'compute.terminateInstances',
    'compute.tagAutoScalingGroup',
    'balancing.tagTargetGroup',
    ...(road === 'sagemaker' ? ['hosting.tagEndpoint'] : []),
    'balancing.deleteProbeRule',
    'claims.release',
    'claims.release',
  ];
}

/** What a healthy migration of `QUICK` writes up to its end; releasing the claims is best effort and cannot block it. */
const IN_ORDER: Readonly<Record<Road, readonly string[]>> = {
  ec2: balanced('ec2'),
  sagemaker: balanced('sagemaker'),
  endpoint: ON_THE_ENDPOINT,
  'sagemaker-shadow': IN_ITS_SHADOW,
  route53: OVER_RECORDS,
};

/** The first write after which there is nothing to go back to. */
const NO_RETURN: Readonly<Record<Road, string>> = {
  ec2: 'router.writeShares',
  sagemaker: 'router.writeShares',
  endpoint: 'hosting.createSoleConfig',
  'sagemaker-shadow': 'hosting.createSoleConfig',
  route53: 'compute.deleteAutoScalingGroup',
};

export interface Write {
  /** The 2nd of its kind is `router.writeShares #2`; on the road to SageMaker, `sagemaker: router.writeShares #2`. */
  readonly title: string;
  readonly road: Road;
  readonly name: string;
  readonly nth: number;
  readonly afterNoReturn: boolean;
}

function writesOn(road: Road): Write[] {
  const names = IN_ORDER[road];
  const firstAfterNoReturn = names.lastIndexOf(NO_RETURN[road]);
  return numbered(names).map(({ name, nth }, index) => {
    return { title: titleOn(road, `${name} #${nth}`), road, name, nth, afterNoReturn: index >= firstAfterNoReturn };
  });
}

/** Each with how many of the same name there are up to it, from 1. */
export function numbered(names: readonly string[]): { readonly name: string; readonly nth: number }[] {
  return names.map((name, index) => ({
    name,
    nth: names.slice(0, index + 1).filter((other) => other === name).length,
  }));
}

export const WRITES: Readonly<Record<Road, readonly Write[]>> = {
  ec2: writesOn('ec2'),
  sagemaker: writesOn('sagemaker'),
  endpoint: writesOn('endpoint'),
  'sagemaker-shadow': writesOn('sagemaker-shadow'),
  route53: writesOn('route53'),
};
