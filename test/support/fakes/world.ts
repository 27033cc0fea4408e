import type { PinnedImage } from '../../../src/domain/image';
import type { Owner } from '../../../src/domain/resources';
import type { RouteKind } from '../../../src/domain/route';
import type { BudgetSpec, NotifySpec } from '../../../src/domain/spec';
import type { WantedShift } from '../../../src/domain/weights';
import type { EndpointStatus } from '../../../src/ports/model-hosting';
import type { ClaimHolder } from '../../../src/ports/claims';
import type { ObservedReport } from '../../../src/ports/migration-signal';
import type { Notice } from '../../../src/domain/notice';
import type { ProbeRule, RouteShare } from '../../../src/ports/traffic-router';
import type { ShadowOrder } from '../../../src/ports/shadow';
import { FakeRoads } from './data-roads';
import { Faults } from './faults';
import type { FakeVariants } from './endpoints';
import type { FakeRecords } from './records';
import type { FakeModelGroup } from './registry';
import { FakeReplications } from './replication';
import { STEADY_TRAFFIC, Timeline } from './traffic-model';
import type { Traffic } from './traffic-model';
import { FakeTransfers } from './transfer';

export interface FakeRoute {
  readonly arn: string;
  readonly kind: RouteKind;
  readonly listenerArn: string;
  readonly loadBalancerArn: string;
  /** How requests were and are divided. */
  readonly shares: Timeline<readonly RouteShare[]>;
  stickinessEnabled: boolean;
  shift?: WantedShift | undefined;
  readonly workload: string;
  /** Only of a record. */
  readonly records?: FakeRecords;
  /** Only of an endpoint. */
  readonly variants?: FakeVariants;
}

export interface FakeTargetGroup {
  readonly arn: string;
  readonly name: string;
  readonly owner: Owner | undefined;
  tags: Record<string, string>;
  /** Targets that hang on no Auto Scaling group. */
  registeredCount: number;
  /** How many of its targets fail their health check. */
  unhealthyCount: number;
}

export interface FakeAutoScalingGroup {
  readonly name: string;
  readonly owner: Owner | undefined;
  readonly targetGroupArn: string;
  readonly createdAtMs: number;
  minSize: number;
  desiredCapacity: number;
  maxSize: number;
  /** MinSize before it was frozen. */
  frozenFrom?: number | undefined;
  scalesOn?: string;
  tags: Record<string, string>;
}

export interface FakeProbeRule extends ProbeRule {
  readonly listenerArn: string;
  readonly targetGroupArn: string;
  readonly owner: Owner | undefined;
}

export interface FakeEndpoint {
  readonly owner: Owner | undefined;
  configName: string;
  instanceCount: number;
  readonly createdAtMs: number;
  /** undefined: what time and the world's `endpointFailure` make of it. */
  status?: EndpointStatus;
  /** Set by its deletion. */
  goneAtMs?: number;
  scaling?: string;
  tags: Record<string, string>;
}

export interface FakeEndpointConfig {
  readonly owner: Owner | undefined;
  readonly instanceCount: number;
  /** Of one that has other variants than ours. */
  readonly variants?: readonly string[];
  readonly before?: string;
  /** Of one with our shadow variant. */
  readonly shadow?: { readonly captureTo: string };
}

export interface FakeBucket {
  readonly owner: Owner | undefined;
  readonly objects: Map<string, string>;
  isLedger: boolean;
}

/**
 * Everything outside of Crossfade, in memory. Fakes of all ports work on one of these; a test changes it directly to
 * play a third hand, or lets `faults` make calls go wrong.
 */
export class World {
  readonly faults = new Faults();
  readonly routes = new Map<string, FakeRoute>();
  readonly targetGroups = new Map<string, FakeTargetGroup>();
  readonly probeRules = new Map<string, FakeProbeRule>();
  readonly budgets = new Map<string, { owner: Owner | undefined; budget: BudgetSpec }>();
  readonly launchTemplates = new Map<string, { id: string; owner: Owner | undefined }>();
  readonly autoScalingGroups = new Map<string, FakeAutoScalingGroup>();
  readonly models = new Map<string, { owner: Owner | undefined; image: string }>();
  readonly endpointConfigs = new Map<string, FakeEndpointConfig>();
  readonly endpoints = new Map<string, FakeEndpoint>();
  /** How many instances of a type endpoints may have; a type that is not here has no quota. */
  readonly instanceQuotas = new Map<string, number>();
  readonly instances = new Map<string, 'running' | 'terminated'>();
  readonly buckets = new Map<string, FakeBucket>();
  readonly transfers = new FakeTransfers();
  readonly replications = new FakeReplications();
  readonly roads = new FakeRoads();
  /** What images are, by what a spec calls them. */
  readonly images = new Map<string, PinnedImage>();
  readonly repositories = new Map<string, { readonly owner: Owner | undefined; readonly digests: Set<string> }>();
  /** Of the Model Registry, the source's and the target's. */
  readonly modelGroups = new Map<string, FakeModelGroup>();
  /** What a copy run reports of its time: for itself, and for each byte. */
  readonly data = { copyMs: 1, msPerByte: 0 };
  /** How long a read takes until its first byte, and how many pairs there are. Unit: milliseconds. */
  readonly reads = { sourceMs: 10, targetMs: 10, pairCount: 500 };
  readonly claims = new Map<string, ClaimHolder>();
  readonly taps = new Map<string, { readonly workload: string; readonly orders: Timeline<ShadowOrder | undefined> }>();
  readonly traffic = new Map<string, Timeline<Traffic>>();
  readonly histories = new Map<string, { document: unknown; open: boolean; earlier?: readonly unknown[] }>();
  readonly notices: { to: NotifySpec; notice: Notice }[] = [];
  /** What somebody does who is told. */
  onNotice: (notice: Notice) => Promise<void> = () => Promise.resolve();
  readonly signals: { workflowId: string; report: ObservedReport }[] = [];
  /** Spans for which the metric source has no data at all. */
  readonly metricGaps: { fromMs: number; toMs: number }[] = [];
  /** While true, metrics answer incompletely. */
  metricsOutage = false;
  /** What the metric source says of the spec's queries. */
  missingSeries: string[] = [];
  /** How long after a window's end what a side did is published. */
  sourceMetricsLateMs = 0;
  targetMetricsLateMs = 0;
  /** Length of the tap's windows. Unit: milliseconds. */
  tapPeriodMs = 1_000;
  /** How long a target needs after its launch until it is healthy. Unit: milliseconds. */
  bootMs = 0;
  /** How long an endpoint is `Creating`, and `Deleting`. Unit: milliseconds. */
  endpointBootMs = 0;
  endpointDeleteMs = 0;
  /** SageMaker's reason why endpoints fail; undefined: they come into service. */
  endpointFailure: string | undefined;
  /** SageMaker's words for refusing a shadow variant; undefined: it allows one. */
  shadowRefusal: string | undefined;
  /** Share of what both variants answered that Data Capture keeps. */
  captureShare = 1;
  /** What the workload answers, by side. */
  answer: (side: 'source' | 'target', path: string) => { status: number; body: unknown } = (_side, path) => ({
    status: 200,
    body: { path, score: 0.5 },
  });
  private nextId = 1;

  constructor(readonly now: () => number) {}

  id(prefix: string): string {
    return `${prefix}-${String(this.nextId++).padStart(4, '0')}`;
  }

  trafficOf(workload: string): Timeline<Traffic> {
    const known = this.traffic.get(workload) ?? new Timeline<Traffic>(STEADY_TRAFFIC);
    this.traffic.set(workload, known);
    return known;
  }

  /** From now on; what was before stays as it was. */
  setTraffic(workload: string, change: Partial<Traffic>): void {
    const timeline = this.trafficOf(workload);
    timeline.set(this.now(), { ...timeline.newest(), ...change });
  }

  /** What a clean slate is compared by: everything but records, messages and the past. Weights in percent of their sum. */
  snapshot(): unknown {
    return {
      routes: [...this.routes.values()].map((route) => ({
        arn: route.arn,
        shift: route.shift,
        shares: inPercent(route.shares.newest()),
        ...(route.variants === undefined ? {} : variantsView(route.variants)),
      })),
      targetGroups: byKey(this.targetGroups, ({ name, owner, registeredCount, tags }) => ({
        name,
        owner,
        registeredCount,
        tags,
      })),
      probeRules: byKey(this.probeRules, ({ listenerArn, targetGroupArn, owner }) => ({
        listenerArn,
        targetGroupArn,
        owner,
      })),
      budgets: byKey(this.budgets, (budget) => budget),
      launchTemplates: byKey(this.launchTemplates, ({ owner }) => ({ owner })),
      autoScalingGroups: byKey(this.autoScalingGroups, ({ createdAtMs: _, ...group }) => group),
      models: byKey(this.models, (model) => model),
      endpointConfigs: byKey(this.endpointConfigs, (config) => config),
      endpoints: byKey(this.endpoints, ({ createdAtMs: _, ...endpoint }) => endpoint),
      instances: byKey(this.instances, (state) => state),
      buckets: byKey(this.buckets, ({ owner, objects, isLedger }) => ({
        owner,
        objects: isLedger ? 'ledger' : Object.fromEntries(objects),
      })),
      repositories: byKey(this.repositories, ({ owner, digests }) => ({ owner, digests: [...digests].sort() })),
      modelGroups: byKey(this.modelGroups, ({ owner, versions }) => ({
        owner,
        versions: [...versions.values()].map(({ entry, approval }) => ({ entry, approval })),
      })),
      transfers: byKey(this.transfers.tasks, ({ owner, executions }) => ({ owner, executionCount: executions.length })),
      locations: byKey(this.transfers.locations, (owner) => owner),
      replications: {
        instances: byKey(this.replications.instances, ({ owner }) => owner),
        endpoints: byKey(this.replications.endpoints, ({ owner }) => owner),
        tasks: byKey(this.replications.tasks, ({ owner }) => owner),
      },
      claims: byKey(this.claims, (holder) => holder),
      taps: byKey(this.taps, ({ orders }) => orders.newest()?.fraction ?? 0),
    };
  }
}

function byKey<T>(map: ReadonlyMap<string, T>, view: (value: T) => unknown): Record<string, unknown> {
  const keys = [...map.keys()].sort();
  return JSON.parse(JSON.stringify(Object.fromEntries(keys.map((key) => [key, view(map.get(key) as T)])))) as Record<
    string,
    unknown
  >;
}

function variantsView({ configName, counts, scaling, shadowWeight, captureTo }: FakeVariants): Record<string, unknown> {
  return {
    configName,
    counts: Object.fromEntries(counts),
    scaling: Object.fromEntries(scaling),
    shadowWeight: shadowWeight.newest(),
    captureTo,
  };
}

function inPercent(shares: readonly RouteShare[]): Record<string, number> {
  const sum = shares.reduce((total, share) => total + share.weight, 0);
  return Object.fromEntries(shares.map((share) => [share.backend, (share.weight * 100) / sum]));
}
