import { roadOf } from './data-method';
import { frozenBefore } from './data-freeze';
import type { FreezePlan } from './data-freeze';
import type { Milliseconds } from './quantity';
import { resourceName } from './resources';
import type {
  DataSetSpec,
  EndpointScalingSpec,
  HumanRoad,
  MigrationSpec,
  OwnedSpec,
  SageMakerTargetSpec,
} from './spec';
import type { Weights } from './weights';
import { targetWeight } from './weights';

export const PHASES = ['baseline', 'environment', 'shadow', 'cutover', 'decommission'] as const;
export type PhaseName = (typeof PHASES)[number];

/** One thing that phase 2 builds or proves, in order. */
export type EnvironmentStep =
  | { readonly kind: 'model'; readonly name: string }
  | { readonly kind: 'endpoint-config'; readonly name: string }
  | { readonly kind: 'endpoint'; readonly name: string }
  /** The endpoint's own configuration, and the target beside it. */
  | { readonly kind: 'joint-config'; readonly name: string; readonly endpointName: string }
  | { readonly kind: 'join-endpoint'; readonly name: string; readonly endpointName: string }
  | { readonly kind: 'endpoint-scaling'; readonly name: string; readonly scaling: EndpointScalingSpec }
  | { readonly kind: 'target-group'; readonly name: string }
  | { readonly kind: 'launch-template'; readonly name: string }
  | { readonly kind: 'probe-rule'; readonly name: string }
  | { readonly kind: 'auto-scaling-group'; readonly name: string }
  | { readonly kind: 'bucket'; readonly name: string; readonly dataSet: DataSetSpec }
  | { readonly kind: 'copy-data'; readonly name: string; readonly dataSet: DataSetSpec }
  | { readonly kind: 'verify-data'; readonly name: string; readonly dataSet: DataSetSpec }
  /** Planned, not executed: a person does it and says so at a gate. */
  | {
      readonly kind: 'data-order' | 'data-arrived';
      readonly name: string;
      readonly dataSet: DataSetSpec;
      readonly road: HumanRoad;
    }
  | { readonly kind: 'targets-healthy'; readonly name: string }
  | { readonly kind: 'smoke'; readonly name: string };

export interface ShadowStep {
  readonly index: number;
  /** Share of the requests that is copied. Unit: percent. */
  readonly fractionPercent: number;
  readonly holdMs: Milliseconds;
}

export interface CutoverStep {
  readonly index: number;
  readonly weights: Weights;
  readonly stabilizationMs: Milliseconds;
  /** Name of the gate that must be approved first; undefined for none. */
  readonly gate?: string;
  /** Data whose writers stand still from here on; undefined: there is none that is followed. */
  readonly freeze?: FreezePlan;
}

export interface DecommissionPlan {
  readonly afterMs: Milliseconds;
  readonly standbyMs: Milliseconds;
  readonly gate?: string;
  readonly terminate: OwnedSpec;
}

/** The whole migration as data. Made once, before the first step, and never edited. */
export interface Plan {
  readonly workload: string;
  readonly baselineWindowMs: Milliseconds;
  readonly environment: readonly EnvironmentStep[];
  readonly shadow: readonly ShadowStep[];
  readonly cutover: readonly CutoverStep[];
  readonly decommission: DecommissionPlan;
  /** Kind and name of everything that will be created. */
  readonly creates: readonly string[];
  /** Every gate that the plan itself contains, in order. */
  readonly gates: readonly string[];
  /** Shortest possible run: all holds, without gates, extensions and set-up. */
  readonly shortestMs: Milliseconds;
}

export const DECOMMISSION_GATE = 'decommission';

export function planMigration(spec: MigrationSpec): Plan {
  const environment = planEnvironment(spec);
  const shadow = planShadow(spec);
  const cutover = planCutover(spec);
  const { afterMs, standbyMs } = spec.decommission;
  const decommission: DecommissionPlan = {
    afterMs,
    standbyMs,
    ...(spec.decommission.approval === 'required' ? { gate: DECOMMISSION_GATE } : {}),
    terminate: spec.source.owned,
  };
  const holdsMs = [
    spec.baseline.windowMs,
    ...shadow.map((step) => step.holdMs),
    ...cutover.map((step) => step.stabilizationMs),
    afterMs,
    standbyMs,
  ];
  return {
    workload: spec.workload,
    baselineWindowMs: spec.baseline.windowMs,
    environment,
    shadow,
    cutover,
    decommission,
    creates: environment.filter(createsResource).map((step) => `${step.kind} ${step.name}`),
    gates: [
      ...environment.filter(isGate).map((step) => gateOf(step)),
      ...cutover.flatMap((step) => [step.gate, ...(step.freeze?.gates ?? [])]),
      decommission.gate,
    ].filter((gate) => gate !== undefined),
    shortestMs: holdsMs.reduce((sum, holdMs) => sum + holdMs, 0) as Milliseconds,
  };
}

function planEnvironment(spec: MigrationSpec): EnvironmentStep[] {
  const { sagemaker, existing } = spec.target;
  const { sagemaker: endpoint } = spec.router;
  const name = resourceName(spec.workload);
  const data = spec.data.flatMap(planData);
  const fleet = existing === undefined && endpoint === undefined ? planFleet(name) : [];
  const hosted = sagemaker === undefined ? [] : planHosted(name, sagemaker, endpoint?.endpointName);
  return [
    // An endpoint needs its model artefact before it can be made; instances fetch theirs when they start.
    ...(sagemaker === undefined ? [...fleet, ...data] : [...data, ...hosted, ...fleet]),
    { kind: 'targets-healthy', name },
    { kind: 'smoke', name: spec.source.endpoint },
  ];
}

/** Instances behind the load balancer. */
function planFleet(name: string): EnvironmentStep[] {
  return [
    { kind: 'target-group', name },
    { kind: 'launch-template', name },
    { kind: 'probe-rule', name },
    { kind: 'auto-scaling-group', name },
  ];
}

/** @param joined the endpoint that the target becomes a variant of; undefined: it gets one of its own. */
function planHosted(name: string, { scaling }: SageMakerTargetSpec, joined: string | undefined): EnvironmentStep[] {
  const own: EnvironmentStep[] = [
    { kind: 'endpoint-config', name },
    { kind: 'endpoint', name },
  ];
  const beside = (endpointName: string): EnvironmentStep[] => [
    { kind: 'joint-config', name, endpointName },
    { kind: 'join-endpoint', name, endpointName },
  ];
  return [
    { kind: 'model', name },
    ...(joined === undefined ? own : beside(joined)),
    ...(scaling === undefined ? [] : [{ kind: 'endpoint-scaling' as const, name: joined ?? name, scaling }]),
  ];
}

function planData(dataSet: DataSetSpec): EnvironmentStep[] {
  const { name, kind } = dataSet;
  const road = roadOf(dataSet);
  const byPeople: EnvironmentStep[] =
    road === undefined
      ? []
      : [
          { kind: 'data-order', name, dataSet, road },
          { kind: 'data-arrived', name, dataSet, road },
        ];
  if (kind === 'database') return byPeople;
  return [
    { kind: 'bucket', name: dataSet.to, dataSet },
    ...byPeople,
    // Also after a road of people: it takes what came too late for them.
    { kind: 'copy-data', name, dataSet },
    { kind: 'verify-data', name, dataSet },
  ];
}

type GateStep = Extract<EnvironmentStep, { kind: 'data-order' | 'data-arrived' }>;

function isGate(step: EnvironmentStep): step is GateStep {
  return step.kind === 'data-order' || step.kind === 'data-arrived';
}

/** Name of the gate at which a person says that it is done. */
export function gateOf({ kind, name }: GateStep): string {
  return `${kind}-${name}`;
}

const CREATING: readonly EnvironmentStep['kind'][] = [
  'model',
  'endpoint-config',
  'joint-config',
  'endpoint',
  'endpoint-scaling',
  'target-group',
  'launch-template',
  'probe-rule',
  'auto-scaling-group',
  'bucket',
];

function createsResource({ kind }: EnvironmentStep): boolean {
  return CREATING.includes(kind);
}

/** 5, 15, 25, … up to and never past `maxPercent`. */
function planShadow(spec: MigrationSpec): ShadowStep[] {
  const { startPercent, stepPercent, maxPercent, firstHoldMs, holdMs } = spec.shadow;
  const steps: ShadowStep[] = [];
  for (let fractionPercent = startPercent; fractionPercent <= maxPercent; fractionPercent += stepPercent) {
    const index = steps.length;
    steps.push({ index, fractionPercent, holdMs: index === 0 ? firstHoldMs : holdMs });
  }
  const last = steps.at(-1);
  if (last && last.fractionPercent < maxPercent) {
    steps.push({ index: steps.length, fractionPercent: maxPercent, holdMs });
  }
  return steps;
}

function planCutover(spec: MigrationSpec): CutoverStep[] {
  const { weights, stabilizationMs, approvals } = spec.cutover;
  const freeze = frozenBefore(spec.data);
  return weights.map((targetPercent, index) => ({
    index,
    weights: targetWeight(targetPercent),
    stabilizationMs,
    ...(approvals.beforeEach || (approvals.beforeFirst && index === 0) ? { gate: `cutover-${targetPercent}` } : {}),
    ...(freeze !== undefined && index === 0 ? { freeze } : {}),
  }));
}
