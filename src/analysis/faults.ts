import type { EvidenceWindow, SideWindow } from '../domain/evidence';

/** Numbers that cannot be: whoever sends them must not be believed in anything. @returns undefined: there are none. */
export function faultOf(windows: readonly EvidenceWindow[]): string | undefined {
  const starts = new Set<number>();
  for (const window of windows) {
    const { startMs, endMs } = window;
    if (!(Number.isFinite(startMs) && Number.isFinite(endMs) && endMs > startMs))
      return `a window from ${startMs} to ${endMs}`;
    const at = new Date(startMs).toISOString();
    if (starts.has(startMs)) return `the window of ${at} is there twice`;
    starts.add(startMs);
    for (const side of ['source', 'target'] as const) {
      const fault = faultOfSide(window[side]);
      if (fault !== undefined) return `the ${side} at ${at} has ${fault}`;
    }
  }
  return undefined;
}

function faultOfSide({ requestCount, errorCount, quantilesMs }: SideWindow): string | undefined {
  if (!isCount(requestCount)) return `${requestCount} requests`;
  if (!isCount(errorCount)) return `${errorCount} errors`;
  const wrong = Object.entries(quantilesMs).find(([, ms]) => !(ms >= 0 && ms < Number.POSITIVE_INFINITY));
  return wrong === undefined ? undefined : `a ${wrong[0]} of ${wrong[1]} ms`;
}

function isCount(count: number): boolean {
  return count >= 0 && count < Number.POSITIVE_INFINITY;
}
