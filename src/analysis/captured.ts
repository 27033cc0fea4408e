import type { CapturedWindow, Evidence, EvidenceWindow } from '../domain/evidence';
import { EMPTY_ACCOUNT, EMPTY_SIDE } from '../domain/evidence';
import type { EpochMs } from '../domain/quantity';

/**
 * What was counted, and beside it what was captured of the same time: neither knows both how many copies failed and what
 * they answered. Windows of which only lines are known have no counts.
 */
export function withCaptures(counted: Evidence, captured: readonly CapturedWindow[], periodMs: number): Evidence {
  if (!counted.complete) return counted;
  const linesAt = new Map(captured.map((window) => [window.startMs, window]));
  const countedAt = new Set(counted.windows.map(({ startMs }) => startMs));
  const uncounted = captured
    .filter(({ startMs }) => !countedAt.has(startMs))
    .map(({ startMs }): EvidenceWindow => {
      const endMs = (startMs + periodMs) as EpochMs;
      return { startMs, endMs, source: EMPTY_SIDE, target: EMPTY_SIDE };
    });
  const windows = [...counted.windows, ...uncounted].map((window) => withLines(window, linesAt.get(window.startMs)));
  return { ...counted, windows: windows.sort((a, b) => a.startMs - b.startMs) };
}

function withLines(window: EvidenceWindow, captured: CapturedWindow | undefined): EvidenceWindow {
  const { requestCount, errorCount } = window.target;
  const shadow = { ...(captured?.account ?? EMPTY_ACCOUNT), answered: Math.max(0, requestCount - errorCount) };
  const worst = captured?.worst ?? [];
  return { ...window, shadow, ...(worst.length === 0 ? {} : { worst }) };
}
