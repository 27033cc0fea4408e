import { roadOf } from './data-method';
import { frozenBefore } from './data-freeze';
import type { FreezePlan } from './data-freeze';
import { databaseGates, planDatabases, REPLICATION_PARTS } from './database-steps';
import type { DatabaseStep } from './database-steps';
import { transferName } from './managed-transfer';
import type { ImageSpec } from './image';
import { planModelEntries, planModelPackages } from './model-package-steps';
import type { ModelPackageStep } from './model-package-steps';
import type { Milliseconds } from './quantity';
import type { ReadCheckSpec } from './read-check';
import { resourceName, shadowConfigName } from './resources';
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

/** What is followed of the roads of people, for days. */
export interface RoadWait {
  readonly kind: 'import-order' | 'import-done' | 'line-available';
  readonly name: string;
  readonly dataSet: DataSetSpec;
}

/** One thing that phase 2 builds or proves, in order. */
export type EnvironmentStep =
  | { readonly kind: 'budget'; readonly name: string }
  | { readonly kind: 'model'; readonly name: string }
  | { readonly kind: 'endpoint-config'; readonly name: string }
  | { readonly kind: 'endpoint'; readonly name: string }
  /** The endpoint's own configuration, and the target beside it. */
  | { readonly kind: 'joint-config'; readonly name: string; readonly endpointName: string }
  | { readonly kind: 'join-endpoint'; readonly name: string; readonly endpointName: string }
  /** The endpoint's own configuration, and the target as its shadow variant. */
  | { readonly kind: 'shadow-config'; readonly name: string; readonly endpointName: string }
  | { readonly kind: 'shadow-endpoint'; readonly name: string; readonly endpointName: string }
  | { readonly kind: 'endpoint-scaling'; readonly name: string; readonly scaling: EndpointScalingSpec }
  | { readonly kind: 'target-group'; readonly name: string }
  | { readonly kind: 'launch-template'; readonly name: string }
  | { readonly kind: 'probe-rule'; readonly name: string }
  | { readonly kind: 'auto-scaling-group'; readonly name: string }
  | { readonly kind: 'bucket'; readonly name: string; readonly dataSet: DataSetSpec }
  | { readonly kind: 'copy-data'; readonly name: string; readonly dataSet: DataSetSpec }
  /** A task of DataSync, with its locations; then one run of it. */
  | { readonly kind: 'transfer-task'; readonly name: string; readonly dataSet: DataSetSpec }
  | { readonly kind: 'transfer-data'; readonly name: string; readonly dataSet: DataSetSpec }
  | { readonly kind: 'verify-data'; readonly name: string; readonly dataSet: DataSetSpec }
  /** Measured; asks where it does not pass. */
  | { readonly kind: 'read-check'; readonly name: string; readonly dataSet: DataSetSpec; readonly check: ReadCheckSpec }
  /** Planned, not executed: a person does it and says so at a gate. */
  | {
      readonly kind: 'data-order' | 'data-arrived';
      readonly name: string;
      readonly dataSet: DataSetSpec;
      readonly road: HumanRoad;
    }
  | DatabaseStep
  | RoadWait
  | ImageStep
  | ModelPackageStep
  | { readonly kind: 'targets-healthy'; readonly name: string }
  | { readonly kind: 'smoke'; readonly name: string };

/** A container image that the target needs: looked up, given a place, copied, proven. */
export interface ImageStep {
  readonly kind: 'image-digest' | 'image-repository' | 'copy-image' | 'verify-image';
  readonly name: string;
  readonly image: ImageSpec;
}

export interface ShadowStep {
  readonly index: number;
  /** Share of the requests that is copied. Unit: percent. */
  readonly fractionPercent: number;
  readonly holdMs: Milliseconds;
}

/** What is done by calls; the others are gates at which people say that they have done it. */
export type BuiltStep = Exclude<EnvironmentStep, DatabaseStep | { kind: 'data-order' | 'data-arrived' | 'read-check' }>;

/** From a shadow variant to a production variant at weight 0, before the first weight. */
export interface Promotion {
  readonly gate: string;
  readonly steps: readonly BuiltStep[];
}

export interface CutoverStep {
  readonly index: number;
  readonly weights: Weights;
  readonly stabilizationMs: Milliseconds;
  /** Name of the gate that must be approved first; undefined for none. */
  readonly gate?: string;
  /** Data whose writers stand still from here on; undefined: there is none that is followed. */
  readonly freeze?: FreezePlan;
  /** Databases that must be level before these weights; undefined: none. */
  readonly databases?: readonly string[];
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
  /** Only where a shadow variant gets the copies. */
  readonly promotion?: Promotion;
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
export const PROMOTION_GATE = 'production-variant';

export function planMigration(spec: MigrationSpec): Plan {
  const environment = planEnvironment(spec);
  const shadow = planShadow(spec);
  const promotion = planPromotion(spec);
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
    ...(promotion === undefined ? {} : { promotion }),
    cutover,
    decommission,
    creates: [...environment, ...(promotion?.steps ?? [])]
      .filter(createsResource)
      .map((step) => `${step.kind} ${step.name}`),
    gates: [
      ...environment.filter(isGate).map((step) => gateOf(step)),
      promotion?.gate,
      ...cutover.flatMap((step) => [step.gate, ...(step.freeze?.gates ?? []), ...databaseGates(step.databases)]),
      decommission.gate,
    ].filter((gate) => gate !== undefined),
    shortestMs: holdsMs.reduce((sum, holdMs) => sum + holdMs, 0) as Milliseconds,
  };
}

function planEnvironment(spec: MigrationSpec): EnvironmentStep[] {
  const { sagemaker, existing } = spec.target;
  const { sagemaker: endpoint } = spec.router;
  const name = resourceName(spec.workload);
  const data = [
    ...planDatabases(spec.workload, spec.databases),
    ...spec.data.flatMap((dataSet) => planData(dataSet, spec.workload)),
  ];
  const models = planModelPackages(spec.modelPackages);
  const fleet = existing === undefined && endpoint === undefined ? planFleet(name) : [];
  const hosted = sagemaker === undefined ? [] : planHosted(spec, name, sagemaker, endpoint?.endpointName);
  const isShadowed = spec.shadow.variant !== undefined;
  return [
    // Before anything that costs.
    ...(spec.budget === undefined ? [] : [{ kind: 'budget' as const, name }]),
    ...planImages(spec.images ?? []),
    ...planModelEntries(spec.modelPackages),
    // An endpoint needs its model artefact before it can be made; instances fetch theirs when they start.
    ...(sagemaker === undefined ? [...fleet, ...data, ...models] : [...data, ...models, ...hosted, ...fleet]),
    { kind: 'targets-healthy', name },
    // A shadow variant cannot be asked: its smoke requests come once it is a production variant.
    ...(isShadowed ? [] : [{ kind: 'smoke' as const, name: spec.source.endpoint }]),
  ];
}

/** All tags are looked up before the first copy: what they mean may change while one goes on. */
function planImages(images: readonly ImageSpec[]): ImageStep[] {
  return [
    ...images.map((image): ImageStep => ({ kind: 'image-digest', name: image.name, image })),
    ...images.flatMap((image): ImageStep[] => [
      { kind: 'image-repository', name: image.to, image },
      { kind: 'copy-image', name: image.name, image },
      { kind: 'verify-image', name: image.name, image },
    ]),
  ];
}

function planPromotion({ shadow, router, target, workload, source }: MigrationSpec): Promotion | undefined {
  if (shadow.variant === undefined || router.sagemaker === undefined || target.sagemaker === undefined)
    return undefined;
  const { endpointName } = router.sagemaker;
  const name = resourceName(workload);
  return {
    gate: PROMOTION_GATE,
    steps: [
      ...planJoin(name, endpointName),
      ...planScaling(endpointName, target.sagemaker),
      { kind: 'smoke', name: source.endpoint },
    ],
  };
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
function planHosted(
  { shadow, workload }: MigrationSpec,
  name: string,
  target: SageMakerTargetSpec,
  joined: string | undefined,
): EnvironmentStep[] {
  const model: EnvironmentStep = { kind: 'model', name };
  if (joined === undefined)
    return [model, { kind: 'endpoint-config', name }, { kind: 'endpoint', name }, ...planScaling(name, target)];
  if (shadow.variant === undefined) return [model, ...planJoin(name, joined), ...planScaling(joined, target)];
  const config = shadowConfigName(workload);
  return [
    model,
    { kind: 'shadow-config', name: config, endpointName: joined },
    { kind: 'shadow-endpoint', name: config, endpointName: joined },
  ];
}

function planJoin(name: string, endpointName: string): BuiltStep[] {
  return [
    { kind: 'joint-config', name, endpointName },
    { kind: 'join-endpoint', name, endpointName },
  ];
}

function planScaling(name: string, { scaling }: SageMakerTargetSpec): BuiltStep[] {
  return scaling === undefined ? [] : [{ kind: 'endpoint-scaling', name, scaling }];
}

function planData(dataSet: DataSetSpec, workload: string): EnvironmentStep[] {
  const { name, kind } = dataSet;
  const road = roadOf(dataSet);
  const byPeople = road === undefined ? [] : planRoad(dataSet, road);
  if (kind === 'database') return byPeople;
  return [
    { kind: 'bucket', name: dataSet.to, dataSet },
    ...byPeople,
    // Also after a road of people: it takes what came too late for them.
    ...planCopy(dataSet, workload),
    { kind: 'verify-data', name, dataSet },
    ...planReadCheck(dataSet),
  ];
}

/** Gates where people do it, and steps that follow what they do where the spec says by which name. */
function planRoad(dataSet: DataSetSpec, road: HumanRoad): EnvironmentStep[] {
  const { name } = dataSet;
  if (dataSet.directConnect !== undefined) return [{ kind: 'line-available', name, dataSet }];
  const order: EnvironmentStep = { kind: 'data-order', name, dataSet, road };
  const arrived: EnvironmentStep = { kind: 'data-arrived', name, dataSet, road };
  if (dataSet.snowball === undefined) return [order, arrived];
  return [order, { kind: 'import-order', name, dataSet }, arrived, { kind: 'import-done', name, dataSet }];
}

function planReadCheck(dataSet: DataSetSpec): EnvironmentStep[] {
  const { name, readCheck: check } = dataSet;
  return check === undefined ? [] : [{ kind: 'read-check', name, dataSet, check }];
}

function planCopy(dataSet: DataSetSpec, workload: string): BuiltStep[] {
  if (dataSet.datasync === undefined) return [{ kind: 'copy-data', name: dataSet.name, dataSet }];
  const name = transferName(workload, dataSet.name);
  return [
    { kind: 'transfer-task', name, dataSet },
    { kind: 'transfer-data', name, dataSet },
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
  'budget',
  'model',
  'endpoint-config',
  'joint-config',
  'shadow-config',
  'endpoint',
  'endpoint-scaling',
  'target-group',
  'launch-template',
  'probe-rule',
  'auto-scaling-group',
  'bucket',
  'transfer-task',
  ...REPLICATION_PARTS,
  'import-order',
  'image-repository',
  'model-package-group',
  'model-package',
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
  const databases = spec.databases?.map(({ name }) => name);
  return weights.map((targetPercent, index) => ({
    index,
    weights: targetWeight(targetPercent),
    stabilizationMs,
    ...(approvals.beforeEach || (approvals.beforeFirst && index === 0) ? { gate: `cutover-${targetPercent}` } : {}),
    ...(freeze !== undefined && index === 0 ? { freeze } : {}),
    ...(databases !== undefined && index === 0 ? { databases } : {}),
  }));
}
