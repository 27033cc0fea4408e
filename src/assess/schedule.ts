/** When which workload moves: wave after wave, and in a wave so many at a time, the longest first. */
import type { Wave } from './waves';

export interface Slot {
  readonly workload: string;
  readonly wave: number;
  /** From the start of the whole move, 0 for its first day. Unit: days. */
  readonly startDay: number;
  readonly endDay: number;
}

export interface Schedule {
  readonly slots: readonly Slot[];
  /** Unit: days. */
  readonly days: number;
}

/** @param daysOf of one workload, more than 0. @param parallel groups at a time: those who move together count once. */
export function scheduleOf(waves: readonly Wave[], daysOf: (workload: string) => number, parallel: number): Schedule {
  const slots: Slot[] = [];
  const longest = (group: readonly string[]): number => Math.max(...group.map(daysOf));
  let from = 0;
  for (const { number, groups } of waves) {
    const lanes = Array.from({ length: Math.min(parallel, groups.length) }, () => from);
    const sized = groups.map((group) => ({ group, days: longest(group) })).sort((a, b) => b.days - a.days);
    for (const { group, days } of sized) {
      const startDay = Math.min(...lanes);
      lanes[lanes.indexOf(startDay)] = startDay + days;
      for (const workload of group)
        slots.push({ workload, wave: number, startDay, endDay: startDay + daysOf(workload) });
    }
    from = Math.max(from, ...lanes);
  }
  return { slots, days: from };
}

/** The longest workload of each wave: no number of lanes makes the move shorter. */
export function longestChain(waves: readonly Wave[], daysOf: (workload: string) => number): string[] {
  return waves.flatMap(({ workloads }) => {
    const [longest] = [...workloads].sort((a, b) => daysOf(b) - daysOf(a) || a.localeCompare(b));
    return longest === undefined ? [] : [longest];
  });
}
