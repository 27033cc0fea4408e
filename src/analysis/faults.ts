import type { EvidenceWindow, SideWindow } from '../domain/evidence';
import { EMPTY_ACCOUNT } from '../domain/evidence';

/** Numbers that cannot be: whoever sends them must not be believed in anything. @returns undefined: there are none. */
export function faultOf(windows: readonly EvidenceWindow[], judged: readonly string[] = []): string | undefined {
  const starts = new Set<number>();
  for (const window of windows) {
    const { startMs, endMs } = window;
    if (!(Number.isFinite(startMs) && Number.isFinite(endMs) && endMs > startMs))
      return `a window from ${startMs} to ${endMs}`;
    const at = new Date(startMs).toISOString();
    if (starts.has(startMs)) return `the window of ${at} is there twice`;
    starts.add(startMs);
    for (const [label, sides] of [['', window] as const, ...Object.entries(window.segments ?? {})]) {
      for (const side of ['source', 'target'] as const) {
        const fault = faultOfSide(sides[side], judged);
        if (fault !== undefined) return `the ${side}${label === '' ? '' : ` of ${label}`} at ${at} has ${fault}`;
      }
    }
    const { shadow } = window;
    if (shadow === undefined) continue;
    if (!Object.values(shadow).every(isCount)) return `the shadow account at ${at} has a count that is none`;
    if (Object.keys(EMPTY_ACCOUNT).some((name) => !(name in shadow))) return `the shadow account at ${at} is not whole`;
  }
  return undefined;
}

function faultOfSide(
  { requestCount, errorCount, quantilesMs, latencies, metrics }: SideWindow,
  judged: readonly string[],
): string | undefined {
  if (!isCount(requestCount)) return `${requestCount} requests`;
  if (!isCount(errorCount)) return `${errorCount} errors`;
  if (typeof quantilesMs !== 'object' || quantilesMs === null) return 'no quantiles';
  const wrong = Object.entries(quantilesMs).find(([, ms]) => !(ms >= 0 && ms < Number.POSITIVE_INFINITY));
  if (wrong !== undefined) return `a ${wrong[0]} of ${wrong[1]} ms`;
  const odd = Object.entries(metrics ?? {}).find(
    ([name, value]) => judged.includes(name) && !(value >= 0 && value < Number.POSITIVE_INFINITY),
  );
  if (odd !== undefined) return `${odd[0]} of ${odd[1]}`;
  return latencies === undefined || isHistogram(latencies) ? undefined : 'latencies that are no histogram';
}

function isHistogram(latencies: unknown): boolean {
  if (!Array.isArray(latencies)) return false;
  let before = Number.NEGATIVE_INFINITY;
  return latencies.every((entry: unknown) => {
    if (!Array.isArray(entry)) return false;
    const [bucket, count] = entry as unknown[];
    const isNext = typeof bucket === 'number' && bucket > before;
    before = isNext ? bucket : before;
    return isNext && isCount(count);
  });
}

function isCount(count: unknown): boolean {
  return typeof count === 'number' && count >= 0 && count < Number.POSITIVE_INFINITY;
}
