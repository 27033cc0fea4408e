/** One piece of advice, and what it stands on. */
import type { Figure } from '../domain/data-figures';
import type { HourFigure, ObservedHour, ObservedTarget } from '../domain/observed';
import { COVERAGE_MIN } from './assumptions';

export type AdviceKind = 'right-sizing' | 'autoscaling' | 'savings-plan' | 'storage';

export interface AdviceInput {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Who says so. */
  readonly source: string;
}

export interface Advice {
  readonly kind: AdviceKind;
  /** What to do, one sentence. */
  readonly what: string;
  /** A month, after the advice before it. */
  readonly saving: Figure;
  readonly inputs: readonly AdviceInput[];
  /** What to look at before it is done. */
  readonly caution: string;
}

/** Why a kind of advice is not given. */
export interface NoAdvice {
  readonly kind: AdviceKind;
  readonly why: string;
}

export const isAdvice = (answer: Advice | NoAdvice): answer is Advice => 'saving' in answer;

/** What serves the workload. */
export interface Fleet {
  readonly instanceType: string;
  /** Average over the hours; a whole number where nothing scales. */
  readonly count: number;
}

/**
 * The hours of which all the figures are known.
 * @returns a sentence instead, where they are too few to say anything.
 */
export function enoughHours(
  { hours, sources }: ObservedTarget,
  figures: readonly HourFigure[],
  hoursMin: number,
): readonly ObservedHour[] | string {
  const missing = figures.filter((figure) => sources[figure] === undefined);
  if (missing.length > 0) return `${missing.map(figureName).join(' and ')} of the target: nobody measures it`;
  const known = hours.filter((hour) => figures.every((figure) => Number.isFinite(hour[figure])));
  const what = figures.map(figureName).join(' and ');
  if (known.length < hoursMin) return `${what} is known of ${known.length} hour(s), ${hoursMin} are needed`;
  const [first, last] = [known[0], known.at(-1)];
  const span = first === undefined || last === undefined ? 0 : (last.startMs - first.startMs) / 3_600_000 + 1;
  if (known.length < COVERAGE_MIN * span)
    return `${what} is known of ${known.length} of ${span} hours, ${COVERAGE_MIN * 100} % are needed`;
  return known;
}

const NAMES: Readonly<Record<HourFigure, string>> = {
  requests: 'the number of requests',
  instances: 'the number of instances',
  gpu: 'the load of the GPUs',
  gpuPeak: 'the peak load of the GPUs',
  cpu: 'the load of the processors',
  gpuMemoryPeak: 'the memory of the GPUs',
  memoryPeak: 'the memory of the instances',
};

export function figureName(figure: HourFigure): string {
  return NAMES[figure];
}

/** The highest of the hours; undefined where none knows it. */
export function highest(hours: readonly ObservedHour[], figure: HourFigure): number | undefined {
  const values = hours.flatMap((hour) => hour[figure] ?? []).filter(Number.isFinite);
  return values.length === 0 ? undefined : values.reduce((most, value) => Math.max(most, value));
}

export function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Three digits behind the point at most, for a formula. */
export const digits = (value: number): string => String(Number(value.toFixed(3)));
