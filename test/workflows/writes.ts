/** The calls by which a migration changes the world, in the order in which a healthy one makes them. */

/** Methods of the ports that change something. The ledger's writes are many and alike: they have tests of their own. */
export const KINDS_OF_WRITES = [
  'router.writeShiftTag',
  'router.writeShares',
  'router.clearTags',
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
  'data.createBucket',
  'data.copy',
  'data.removeCopies',
  'shadow.setOrder',
  'claims.acquire',
  'claims.release',
];

export function writesOf(calls: readonly string[]): string[] {
  return calls.filter((name) => KINDS_OF_WRITES.includes(name));
}

/** What a healthy migration of `QUICK` writes up to its end; releasing the claims is best effort and cannot block it. */
const IN_ORDER = [
  'claims.acquire',
  'claims.acquire',
  'balancing.createTargetGroup',
  'compute.createLaunchTemplate',
  'balancing.createProbeRule',
  'compute.createAutoScalingGroup',
  'compute.putScalingPolicy',
  'data.createBucket',
  'data.copy',
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
  'balancing.deleteProbeRule',
  'claims.release',
  'claims.release',
];

export interface Write {
  /** The 2nd of its kind is `router.writeShares #2`. */
  readonly title: string;
  readonly name: string;
  readonly nth: number;
  readonly afterNoReturn: boolean;
}

const FIRST_AFTER_NO_RETURN = IN_ORDER.lastIndexOf('router.writeShares');

export const WRITES: readonly Write[] = IN_ORDER.map((name, index) => {
  const nth = IN_ORDER.slice(0, index + 1).filter((other) => other === name).length;
  return { title: `${name} #${nth}`, name, nth, afterNoReturn: index >= FIRST_AFTER_NO_RETURN };
});
