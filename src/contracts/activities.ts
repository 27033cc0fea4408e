import type { Baseline } from '../domain/evidence';
import type { JudgePolicy, JudgeState } from '../domain/judge-state';
import type { EpochMs } from '../domain/quantity';
import type { LedgerEntry, LedgerHead } from '../domain/record';
import type { Owner } from '../domain/resources';
import type { RouteKind } from '../domain/route';
import type {
  Ec2TargetSpec,
  CopySpec,
  EquivalenceSpec,
  MetricsSpec,
  MigrationSpec,
  OwnedSpec,
  SmokeRequestSpec,
} from '../domain/spec';
import type { Verdict } from '../domain/verdict';
import type { WantedShift } from '../domain/weights';
import type { BudgetActivities } from './budget-activities';
import type { DataActivities, RoadActivities, TransferActivities } from './data-activities';
import type { FleetActivities } from './fleet-activities';
import type { HostingActivities } from './hosting-activities';
import type { ImageActivities } from './image-activities';
import type { ModelPackageActivities } from './model-package-activities';
import type { NotifyActivities } from './notify-activities';
import type { PartActivities } from './part-activities';
import type { ReadCheckActivities } from './read-check-activities';
import type { ReplicationActivities } from './replication-activities';

export type * from './data-activities';
export type * from './fleet-activities';
export type * from './hosting-activities';
export type * from './image-activities';
export type * from './model-package-activities';
export type * from './notify-activities';
export type * from './part-activities';
export type * from './read-check-activities';

/** Payloads are plain JSON and small; secrets never pass through them. */

export interface ParsedSpec {
  readonly spec: MigrationSpec;
  readonly policyHash: string;
}

export interface SpecActivities {
  /** @throws SpecInvalid with every problem and its path. */
  parseSpec(input: { document: unknown }): Promise<ParsedSpec>;
}

/**
 * Everything about the route that later steps need; found once, by preflight. Its names are those of the first kind of
 * route: payloads that bear them live for a day in observers and for weeks in carried states.
 */
export interface Route {
  readonly arn: string;
  readonly kind: RouteKind;
  /** Only of a rule or listener. */
  readonly listenerArn?: string;
  /** Only of a rule or listener. */
  readonly loadBalancerArn?: string;
  /** What answers today, as the route names it: a target group's ARN, a record's set identifier. */
  readonly sourceTargetGroupArn: string;
  /** How long users may still go where they went before a confirmed shift. Not there: not at all. Unit: milliseconds. */
  readonly settleMs?: number;
  /** Only of an endpoint. */
  readonly endpoint?: EndpointRoute;
}

export interface EndpointRoute {
  /** In its own case: the ARN has it in lower case. */
  readonly name: string;
  /** What the migration puts there, and what must be there for as long as weights move forward. */
  readonly configName: string;
}

export interface PreflightResult {
  readonly route: Route;
  /** Highest generation that any earlier migration left on the route. */
  readonly generation: number;
  /** What will answer, where it is on the route before the migration. */
  readonly targetBackend?: string;
  /** What somebody should know before, one sentence each. */
  readonly notes?: readonly string[];
}

export interface PreflightActivities {
  /** Looks, changes nothing. @throws SpecInvalid, MetricsUnavailable, ResourceNotOurs, EarlierRunLeftovers, AwsDenied. */
  preflight(input: { spec: MigrationSpec; owner: Owner; adopt: boolean }): Promise<PreflightResult>;
}

export interface ClaimActivities {
  /** @throws ClaimHeld, naming the holder; claims already taken by this call are given back. */
  acquireClaims(input: { arns: string[]; workload: string; workflowId: string }): Promise<void>;
  releaseClaims(input: { arns: string[]; workload: string }): Promise<void>;
}

export interface LedgerTarget {
  readonly url: string;
  readonly workload: string;
  readonly run: string;
  readonly policyHash: string;
}

export interface LedgerActivities {
  /** Appends at the head, or after whoever wrote in between. @returns the new head. */
  appendRecord(input: { target: LedgerTarget; head: LedgerHead; entry: LedgerEntry }): Promise<LedgerHead>;
}

export interface ReportActivities {
  /**
   * Writes the report beside the ledger, from the ledger alone. Twice is once.
   * @param input `head`: the newest record that there must be. @returns the page's `s3://` address.
   */
  writeReport(input: { target: LedgerTarget; head: LedgerHead }): Promise<{ url: string }>;
}

export interface RouteSides {
  readonly route: Route;
  /** What will answer, as the route names it. */
  readonly targetGroupArn: string;
}

export interface ShiftResult {
  readonly generation: number;
  readonly confirmedAt: EpochMs;
}

export interface TrafficActivities {
  /** @throws StaleGeneration when a newer decision stands (its weights are applied again first). */
  shiftWeights(
    input: RouteSides & { shift: WantedShift; workload: string; requireHealthyCount: number },
  ): Promise<ShiftResult>;
  /** As shiftWeights, all to the source, whatever target groups are there. @throws SourceUnhealthy. */
  restoreSource(input: { route: Route; generation: number; workload: string }): Promise<ShiftResult>;
  /** Re-reads until `untilMs` and puts the wanted shift back if an older attempt wrote late. */
  guardShift(input: RouteSides & { shift: WantedShift; workload: string; untilMs: EpochMs }): Promise<void>;
  /** Takes the target group off production's rule; only at weight 0. */
  leaveRoute(input: RouteSides & { workload: string; forget: boolean }): Promise<void>;
  /** Takes the source's target group off production's rule; only at weight 0. */
  retireSource(input: RouteSides & { workload: string }): Promise<void>;
}

export interface EnvironmentActivities extends BudgetActivities {
  createTargetGroup(input: {
    name: string;
    target: Ec2TargetSpec;
    route: Route;
    owner: Owner;
    adopt: boolean;
  }): Promise<{ arn: string }>;
  removeTargetGroup(input: { name: string; owner: Owner }): Promise<void>;
  createLaunchTemplate(input: {
    name: string;
    target: Ec2TargetSpec;
    owner: Owner;
    adopt: boolean;
  }): Promise<{ id: string }>;
  removeLaunchTemplate(input: { name: string; owner: Owner }): Promise<void>;
  createProbeRule(input: RouteSides & { owner: Owner; adopt: boolean }): Promise<void>;
  /** Without a listener there never was one. */
  removeProbeRule(input: { listenerArn?: string | undefined; owner: Owner }): Promise<void>;
  createAutoScalingGroup(input: {
    name: string;
    target: Ec2TargetSpec;
    launchTemplateId: string;
    targetGroupArn: string;
    owner: Owner;
    adopt: boolean;
  }): Promise<void>;
  removeAutoScalingGroup(input: { name: string; owner: Owner }): Promise<void>;
  /** @param input without a route: of a load balancer. */
  waitTargetsHealthy(input: { route?: Route; targetGroupArn: string; healthyCount: number }): Promise<void>;
  runSmoke(input: SmokeInput): Promise<SmokeResult>;
  /** What answers today loses no instances from here on. Twice is once. @param input without a route: nothing but `owned`. */
  freezeSource(input: { owned: OwnedSpec; route?: Route }): Promise<void>;
  /** As it was; accepts what is gone, and what was never frozen. */
  unfreezeSource(input: { owned: OwnedSpec; route?: Route }): Promise<void>;
}

export interface SmokeInput {
  readonly endpoint: string;
  readonly host?: string;
  readonly healthPath: string;
  readonly requests: readonly SmokeRequestSpec[];
  readonly equivalence: EquivalenceSpec;
  /** Where the probe rule is. */
  readonly listenerArn?: string | undefined;
  /** Where the target answers by itself; not there: behind the probe rule. */
  readonly targetEndpoint?: string;
  readonly workload: string;
}

export interface SmokeResult {
  readonly requestCount: number;
  readonly comparedCount: number;
}

export interface BaselineActivities {
  /** Waits for nothing: reads the window that ends at `toMs`. @throws BaselineIncomplete. */
  captureBaseline(input: {
    metrics: MetricsSpec;
    route: Route;
    fromMs: EpochMs;
    toMs: EpochMs;
    coverageMin: number;
  }): Promise<Baseline>;
}

export interface ShadowActivities {
  setShadow(input: {
    tap: string;
    fractionPercent: number;
    endpoint: string;
    host?: string;
    /** Where the probe rule is. */
    listenerArn?: string | undefined;
    /** Where the target answers by itself; not there: behind the probe rule. */
    targetEndpoint?: string;
    workload: string;
    equivalence: EquivalenceSpec;
    copies?: CopySpec;
    /** Labels that are judged by themselves. */
    segments?: readonly string[];
  }): Promise<void>;
  /**
   * The endpoint's own copies, as a share of the requests. Returns once they are in force, by the weights that count.
   * @throws RouteChanged where the endpoint serves another configuration, or several production variants; EndpointFailed.
   */
  setShadowVariant(input: { endpointName: string; configName: string; fractionPercent: number }): Promise<void>;
}

/** Where an observer looks. */
export type ObserveScope =
  /** Without a route: of a load balancer. */
  | { readonly kind: 'shadow'; readonly tap: string; readonly targetGroupArn: string; readonly route?: Route }
  | ShadowVariantScope
  | { readonly kind: 'router'; readonly metrics: MetricsSpec; readonly sides: RouteSides };

/** Copies that the endpoint makes by itself: counted by its metrics, compared by what it captures. */
export interface ShadowVariantScope {
  readonly kind: 'shadow-variant';
  readonly metrics: MetricsSpec;
  /** The target is the shadow variant; the route's configuration is the one with it. */
  readonly sides: RouteSides;
  readonly captureTo: string;
  readonly redactPaths: readonly string[];
  /** More must not be copied. Unit: percent of the requests. */
  readonly fractionPercent: number;
}

export interface ObserveInput {
  /** Number of this slice; given back with every word to the workflow. */
  readonly slice: number;
  readonly scope: ObserveScope;
  /** An endpoint of SageMaker behind what is watched. */
  readonly endpointName?: string;
  readonly policy: JudgePolicy;
  readonly judge: JudgeState;
  readonly lagMs: number;
  /** The slice ends when windows up to here are judged. At most 24 h ahead. */
  readonly untilMs: EpochMs;
  readonly checkEveryMs: number;
  /** How often the workflow hears of an unchanged verdict. */
  readonly reportEveryMs: number;
  readonly phase: string;
  readonly ledger: LedgerTarget;
  readonly ledgerHead: LedgerHead;
}

export interface ObserveReport {
  readonly judge: JudgeState;
  readonly verdict: Verdict;
  /** After the evidence that the observer wrote; the workflow's next record follows it without reading it all again. */
  readonly ledgerHead: LedgerHead;
}

export interface ObserveResult extends ObserveReport {
  readonly endedBy: 'time' | 'breach' | 'blind';
}

export interface ObserveActivities {
  /** Checks, judges, heartbeats its state; returns early on a breach, and when it was blind for `blindHoldMs`. */
  observe(input: ObserveInput): Promise<ObserveResult>;
}

export interface DecommissionActivities {
  /** @throws SourceReceivesTraffic when the source served anything in the window, or evidence is missing. */
  proveNoTraffic(input: {
    metrics: MetricsSpec;
    sides: RouteSides;
    fromMs: EpochMs;
    toMs: EpochMs;
  }): Promise<{ windowCount: number }>;
  /** Terminates exactly what is named. Twice is once. */
  terminateSource(input: { owned: OwnedSpec }): Promise<{ terminated: string[] }>;
  tagCosts(input: {
    name: string;
    targetGroupArn: string;
    /** Not there: SageMaker serves nothing. */
    endpointName?: string;
    tags: Record<string, string>;
  }): Promise<void>;
}

/** Used by rollbackTraffic alone: works when the migration does not. */
export interface EmergencyActivities {
  /** Reads the route from the input of the migration's newest run. @throws MigrationNotFound, SpecInvalid. */
  findRoute(input: { workload: string }): Promise<{
    route: Route;
    generation: number;
    ledger: LedgerTarget;
    ledgerHead: LedgerHead;
    /** Shadow variants that get copies, and get them after the rollback too; not there: none. */
    shadows?: readonly string[];
  }>;
}

export interface Activities
  extends
    SpecActivities,
    PreflightActivities,
    ClaimActivities,
    LedgerActivities,
    ReportActivities,
    TrafficActivities,
    EnvironmentActivities,
    HostingActivities,
    DataActivities,
    TransferActivities,
    RoadActivities,
    ReplicationActivities,
    ImageActivities,
    ModelPackageActivities,
    ReadCheckActivities,
    BaselineActivities,
    ShadowActivities,
    ObserveActivities,
    DecommissionActivities,
    NotifyActivities,
    EmergencyActivities,
    PartActivities,
    FleetActivities {}
