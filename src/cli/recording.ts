/** Two recordings → windows, as the workflow's judge takes them. */
import { addHistograms, countOf, histogramOf, quantileOf } from '../analysis/histogram';
import type { EvidenceWindow, Histogram, Sides, SideWindow } from '../domain/evidence';
import { EMPTY_SIDE } from '../domain/evidence';
import { SEGMENTS_MAX } from '../domain/judge-state';
import type { EpochMs } from '../domain/quantity';
import type { RequestLine } from './request-lines';

type Side = 'source' | 'target';

interface Gathered {
  requests: number;
  errors: number;
  latencies: number[];
}

/** One window's requests of one label; '' for all. */
type Cell = Record<Side, Gathered>;

const OTHER = '(other)';

export class Recording {
  private readonly windows = new Map<number, Map<string, Cell>>();
  private readonly labels = new Map<string, number>();

  constructor(private readonly windowMs: number) {}

  add(side: Side, { at, latencyMs, ok, segment }: RequestLine): void {
    const startMs = Math.floor(at / this.windowMs) * this.windowMs;
    const window = this.windows.get(startMs) ?? new Map<string, Cell>();
    this.windows.set(startMs, window);
    this.put(window, '', side, latencyMs, ok);
    if (segment === undefined) return;
    this.labels.set(segment, (this.labels.get(segment) ?? 0) + 1);
    this.put(window, segment, side, latencyMs, ok);
  }

  /** The labels with most requests; all others are one. */
  segments(): string[] {
    const byCount = [...this.labels].sort(([, a], [, b]) => b - a).map(([label]) => label);
    return byCount.length <= SEGMENTS_MAX ? byCount : [...byCount.slice(0, SEGMENTS_MAX - 1), OTHER];
  }

  /** In the order of time; times at which neither side has requests are left out. */
  toWindows(): EvidenceWindow[] {
    const named = new Set(this.segments());
    return [...this.windows]
      .sort(([a], [b]) => a - b)
      .map(([startMs, cells]): EvidenceWindow => {
        const segments = new Map<string, Cell>();
        for (const [label, cell] of cells) {
          if (label === '') continue;
          const name = named.has(label) ? label : OTHER;
          const sum = segments.get(name) ?? emptyCell();
          segments.set(name, sum);
          pour(sum, cell);
        }
        return {
          startMs: startMs as EpochMs,
          endMs: (startMs + this.windowMs) as EpochMs,
          ...sidesOf(cells.get('') ?? emptyCell()),
          segments: Object.fromEntries([...segments].map(([name, cell]) => [name, sidesOf(cell)])),
        };
      });
  }

  private put(window: Map<string, Cell>, label: string, side: Side, latencyMs: number | null, ok: boolean): void {
    const cell = window.get(label) ?? emptyCell();
    window.set(label, cell);
    cell[side].requests += 1;
    if (latencyMs !== null) cell[side].latencies.push(latencyMs);
    if (!ok) cell[side].errors += 1;
  }
}

/** A factor between two windows' medians that no server reaches, and that seconds for milliseconds does. */
const UNIT_FACTOR_MIN = 300;
/** So many requests make a median. */
const MEDIAN_COUNT_MIN = 20;

/** Where a side's latencies jump as if their unit had changed; undefined: nowhere. */
export function unitChange(windows: readonly EvidenceWindow[], side: Side): string | undefined {
  let before = Number.NaN;
  let gathered: Histogram = [];
  for (const { startMs, [side]: seen } of windows) {
    gathered = addHistograms(gathered, seen.latencies ?? []);
    if (countOf(gathered) < MEDIAN_COUNT_MIN) continue;
    const medianMs = quantileOf(gathered, 0.5);
    gathered = [];
    const factor = Math.max(medianMs / before, before / medianMs);
    if (factor >= UNIT_FACTOR_MIN) {
      const at = new Date(startMs).toISOString();
      return `latencies change by a factor of ${factor.toPrecision(2)} at ${at}: has their unit changed?`;
    }
    before = medianMs;
  }
  return undefined;
}

/** Whether the sides seem to be told in different units; undefined: they do not. */
export function unitDifference(windows: readonly EvidenceWindow[]): string | undefined {
  const medianOf = (side: Side): number => {
    let all: Histogram = [];
    for (const window of windows) all = addHistograms(all, window[side].latencies ?? []);
    return quantileOf(all, 0.5);
  };
  const [source, target] = [medianOf('source'), medianOf('target')];
  const factor = Math.max(source / target, target / source);
  return factor >= UNIT_FACTOR_MIN
    ? `the latencies of the two sides differ by a factor of ${factor.toPrecision(2)}: are their units the same?`
    : undefined;
}

function emptyCell(): Cell {
  const nothing = (): Gathered => ({ requests: 0, errors: 0, latencies: [] });
  return { source: nothing(), target: nothing() };
}

function pour(into: Cell, from: Cell): void {
  for (const side of ['source', 'target'] as const) {
    into[side].requests += from[side].requests;
    into[side].errors += from[side].errors;
    for (const latencyMs of from[side].latencies) into[side].latencies.push(latencyMs);
  }
}

function sidesOf(cell: Cell): Sides {
  return { source: sideOf(cell.source), target: sideOf(cell.target) };
}

function sideOf({ requests, errors, latencies }: Gathered): SideWindow {
  if (requests === 0) return EMPTY_SIDE;
  return { requestCount: requests, errorCount: errors, quantilesMs: {}, latencies: histogramOf(latencies) };
}
