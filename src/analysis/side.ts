import type { SideWindow } from '../domain/evidence';
import type { JudgePolicy } from '../domain/judge-state';
import { fractionOf } from '../domain/quantity';
import { quantileOf } from './histogram';

/** Whether the source answers users: then it is the control, and a window without it says nothing. */
export function sourceServes({ mode, wanted }: JudgePolicy): boolean {
  return mode !== 'cutover' || (wanted?.source ?? 0) > 0;
}

/** null: not known, or no latency at all (zero, infinite, not a number). Unit: milliseconds. */
export function latencyAt({ latencies, quantilesMs }: SideWindow, quantile: string): number | null {
  const ms =
    quantilesMs[quantile] ?? (latencies === undefined ? Number.NaN : quantileOf(latencies, fractionOf(quantile)));
  return ms > 0 && ms < Number.POSITIVE_INFINITY ? ms : null;
}
