import type { Percent } from './quantity';
import { percent } from './quantity';

/** How traffic is divided. Unit: percent; the two sides add up to 100. */
export interface Weights {
  readonly source: Percent;
  readonly target: Percent;
}

export const ALL_ON_SOURCE: Weights = { source: percent(100), target: percent(0) };

/** @param targetPercent 0 to 100, whole. */
export function targetWeight(targetPercent: number): Weights {
  return { source: percent(100 - targetPercent), target: percent(targetPercent) };
}

export function sameWeights(a: Weights, b: Weights): boolean {
  return a.source === b.source && a.target === b.target;
}

/** `90/10`: source first. */
export function formatWeights(weights: Weights): string {
  return `${weights.source}/${weights.target}`;
}

/** What the router's one tag says: the newest decision about this route, whoever took it. */
export interface WantedShift {
  /** Grows by one with every decision about traffic; 0 means that Crossfade never decided anything here. */
  readonly generation: number;
  readonly weights: Weights;
}

/** `7/90/10`: generation, source percent, target percent. */
export function formatShiftTag(shift: WantedShift): string {
  return `${shift.generation}/${formatWeights(shift.weights)}`;
}

/** @returns undefined when the text is not a shift tag; the caller decides whether that is an error. */
export function parseShiftTag(text: string): WantedShift | undefined {
  const match = /^(\d+)\/(\d{1,3})\/(\d{1,3})$/.exec(text);
  if (!match) return undefined;
  const [generation, source, target] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (source + target !== 100) return undefined;
  return { generation, weights: { source: percent(source), target: percent(target) } };
}
