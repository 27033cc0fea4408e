import { TABLE_PRICES } from '../../src/domain/hourly-prices';
import type { HourFigures, ObservedTarget } from '../../src/domain/observed';
import { epochMs } from '../../src/domain/quantity';

export const PRICES = TABLE_PRICES;
export const NO_PRICES = (): undefined => undefined;
const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 0, 5);

/** @param figures of hour 0, 1, 2 … */
export function observedOf(hourCount: number, figures: (hour: number) => HourFigures): ObservedTarget {
  const hours = Array.from({ length: hourCount }, (_, index) => ({
    startMs: epochMs(START_MS + index * HOUR_MS),
    ...figures(index),
  }));
  const names = [...new Set(hours.flatMap((hour) => Object.keys(hour)))].filter((name) => name !== 'startMs');
  return { hours, sources: Object.fromEntries(names.map((name) => [name, `measured ${name}`])), trouble: [] };
}

/** A day as users make it: 100 an hour at night, 1000 at noon. */
export const daily = (hour: number): number => (hour % 24 === 12 ? 1_000 : 100);
