import type { EpochMs } from './quantity';

export const HOUR_MS = 3_600_000;
const HOURS_A_WEEK = 168;
/** 1970 began on a Thursday. */
const FIRST_THURSDAY = 72;

/** In UTC, where clocks are never changed. Range 0 (Monday, 00:00 to 01:00) to 167. */
export function hourOfWeek(atMs: number): number {
  return (Math.floor(atMs / HOUR_MS) + FIRST_THURSDAY) % HOURS_A_WEEK;
}

/** Those that the time touches, `toMs` not included. */
export function hoursOfWeek(fromMs: EpochMs, toMs: EpochMs): number[] {
  const first = Math.floor(fromMs / HOUR_MS);
  const count = Math.min(HOURS_A_WEEK, Math.ceil(toMs / HOUR_MS) - first);
  return Array.from({ length: Math.max(0, count) }, (_, index) => hourOfWeek((first + index) * HOUR_MS));
}
