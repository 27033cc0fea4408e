/** One metric over time at a resolution of one second, kept for a bounded time. */
import { addValue, emptyStats, mergeStats } from './histogram';
import type { SecondStats } from './histogram';

/** Longer than any window that the lab's own scenarios read. Unit: seconds. */
export const RETENTION_SECONDS = 3700;

export class Series {
  private readonly seconds = new Map<number, SecondStats>();

  record(epochMs: number, value: number, count = 1): void {
    addValue(this.second(Math.floor(epochMs / 1000)), value, count);
  }

  /** Adds statistics that came without their samples: such seconds have no percentiles. */
  merge(part: SecondStats): void {
    this.seconds.set(part.t, mergeStats(part.t, [this.second(part.t), part]));
  }

  private second(t: number): SecondStats {
    const known = this.seconds.get(t);
    if (known !== undefined) return known;
    const stats = emptyStats(t);
    this.seconds.set(t, stats);
    this.forget(t);
    return stats;
  }

  /** Seconds with data in [fromSecond, toSecond), oldest first. */
  window(fromSecond: number, toSecond: number): SecondStats[] {
    const found: SecondStats[] = [];
    for (const [t, stats] of this.seconds) {
      if (t >= fromSecond && t < toSecond) found.push(stats);
    }
    return found.sort((a, b) => a.t - b.t);
  }

  private forget(nowSecond: number): void {
    // A Map iterates in insertion order, so the oldest seconds come first.
    for (const t of this.seconds.keys()) {
      if (t >= nowSecond - RETENTION_SECONDS) break;
      this.seconds.delete(t);
    }
  }
}

/** Folds seconds into periods that start at multiples of `periodSeconds`. Periods without data are absent, as in CloudWatch. */
export function foldIntoPeriods(seconds: readonly SecondStats[], periodSeconds: number): SecondStats[] {
  const groups = new Map<number, SecondStats[]>();
  for (const stats of seconds) {
    const start = Math.floor(stats.t / periodSeconds) * periodSeconds;
    const group = groups.get(start);
    if (group === undefined) groups.set(start, [stats]);
    else group.push(stats);
  }
  return [...groups].sort(([a], [b]) => a - b).map(([start, group]) => mergeStats(start, group));
}
