import type { Owner } from '../domain/resources';
import type { TargetHealth } from '../domain/evidence';
import type { WantedShift } from '../domain/weights';

/** The rule (or, for a default rule, the listener) that carries production's traffic. It is claimed: modified, never deleted. */
export interface RouteRef {
  readonly arn: string;
  readonly kind: 'rule' | 'listener';
}

export interface RouteShare {
  readonly targetGroupArn: string;
  /** As the load balancer holds it, 0 to 999; we write percent. */
  readonly weight: number;
}

export interface RouteState {
  readonly listenerArn: string;
  readonly loadBalancerArn: string;
  readonly shares: readonly RouteShare[];
  readonly stickinessEnabled: boolean;
  /** undefined: no decision of ours was ever written here. */
  readonly shift: WantedShift | undefined;
}

export interface TargetGroupDescription {
  readonly name: string;
  readonly port: number;
  readonly healthPath: string;
  /** VPC, protocol and health-check settings come from this one. */
  readonly likeTargetGroupArn: string;
}

export interface Found<T> {
  readonly value: T;
  /** undefined: the resource exists and is not ours. */
  readonly owner: Owner | undefined;
}

/**
 * The load balancer in front of both sides.
 * Errors: `NotFound`, `NotExactlyOne`, `AwsDenied`, `AwsRejected`, `AwsUnavailable`.
 */
export interface TrafficRouter {
  readRoute(route: RouteRef): Promise<RouteState>;
  /** Writes generation and weights as one tag. */
  writeShiftTag(route: RouteRef, shift: WantedShift, workload: string): Promise<void>;
  /**
   * Replaces the whole forward configuration. Weights are written as given; every other action stays as it was `read`,
   * which is a state that this router gave: the newest one, since what somebody changed after it is overwritten.
   */
  writeShares(route: RouteRef, shares: readonly RouteShare[], read: RouteState): Promise<void>;
  clearTags(route: RouteRef): Promise<void>;

  findTargetGroup(name: string): Promise<Found<{ arn: string }> | undefined>;
  createTargetGroup(description: TargetGroupDescription, owner: Owner): Promise<{ arn: string }>;
  /** Accepts one that is not there. */
  deleteTargetGroup(arn: string): Promise<void>;
  /** Whether any target group, or its health, can be read; registered targets only. */
  readHealth(targetGroupArn: string): Promise<TargetHealth>;

  /** The rule on which the new target group hangs before production's rule knows it; it matches a secret header. */
  findProbeRule(listenerArn: string, workload: string): Promise<Found<ProbeRule> | undefined>;
  createProbeRule(route: RouteRef, targetGroupArn: string, owner: Owner): Promise<ProbeRule>;
  /** Accepts one that is not there. */
  deleteProbeRule(ruleArn: string): Promise<void>;
  tagTargetGroup(arn: string, tags: Readonly<Record<string, string>>): Promise<void>;
}

/** The header is a secret: it stays inside activities, never in a payload or a log. */
export interface ProbeRule {
  readonly arn: string;
  readonly headerName: string;
  readonly headerValue: string;
}
