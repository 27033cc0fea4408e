import type { EvidenceWindow, Sides, SideWindow } from '../domain/evidence';
import { addAccounts } from '../domain/evidence';
import type { EpochMs } from '../domain/quantity';
import { addHistograms } from './histogram';
import { own } from './own';

/**
 * Windows that hold all their latencies become longer ones, aligned to `spanMs`, with nothing lost but the order within.
 * Others stay as they are: their percentiles do not add up.
 */
export function mergeWindows(windows: readonly EvidenceWindow[], spanMs: number): EvidenceWindow[] {
  const merged: EvidenceWindow[] = [];
  for (const window of windows) {
    const last = merged.at(-1);
    const isSame = last !== undefined && spanOf(last, spanMs) === spanOf(window, spanMs);
    if (isSame && isMergeable(last) && isMergeable(window)) merged[merged.length - 1] = mergeTwo(last, window);
    else merged.push(window);
  }
  return merged;
}

function spanOf({ startMs }: EvidenceWindow, spanMs: number): number {
  return Math.floor(startMs / spanMs);
}

function isMergeable({ source, target }: Sides): boolean {
  return source.latencies !== undefined && target.latencies !== undefined;
}

function mergeTwo(a: EvidenceWindow, b: EvidenceWindow): EvidenceWindow {
  const shadow =
    a.shadow !== undefined && b.shadow !== undefined ? addAccounts(a.shadow, b.shadow) : (a.shadow ?? b.shadow);
  const labels = new Set([...Object.keys(a.segments ?? {}), ...Object.keys(b.segments ?? {})]);
  const segments = [...labels].map((label) => {
    const [one, other] = [own(a.segments, label), own(b.segments, label)];
    return [label, one !== undefined && other !== undefined ? addSides(one, other) : (one ?? other)] as const;
  });
  return {
    startMs: a.startMs,
    endMs: Math.max(a.endMs, b.endMs) as EpochMs,
    ...addSides(a, b),
    ...(shadow === undefined ? {} : { shadow }),
    ...(labels.size === 0 ? {} : { segments: Object.fromEntries(segments) as Record<string, Sides> }),
  };
}

function addSides(a: Sides, b: Sides): Sides {
  return { source: addSide(a.source, b.source), target: addSide(a.target, b.target) };
}

function addSide(a: SideWindow, b: SideWindow): SideWindow {
  return {
    requestCount: a.requestCount + b.requestCount,
    errorCount: a.errorCount + b.errorCount,
    quantilesMs: {},
    latencies: addHistograms(a.latencies ?? [], b.latencies ?? []),
  };
}
