/** Whether the deadline holds, and what would meet it. */
import type { Inventory } from '../domain/inventory';
import type { Schedule } from './schedule';
import { longestChain, scheduleOf } from './schedule';
import type { Wave } from './waves';

export const DAY_MS = 86_400_000;

export interface DeadlineAnswer {
  readonly isMet: boolean;
  readonly text: string;
  /** What would meet it; empty when it is met. */
  readonly remedies: readonly string[];
}

/** Chain that is named whole. */
const CHAIN_MAX = 8;

/** @returns undefined without a deadline. */
export function judgeDeadline(
  { startMs, deadlineMs, parallel, workloads }: Inventory,
  waves: readonly Wave[],
  schedule: Schedule,
  daysOf: (workload: string) => number,
): DeadlineAnswer | undefined {
  if (startMs === undefined || deadlineMs === undefined) return undefined;
  const allowed = Math.floor((deadlineMs - startMs) / DAY_MS);
  const needed = Math.ceil(schedule.days);
  const figures = `${needed} days from ${dateOf(startMs)} end on ${dateOf(startMs + needed * DAY_MS)}; the deadline is ${dateOf(deadlineMs)}`;
  if (needed <= allowed) return { isMet: true, text: `met: ${figures}`, remedies: [] };
  const lanes = fewestLanes(waves, daysOf, allowed, parallel, workloads.length);
  return {
    isMet: false,
    text: `missed by ${needed - allowed} days: ${figures}`,
    remedies: [
      lanes === undefined
        ? `not by more people: ${chainText(longestChain(waves, daysOf), daysOf)} take ${Math.ceil(scheduleOf(waves, daysOf, workloads.length).days)} days one after the other, however many move at a time`
        : `parallel: ${lanes} instead of ${parallel}`,
      `start: ${dateOf(deadlineMs - needed * DAY_MS)}`,
      `deadline: ${dateOf(startMs + needed * DAY_MS)}`,
    ],
  };
}

/** @returns undefined when no number of them is enough. */
function fewestLanes(
  waves: readonly Wave[],
  daysOf: (workload: string) => number,
  allowed: number,
  parallel: number,
  most: number,
): number | undefined {
  const fits = (lanes: number): boolean => Math.ceil(scheduleOf(waves, daysOf, lanes).days) <= allowed;
  if (!fits(most)) return undefined;
  let [low, high] = [parallel + 1, most];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) high = middle;
    else low = middle + 1;
  }
  return high;
}

function chainText(chain: readonly string[], daysOf: (workload: string) => number): string {
  const named = chain.slice(0, CHAIN_MAX).map((name) => `${name} (${Math.ceil(daysOf(name))} d)`);
  return [...named, ...(chain.length > CHAIN_MAX ? [`${chain.length - CHAIN_MAX} more`] : [])].join(' → ');
}

export function dateOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}
