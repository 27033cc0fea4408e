/** Pure: the baseline by hour of the week, for the time in which the source serves nobody. */
import type { BaselineHour, SideWindow } from '../domain/evidence';
import { HOUR_MS, hourOfWeek } from '../domain/hour-of-week';

export interface SeenWindow {
  readonly startMs: number;
  readonly side: SideWindow;
}

/** Of an hour's windows, so many must have data: minutes of it would not stand for it. */
const COVERAGE_MIN = 0.5;

/** @param periodMs length of a window. @param quantiles what is told of each hour; latencies are medians over its windows. */
export function baselineByHour(
  windows: readonly SeenWindow[],
  periodMs: number,
  quantiles: readonly string[],
): Record<string, BaselineHour> {
  const hours = new Map<number, SideWindow[]>();
  for (const { startMs, side } of windows) {
    if (side.requestCount === 0) continue;
    const hour = hourOfWeek(startMs);
    hours.set(hour, [...(hours.get(hour) ?? []), side]);
  }
  const covered = [...hours].filter(([, sides]) => sides.length >= (COVERAGE_MIN * HOUR_MS) / periodMs);
  return Object.fromEntries(covered.map(([hour, sides]) => [hour, summarise(sides, quantiles)]));
}

function summarise(sides: readonly SideWindow[], quantiles: readonly string[]): BaselineHour {
  const sum = (pick: (side: SideWindow) => number): number => sides.reduce((total, side) => total + pick(side), 0);
  const errorRate = sum(({ errorCount }) => errorCount) / sum(({ requestCount }) => requestCount);
  const medians = quantiles.flatMap((quantile) => {
    const ms = median(sides.flatMap(({ quantilesMs }) => quantilesMs[quantile] ?? []));
    return ms === undefined ? [] : [[quantile, rounded(ms)] as const];
  });
  const names = new Set(sides.flatMap(({ metrics }) => Object.keys(metrics ?? {})));
  const averages = [...names].map((name) => {
    const values = sides.flatMap(({ metrics }) => metrics?.[name] ?? []);
    return [name, rounded(values.reduce((total, value) => total + value, 0) / values.length)] as const;
  });
  return {
    errorRate: rounded(errorRate),
    quantilesMs: Object.fromEntries(medians),
    ...(averages.length === 0 ? {} : { metrics: Object.fromEntries(averages) }),
  };
}

/** 168 hours stand in every record of the state. */
const rounded = (value: number): number => Number(value.toPrecision(5));

/** undefined: of nothing. */
export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined) return undefined;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}
