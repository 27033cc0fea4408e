import type { SideWindow } from '../domain/evidence';
import { fractionOf } from '../domain/quantity';
import { quantileOf } from './histogram';

/** null: not known, or no latency at all (zero, infinite, not a number). Unit: milliseconds. */
export function latencyAt({ latencies, quantilesMs }: SideWindow, quantile: string): number | null {
  const ms =
    quantilesMs[quantile] ?? (latencies === undefined ? Number.NaN : quantileOf(latencies, fractionOf(quantile)));
  return ms > 0 && ms < Number.POSITIVE_INFINITY ? ms : null;
}
