/** What a target could do without, by what was seen of it. Pure: what is not known is said, and nothing is guessed from it. */
import type { HourlyPrices } from '../domain/hourly-prices';
import type { ObservedBucket, ObservedTarget } from '../domain/observed';
import type { MigrationSpec } from '../domain/spec';
import type { Total } from '../assess';
import { totalOf } from '../assess';
import type { Advice, AdviceKind, NoAdvice } from './advice';
import { isAdvice } from './advice';
import { SAVINGS_PLAN_SHARE } from './assumptions';
import { autoscale } from './autoscale';
import { rightSize } from './right-size';
import { savingsPlan } from './savings-plan';
import { tierBucket } from './storage';

export interface Optimisation {
  readonly workload: string;
  readonly region: string;
  readonly hourCount: number;
  /** In the order in which they are to be done: each counts on the ones before. */
  readonly advice: readonly Advice[];
  readonly notAdvised: readonly NoAdvice[];
  /** Of all advice, a month. */
  readonly total: Total;
}

interface Served {
  readonly instanceType: string;
  readonly count: number;
  readonly countMin: number;
  readonly scalesOn?: string;
}

/** @param planShare what a Savings Plan saves of on-demand. Range: 0 to 1. */
export function optimise(
  spec: MigrationSpec,
  observed: ObservedTarget,
  buckets: readonly ObservedBucket[],
  prices: HourlyPrices,
  planShare: number = SAVINGS_PLAN_SHARE,
): Optimisation {
  const answers = [...fleetAdvice(spec, observed, prices, planShare), ...buckets.map(tierBucket)];
  const advice = answers.filter(isAdvice);
  return {
    workload: spec.workload,
    region: spec.region,
    hourCount: observed.hours.length,
    advice,
    notAdvised: answers.filter((answer): answer is NoAdvice => !isAdvice(answer)),
    total: totalOf(advice.map(({ what, saving }) => ({ what, figure: saving }))),
  };
}

const FLEET_KINDS: readonly AdviceKind[] = ['right-sizing', 'autoscaling', 'savings-plan'];

function fleetAdvice(
  spec: MigrationSpec,
  seen: ObservedTarget,
  prices: HourlyPrices,
  planShare: number,
): (Advice | NoAdvice)[] {
  const served = servedBy(spec);
  if (served === undefined)
    return FLEET_KINDS.map((kind) => ({ kind, why: 'somebody else built the target: its instances are not known' }));
  const { instanceType, count, countMin, scalesOn } = served;
  const observed = scalesOn === undefined ? withConstantCount(seen, count) : seen;
  const sized = rightSize(observed, { instanceType, count }, countMin, prices);
  const scaled = autoscale(observed, sized.fleet, countMin, scalesOn, prices);
  const plan = savingsPlan(
    observed,
    { instanceType: sized.fleet.instanceType, floor: scaled.floor },
    planShare,
    prices,
  );
  return [sized.answer, scaled.answer, plan];
}

/** What does not scale has as many instances as the spec says, unless somebody counted. */
function withConstantCount(observed: ObservedTarget, count: number): ObservedTarget {
  if (observed.sources.instances !== undefined) return observed;
  return {
    ...observed,
    hours: observed.hours.map((hour) => ({ ...hour, instances: count })),
    sources: { ...observed.sources, instances: `the spec: ${count}, which do not scale` },
  };
}

export function servedBy({ target: { ec2, sagemaker } }: MigrationSpec): Served | undefined {
  if (ec2 !== undefined) {
    const { instanceType, desired, min, scaleOn } = ec2;
    const scales = scaleOn === undefined ? {} : { scalesOn: `${scaleOn.namespace} ${scaleOn.metric}` };
    return { instanceType, count: desired, countMin: min, ...scales };
  }
  if (sagemaker === undefined) return undefined;
  const { instanceType, instanceCount, scaling } = sagemaker;
  if (scaling === undefined) return { instanceType, count: instanceCount, countMin: 1 };
  return { instanceType, count: instanceCount, countMin: scaling.min, scalesOn: scaling.on };
}
