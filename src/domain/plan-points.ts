/** The plan as a row of points in time: what is called there, and what a rollback means there. */
import type { AwsCall } from './aws-call';
import { callsAround, callsOfStep } from './aws-calls';
import { actionsFor } from './iam-actions';
import type { EnvironmentStep, PhaseName, Plan } from './plan';
import { gateOf } from './plan';
import { namesOf } from './resources';
import type { MigrationSpec } from './spec';
import { formatWeights } from './weights';

export interface PlanPoint {
  readonly phase: PhaseName;
  readonly what: string;
  /** Name of what is made here; undefined: nothing. */
  readonly creates?: string;
  /** Gate that a person answers first. */
  readonly gate?: string;
  readonly calls: readonly AwsCall[];
  /** Calls that take it back. */
  readonly undo: readonly AwsCall[];
  /** IAM's names for both. */
  readonly actions: readonly string[];
  /** Earliest, from the start of the migration, without gates, extensions and set-up. */
  readonly startMs: number;
  readonly endMs: number;
  /** What `rollback` does while it is here. */
  readonly rollback: string;
  readonly isPointOfNoReturn: boolean;
}

type Draft = Pick<PlanPoint, 'phase' | 'what' | 'creates' | 'gate' | 'rollback'> & {
  readonly calls?: readonly AwsCall[];
  readonly undo?: readonly AwsCall[];
  readonly holdMs?: number;
  readonly isPointOfNoReturn?: boolean;
};

const NOTHING_MOVED = 'nothing to put back: production was not touched; abandon ends the run';
const NO_USER = 'the copies stop at once; no user was ever answered by the target. retry starts again from shadow';

export function planPoints(spec: MigrationSpec, plan: Plan): PlanPoint[] {
  const around = new Map(callsAround(spec).map((point) => [point.point, point]));
  const callsAt = (...points: readonly string[]): AwsCall[] => [
    ...new Set(points.flatMap((point) => around.get(point)?.calls ?? [])),
  ];
  const watching = callsAt('look at the route', 'watch', 'ledger', 'tell people');
  const drafts = [
    ...baselinePoints(plan, [...callsAt('look for what an earlier run left'), ...watching]),
    ...environmentPoints(plan),
    ...shadowPoints(plan, [...watching, ...callsAt('read what is captured')]),
    ...cutoverPoints(spec, plan, around.get('freeze the source')?.undo ?? [], (first) => [
      ...(first ? callsAt('freeze the source') : []),
      ...callsAt('move weights, and roll back'),
      ...watching,
    ]),
    ...decommissionPoints(plan, watching, callsAt('terminate the source', 'move weights, and roll back', 'mark costs')),
  ];
  return inTime(drafts);
}

/** How long a rollback takes to reach users. */
export function rollbackReach({ router }: MigrationSpec): string {
  if (router.route53 !== undefined)
    return 'written at once; users follow when their resolvers ask again: up to 1m, then the TTL';
  if (router.sagemaker !== undefined) return 'asked for at once; SageMaker takes minutes to carry it out';
  return 'written and read back at once';
}

function baselinePoints({ baselineWindowMs }: Plan, calls: readonly AwsCall[]): Draft[] {
  const what = "the source's metrics are read";
  return [{ phase: 'baseline', what, calls, holdMs: baselineWindowMs, rollback: NOTHING_MOVED }];
}

function environmentPoints({ environment, creates }: Plan): Draft[] {
  return environment.map((step) => ({ ...stepPoint(step, creates), phase: 'environment' as const }));
}

function stepPoint(step: EnvironmentStep, creates: readonly string[]): Omit<Draft, 'phase'> {
  const what = `${step.kind} ${step.name}`;
  const isMade = creates.includes(what);
  const gate = step.kind === 'data-order' || step.kind === 'data-arrived' ? gateOf(step) : undefined;
  return {
    what,
    ...(isMade ? { creates: what } : {}),
    ...(gate === undefined ? {} : { gate }),
    ...callsOfStep(step),
    rollback: `production was not touched: what was built stays for a look, abandon deletes it${isMade ? ` (${what} too)` : ''}`,
  };
}

function shadowPoints({ shadow }: Plan, calls: readonly AwsCall[]): Draft[] {
  return shadow.map(({ fractionPercent, holdMs }) => ({
    phase: 'shadow',
    what: `${fractionPercent} % of the requests are copied`,
    calls,
    holdMs,
    rollback: NO_USER,
  }));
}

function cutoverPoints(
  spec: MigrationSpec,
  { promotion, cutover, creates }: Plan,
  release: readonly AwsCall[],
  callsOf: (first: boolean) => readonly AwsCall[],
): Draft[] {
  const promoted = (promotion?.steps ?? []).map((step, index) => ({
    ...stepPoint(step, creates),
    phase: 'cutover' as const,
    ...(index === 0 && promotion !== undefined ? { gate: promotion.gate } : {}),
  }));
  return [
    ...promoted,
    ...cutover.map(({ weights, stabilizationMs, gate, index }): Draft => ({
      phase: 'cutover',
      what: `weights ${formatWeights(weights)}`,
      ...(gate === undefined ? {} : { gate }),
      calls: callsOf(index === 0),
      undo: release,
      holdMs: stabilizationMs,
      rollback: `all traffic to the source, ${rollbackReach(spec)}; the target is kept for a look`,
    })),
  ];
}

function decommissionPoints(
  { decommission: { afterMs, standbyMs, gate, terminate } }: Plan,
  watching: readonly AwsCall[],
  ending: readonly AwsCall[],
): Draft[] {
  const names = namesOf(terminate);
  const back = 'all traffic to the source: it runs on with the capacity that it had, and its health is checked first';
  return [
    { phase: 'decommission', what: 'all traffic on the target', calls: watching, holdMs: afterMs, rollback: back },
    { phase: 'decommission', what: 'source on standby', calls: watching, holdMs: standbyMs, rollback: back },
    {
      phase: 'decommission',
      what: names.length === 0 ? 'the source leaves the route; nothing is terminated' : `terminate ${names.join(', ')}`,
      ...(gate === undefined ? {} : { gate }),
      calls: ending,
      rollback: 'refused: the point of no return is in the ledger and the source is leaving; the weights stay',
      isPointOfNoReturn: true,
    },
  ];
}

function inTime(drafts: readonly Draft[]): PlanPoint[] {
  let atMs = 0;
  return drafts.map(({ holdMs = 0, calls = [], undo = [], isPointOfNoReturn = false, ...draft }) => {
    const startMs = atMs;
    atMs += holdMs;
    const actions = [...actionsFor([...calls, ...undo])].sort();
    return { ...draft, calls: [...new Set(calls)], undo, actions, startMs, endMs: atMs, isPointOfNoReturn };
  });
}
