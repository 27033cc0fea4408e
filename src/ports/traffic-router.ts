import type { Owner } from '../domain/resources';
import type { TargetHealth } from '../domain/evidence';
import type { Milliseconds } from '../domain/quantity';
import type { RouteKind } from '../domain/route';
import type { WantedShift } from '../domain/weights';

/** What carries production's traffic. It is claimed: modified, never deleted. */
export interface RouteRef {
  /** Of an endpoint, before it was read: its name. */
  readonly arn: string;
  readonly kind: RouteKind;
  /** Only of an endpoint: its name, in its own case. */
  readonly endpointName?: string;
}

export interface RouteShare {
  /** A target group's ARN, a production variant's name, a record's set identifier. */
  readonly backend: string;
  /** As the route holds it: 0 to 999 at a load balancer, 0 to 255 in DNS; we write percent. */
  readonly weight: number;
}

export interface RouteState {
  readonly shares: readonly RouteShare[];
  readonly stickinessEnabled: boolean;
  /** undefined: no decision of ours was ever written here. */
  readonly shift: WantedShift | undefined;
  /** Not there: the weights are in effect, as far as the route can tell. */
  readonly pending?: Pending;
  /** Only of a rule or listener. */
  readonly alb?: { readonly listenerArn: string; readonly loadBalancerArn: string };
  /** Only of a record. */
  readonly record?: RecordFacts;
  /** Only of an endpoint. */
  readonly endpoint?: EndpointFacts;
}

/** What may make an endpoint another one than the migration left. */
export interface EndpointFacts {
  readonly arn: string;
  readonly configName: string;
  /** Another configuration, which an update under way leads to. */
  readonly nextConfigName?: string;
  /** Why nothing should be moved there now: its status, and SageMaker's reason. */
  readonly trouble?: string;
  /** The trouble is an update that is being rolled back: it ends by itself, in service on the configuration from before. */
  readonly isReturning?: true;
  /** Shadow variants, which are no shares: users are never answered by them. Not there: none. */
  readonly shadows?: readonly RouteShare[];
  /** Where requests and answers are captured; not there: nowhere. */
  readonly captureTo?: string;
}

/** Why the newest weights do not count as in effect. */
export interface Pending {
  readonly why: string;
  /** Only the receipt of the write could tell, and it is not at hand: the same must be written again for a new one. */
  readonly isReceiptMissing: boolean;
}

/** What a load balancer does not have: who asked before the shift goes on using the old answer. */
export interface RecordFacts {
  /** How long an answer may be kept, by set identifier; one that is missing has another record's TTL. */
  readonly ttlMs: Readonly<Record<string, Milliseconds>>;
  /** Set identifiers of which Route 53 never learns that they are down. */
  readonly unwatched: readonly string[];
  /** Set identifiers with a health check of their own, whose requests count among the users'. */
  readonly probed: readonly string[];
  /** Types of other records of the same name that lead users somewhere: their traffic does not follow these weights. */
  readonly otherTypes: readonly string[];
}

/** One decision, and what follows from it. */
export interface ShiftWrite {
  readonly shift: WantedShift;
  readonly shares: readonly RouteShare[];
  readonly workload: string;
  /** The newest state that this router gave. */
  readonly read: RouteState;
}

/** Says of one write whether it is in effect; outlives the process that wrote. */
export type Receipt = string;

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
 * What divides production's traffic between both sides.
 * Errors: `NotFound`, `NotExactlyOne`, `DecisionRaced`, `AwsDenied`, `AwsRejected`, `AwsUnavailable`.
 */
export interface TrafficRouter {
  /** @param receipt what the newest write gave. */
  readRoute(route: RouteRef, receipt?: Receipt): Promise<RouteState>;
  /**
   * Writes the decision before the weights, or both at once.
   * @returns undefined where the route itself tells whether its weights are in effect.
   */
  applyShift(route: RouteRef, write: ShiftWrite): Promise<Receipt | undefined>;
  /**
   * Replaces the whole division, without a decision. Weights are written as given; everything else stays as it was `read`,
   * which is a state that this router gave: the newest one, since what somebody changed after it is overwritten.
   */
  writeShares(route: RouteRef, shares: readonly RouteShare[], read: RouteState): Promise<void>;
  /** Takes the decision off the route. */
  clearTags(route: RouteRef): Promise<void>;
  /** Whether any backend, or its health, can be read; registered targets only. */
  readHealth(route: RouteRef, backend: string): Promise<TargetHealth>;
}

/** What only a load balancer has. Errors as above. */
export interface LoadBalancing {
  findTargetGroup(name: string): Promise<Found<{ arn: string }> | undefined>;
  createTargetGroup(description: TargetGroupDescription, owner: Owner): Promise<{ arn: string }>;
  /** Accepts one that is not there. */
  deleteTargetGroup(arn: string): Promise<void>;
  tagTargetGroup(arn: string, tags: Readonly<Record<string, string>>): Promise<void>;

  /** The rule on which the new target group hangs before production's rule knows it; it matches a secret header. */
  findProbeRule(listenerArn: string, workload: string): Promise<Found<ProbeRule> | undefined>;
  createProbeRule(route: RouteRef, targetGroupArn: string, owner: Owner): Promise<ProbeRule>;
  /** Accepts one that is not there. */
  deleteProbeRule(ruleArn: string): Promise<void>;
}

/** The header is a secret: it stays inside activities, never in a payload or a log. */
export interface ProbeRule {
  readonly arn: string;
  readonly headerName: string;
  readonly headerValue: string;
}
