/** One metric over time at a resolution of one second, kept for a bounded time. */
import { addValue, emptyStats, mergeStats } from './histogram';
import type { SecondStats } from './histogram';

/** Longer than any window that the lab's own scenarios read. Unit: seconds. */
export const RETENTION_SECONDS = 3700;

export class Series {
  private readonly seconds = new Map<number, SecondStats>();

  record(epochMs: number, value: number, count = 1): void {
    const t = Math.floor(epochMs / 1000);
    let stats = this.seconds.get(t);
    if (stats === undefined) {
      stats = emptyStats(t);
      this.seconds.set(t, stats);
      this.forget(t);
    }
    addValue(stats, value, count);
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
