/**
 * Fewer instances, or others with the same chip, by the busiest hour that was seen.
 *
 *   busy     = load of an hour × its instances × chips (or vCPUs) an instance, the highest of all hours
 *   needed   = busy ÷ LOAD_MAX ÷ chips of the candidate, rounded up, and the spec's least number
 *   saving   = (instances now × their price - needed × the candidate's) × 730 h
 *
 * Only types with the same chip are candidates: what a model does on another one nobody has measured. A dimension that
 * is not measured may not shrink.
 */
import type { Figure } from '../domain/data-figures';
import type { HourlyPrices } from '../domain/hourly-prices';
import type { InstanceType } from '../domain/instance-types';
import { INSTANCE_TYPES } from '../domain/instance-types';
import type { HourFigure, ObservedHour, ObservedTarget } from '../domain/observed';
import { unknownUsd, usd } from '../assess';
import type { Advice, AdviceInput, Fleet, NoAdvice } from './advice';
import { average, digits, enoughHours, figureName, highest } from './advice';
import { HOURS_MIN, HOURS_PER_MONTH, LOAD_MAX, MEMORY_MAX, SAVING_MIN } from './assumptions';

const kind = 'right-sizing';

export interface Sized {
  readonly answer: Advice | NoAdvice;
  /** As it is once the advice is followed. */
  readonly fleet: Fleet;
}

/** What all instances of the busiest hours together need; undefined: not measured. */
interface Need {
  readonly chips: number | undefined;
  readonly vcpus: number | undefined;
  /** Of one instance: a copy of the model must fit. Unit: GiB. */
  readonly memoryGib: number | undefined;
  readonly chipMemoryGib: number | undefined;
}

/** @param fleet what the spec asks for. @param countMin fewer instances are too few for the spec. */
export function rightSize(observed: ObservedTarget, fleet: Fleet, countMin: number, prices: HourlyPrices): Sized {
  const { instanceType } = fleet;
  const stays = (why: string): Sized => ({ answer: { kind, why }, fleet });
  const type = shapeOf(instanceType);
  if (type === undefined) return stays(`it is not known what ${instanceType} has`);
  const load: HourFigure = type.chip === undefined ? 'cpu' : 'gpu';
  const hours = enoughHours(observed, ['instances', load], HOURS_MIN);
  if (typeof hours === 'string') return stays(hours);
  const now = average(hours.map(({ instances = 0 }) => instances));
  const need = needOf(hours, type);
  const inputs = inputsOf(observed, hours, instanceType, load);
  const best = cheapest(type, { instanceType, count: now }, need, countMin, prices);
  if (best === undefined)
    return {
      answer: {
        kind,
        why: `${digits(now)} × ${instanceType} fit: ${figureName(load)} was ${digits(highest(hours, load) ?? 0)} % in the busiest hour, ${LOAD_MAX} % may be`,
      },
      fleet: { instanceType, count: now },
    };
  return {
    answer: {
      kind,
      what: `${best.count} × ${best.name} instead of ${digits(now)} × ${instanceType}`,
      saving: best.saving,
      inputs,
      caution:
        'compare P99 under the load of the busiest hour before the change: fewer or smaller instances wait longer at peaks within an hour',
    },
    fleet: { instanceType: best.name, count: best.count },
  };
}

interface Choice {
  readonly name: string;
  readonly count: number;
  readonly saving: Figure;
}

/** @returns undefined where what there is fits. */
function cheapest(
  type: InstanceType,
  now: Fleet,
  need: Need,
  countMin: number,
  prices: HourlyPrices,
): Choice | undefined {
  const today = prices(now.instanceType);
  const fewer = countFor(type, need, countMin);
  if (today === undefined) {
    // Without its price no other type can be called cheaper, but fewer of the same are.
    const saving = unknownUsd(`no price of ${now.instanceType} is known`);
    return fewer < now.count * (1 - SAVING_MIN) ? { name: now.instanceType, count: fewer, saving } : undefined;
  }
  const options = candidatesOf(type, now.instanceType, need).flatMap(({ name, shape }) => {
    const price = prices(name);
    const count = countFor(shape, need, countMin);
    return price === undefined ? [] : [{ name, shape, count, price, cost: count * price.usd }];
  });
  const costNow = now.count * today.usd;
  const best = options.reduce((least, each) => (each.cost < least.cost ? each : least));
  if (best.cost > costNow * (1 - SAVING_MIN)) return undefined;
  const { name, count, price } = best;
  const formula =
    `(${digits(now.count)} × USD ${today.usd}/h - ${count} × USD ${price.usd}/h) × ${HOURS_PER_MONTH} h/month; ` +
    `${count} is ${formulaOf(best.shape, need, countMin)} (${now.instanceType}: ${today.from}; ${name}: ${price.from})`;
  return { name, count, saving: usd((costNow - best.cost) * HOURS_PER_MONTH, formula) };
}

/** SageMaker's types are EC2's with a prefix. */
function shapeOf(instanceType: string): InstanceType | undefined {
  return INSTANCE_TYPES.get(instanceType.replace(/^ml\./, ''));
}

function needOf(hours: readonly ObservedHour[], type: InstanceType): Need {
  const busiest = (figure: 'gpu' | 'cpu', each: number): number | undefined => {
    const busy = hours.flatMap((hour) => {
      const load = hour[figure];
      return load === undefined || hour.instances === undefined ? [] : [(load / 100) * hour.instances * each];
    });
    return busy.length < hours.length ? undefined : busy.reduce((most, value) => Math.max(most, value), 0);
  };
  const memory = (figure: 'memoryPeak' | 'gpuMemoryPeak', gib: number): number | undefined => {
    const percent = highest(hours, figure);
    const isWhole = hours.every((hour) => hour[figure] !== undefined);
    return percent === undefined || !isWhole ? undefined : (percent / 100) * gib;
  };
  return {
    chips: type.chip === undefined ? 0 : busiest('gpu', type.chipCount),
    vcpus: busiest('cpu', type.vcpus),
    memoryGib: memory('memoryPeak', type.memoryGib),
    chipMemoryGib: type.chip === undefined ? 0 : memory('gpuMemoryPeak', type.chipMemoryGib),
  };
}

interface Candidate {
  readonly name: string;
  readonly shape: InstanceType;
}

/** The type that serves first. */
function candidatesOf(type: InstanceType, instanceType: string, need: Need): Candidate[] {
  const prefix = instanceType.startsWith('ml.') ? 'ml.' : '';
  const holds = (has: number, had: number, needed: number | undefined): boolean =>
    needed === undefined ? has >= had : has * (MEMORY_MAX / 100) >= needed;
  const others = [...INSTANCE_TYPES.values()].filter(
    (each) =>
      each.name !== type.name &&
      each.chip === type.chip &&
      holds(each.memoryGib, type.memoryGib, need.memoryGib) &&
      holds(each.chipMemoryGib, type.chipMemoryGib, need.chipMemoryGib) &&
      // A load that nobody measured may be all of it.
      (need.vcpus !== undefined || each.vcpus >= type.vcpus) &&
      (need.chips !== undefined || each.chipCount >= type.chipCount),
  );
  return [type, ...others].map((shape) => ({ name: `${prefix}${shape.name}`, shape }));
}

function countFor(shape: InstanceType, { chips, vcpus }: Need, countMin: number): number {
  const forLoad = (busy: number | undefined, each: number): number =>
    busy === undefined || each === 0 ? 0 : Math.ceil(busy / ((LOAD_MAX / 100) * each) - 1e-9);
  return Math.max(1, countMin, forLoad(chips, shape.chipCount), forLoad(vcpus, shape.vcpus));
}

function formulaOf(shape: InstanceType, { chips, vcpus }: Need, countMin: number): string {
  const parts = [
    ...(chips === undefined || shape.chipCount === 0
      ? []
      : [`${digits(chips)} busy chips ÷ ${LOAD_MAX} % ÷ ${shape.chipCount}`]),
    ...(vcpus === undefined ? [] : [`${digits(vcpus)} busy vCPUs ÷ ${LOAD_MAX} % ÷ ${shape.vcpus}`]),
    `at least ${countMin}`,
  ];
  return `the most of ${parts.join(', ')}, rounded up`;
}

const SHOWN: readonly { figure: HourFigure; name: string; unit: string }[] = [
  { figure: 'gpu', name: 'GPU load, busiest hour', unit: 'percent' },
  { figure: 'gpuPeak', name: 'GPU load, peak', unit: 'percent' },
  { figure: 'cpu', name: 'processor load, busiest hour', unit: 'percent' },
  { figure: 'gpuMemoryPeak', name: 'GPU memory, peak', unit: 'percent' },
  { figure: 'memoryPeak', name: 'memory, peak', unit: 'percent' },
];

function inputsOf(
  { sources }: ObservedTarget,
  hours: readonly ObservedHour[],
  instanceType: string,
  load: HourFigure,
): AdviceInput[] {
  const mean = (figure: HourFigure): number => average(hours.map((hour) => hour[figure] ?? 0));
  return [
    { name: 'hours', value: hours.length, unit: 'hours', source: sources[load] ?? '' },
    {
      name: `instances (${instanceType}), average`,
      value: mean('instances'),
      unit: 'instances',
      source: sources.instances ?? '',
    },
    { name: `${figureName(load)}, average`, value: mean(load), unit: 'percent', source: sources[load] ?? '' },
    ...SHOWN.flatMap(({ figure, name, unit }) => {
      const value = highest(hours, figure);
      return value === undefined ? [] : [{ name, value, unit, source: sources[figure] ?? '' }];
    }),
  ];
}
