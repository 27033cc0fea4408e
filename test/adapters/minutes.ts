/** Five minutes of a series, for what is made of series. */
import { alignRange } from '../../src/adapters/metric-series';
import type { EpochMs } from '../../src/domain/quantity';
import { epochMs } from '../../src/domain/quantity';

export const MINUTE = 60_000;
export const T0 = 1_700_000_040_000; // A whole minute.
export const range = alignRange(T0, T0 + 5 * MINUTE, 60);
export const at = (minute: number): EpochMs => epochMs(T0 + minute * MINUTE);
export const series = (...points: [minute: number, value: number][]): Map<EpochMs, number> =>
  new Map(points.map(([minute, value]) => [at(minute), value]));
