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
  'hosting.createSoleConfig',
  'hosting.deleteEndpointConfig',
  'hosting.createEndpoint',
  'hosting.updateEndpoint',
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
type Balanced = Exclude<Road, 'endpoint'>;

/** What is made beside production, by the kind of target. */
const ENVIRONMENT: Readonly<Record<Balanced, readonly string[]>> = {
  ec2: [...FLEET, ...DATA],
  sagemaker: [...DATA, ...ENDPOINT, ...FLEET],
};

/** What a healthy migration of `QUICK` writes up to its end; releasing the claims is best effort and cannot block it. */
function inOrder(road: Road): string[] {
  return road === 'endpoint' ? ON_THE_ENDPOINT : balanced(road);
}

const RETIRED = [
  'hosting.createSoleConfig',
  'hosting.removeScaling',
  'hosting.updateEndpoint',
  'hosting.deleteEndpointConfig',
  'hosting.releaseScaling',
];
const ON_THE_ENDPOINT = [
  'claims.acquire',
  ...DATA,
  'hosting.createModel',
  'hosting.createJointConfig',
  'hosting.updateEndpoint',
  'hosting.putScaling',
  'shadow.setOrder',
  'shadow.setOrder',
  'hosting.holdScaling',
  'router.applyShift',
  'router.applyShift',
  'router.applyShift',
  ...RETIRED,
  'claims.release',
];

function balanced(road: Balanced): string[] {
  return [
    'claims.acquire',
    'claims.acquire',
    ...ENVIRONMENT[road],
    'shadow.setOrder',
    'shadow.setOrder',
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

export interface Write {
  /** The 2nd of its kind is `router.writeShares #2`; on the road to SageMaker, `sagemaker: router.writeShares #2`. */
  readonly title: string;
  readonly road: Road;
  readonly name: string;
  readonly nth: number;
  readonly afterNoReturn: boolean;
}

function writesOn(road: Road): Write[] {
  const names = inOrder(road);
  const firstAfterNoReturn = names.lastIndexOf(road === 'endpoint' ? 'hosting.createSoleConfig' : 'router.writeShares');
  return names.map((name, index) => {
    const nth = names.slice(0, index + 1).filter((other) => other === name).length;
    return { title: titleOn(road, `${name} #${nth}`), road, name, nth, afterNoReturn: index >= firstAfterNoReturn };
  });
}

export const WRITES: Readonly<Record<Road, readonly Write[]>> = {
  ec2: writesOn('ec2'),
  sagemaker: writesOn('sagemaker'),
  endpoint: writesOn('endpoint'),
};

/** Made where SageMaker serves the target; all other writes there are made by the code that makes them on the first road. */
export const HOSTING_WRITES = [...WRITES.sagemaker, ...WRITES.endpoint].filter(({ name }) =>
  /^(hosting\.|router\.applyShift)/.test(name),
);
