/** Pure: series of both sides → windows. A gap stays a gap. */
import { MigrationError } from '../domain/errors';
import type { EvidenceWindow, Sides, SideWindow } from '../domain/evidence';
import { EMPTY_SIDE } from '../domain/evidence';
import type { EpochMs } from '../domain/quantity';
import { epochMs } from '../domain/quantity';
import type { Series, SideSeries, TimeRange } from './metric-series';
import { windowStarts } from './metric-series';

const MS_PER_SECOND = 1_000;

/**
 * Windows with at least one request on either side, oldest first.
 * @param target undefined: there is none yet.
 * @throws MetricsUnavailable when the series contradict each other.
 */
export function toWindows(source: SideSeries, target: SideSeries | undefined, range: TimeRange): EvidenceWindow[] {
  const labels = new Set([...(source.segments?.keys() ?? []), ...(target?.segments?.keys() ?? [])]);
  return windowStarts(range).flatMap((startMs) => {
    const sides = toSides(source, target, startMs);
    if (!hasRequests(sides)) return [];
    const segments = [...labels].flatMap((label) => {
      const segment = toSides(source.segments?.get(label), target?.segments?.get(label), startMs);
      return hasRequests(segment) ? [[label, segment] as const] : [];
    });
    const window = { startMs, endMs: epochMs(startMs + range.periodMs), ...sides };
    return [segments.length === 0 ? window : { ...window, segments: Object.fromEntries(segments) }];
  });
}

function toSides(source: SideSeries | undefined, target: SideSeries | undefined, startMs: EpochMs): Sides {
  return {
    source: source === undefined ? EMPTY_SIDE : toSide(source, startMs),
    target: target === undefined ? EMPTY_SIDE : toSide(target, startMs),
  };
}

function hasRequests({ source, target }: Sides): boolean {
  return source.requestCount + target.requestCount > 0;
}

/**
 * Counts of errors are published only when they are not zero, so a missing one is zero *or* lost. Beside a request
 * count it is zero; and errors without a request count mean that the rest has not arrived yet.
 */
export function toSide(side: SideSeries, startMs: EpochMs): SideWindow {
  const requestCount = side.requests.get(startMs);
  const errorCount = side.errors.get(startMs) ?? 0;
  const metrics = valuesAt(side.own ?? {}, startMs);
  const known = Object.keys(metrics).length === 0 ? {} : { metrics };
  if (requestCount === undefined) {
    if (errorCount === 0) return { ...EMPTY_SIDE, ...known };
    const at = new Date(startMs).toISOString();
    throw new MigrationError(
      'MetricsUnavailable',
      `there are ${errorCount} errors at ${at} and no request count beside them`,
    );
  }
  return { requestCount, errorCount, quantilesMs: valuesAt(side.latency, startMs, MS_PER_SECOND), ...known };
}

/** What has no value then is left out. */
function valuesAt(
  byName: Readonly<Record<string, Series>>,
  startMs: EpochMs,
  factor = 1,
): Readonly<Record<string, number>> {
  const known = Object.entries(byName).flatMap(([name, series]) => {
    const value = series.get(startMs);
    return value === undefined ? [] : [[name, value * factor] as const];
  });
  return Object.fromEntries(known);
}
