/** Series → SVG path data, in the units of the plot's own box. */
import type { Span } from './scale';
import { placeIn } from './scale';

export const BOX = { width: 1_000, height: 240 };

export interface Point {
  /** Neighbours in number are neighbours in the line; where numbers are left out the line is broken. */
  readonly index: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
}

export interface Frame {
  readonly time: Span;
  /** At the top of the box; 0 is at its bottom. */
  readonly top: number;
}

/** A tenth of a unit is a tenth of a pixel. */
const short = (value: number): string => String(Math.round(value * 10) / 10);

const xOf = ({ time }: Frame, atMs: number): string => short(placeIn(time, atMs) * BOX.width);
const yOf = ({ top }: Frame, value: number): string => short((1 - Math.min(1.05, value / top)) * BOX.height);
const middleOf = ({ fromMs, toMs }: Point): number => (fromMs + toMs) / 2;

/** Without interruption. */
function runsOf(points: readonly Point[]): Point[][] {
  const runs: Point[][] = [];
  for (const point of points) {
    const run = runs.at(-1);
    if (run !== undefined && run.at(-1)?.index === point.index - 1) run.push(point);
    else runs.push([point]);
  }
  return runs;
}

export function linePath(points: readonly Point[], frame: Frame): string {
  return runsOf(points)
    .map((run) => {
      const [first] = run;
      // One point alone is drawn as long as it lasted.
      if (run.length === 1 && first !== undefined)
        return `M${xOf(frame, first.fromMs)} ${yOf(frame, first.value)}H${xOf(frame, first.toMs)}`;
      return `M${run.map((point) => `${xOf(frame, middleOf(point))} ${yOf(frame, point.value)}`).join('L')}`;
    })
    .join('');
}

/** Between `low` and `high`; empty where no point has both. */
export function bandPath(points: readonly Point[], frame: Frame): string {
  const banded = points.filter(({ low, high }) => low !== undefined && high !== undefined && high > low);
  return runsOf(banded)
    .map((run) => {
      const up = run.flatMap((point) => cornersOf(point, run.length, point.high ?? 0));
      const down = run.flatMap((point) => cornersOf(point, run.length, point.low ?? 0)).reverse();
      return `M${[...up, ...down].map(([atMs, value]) => `${xOf(frame, atMs)} ${yOf(frame, value)}`).join('L')}Z`;
    })
    .join('');
}

function cornersOf(point: Point, runLength: number, value: number): [number, number][] {
  return runLength > 1
    ? [[middleOf(point), value]]
    : [
        [point.fromMs, value],
        [point.toMs, value],
      ];
}

/** Holds each value until the next one. */
export function stepPath(changes: readonly { readonly atMs: number; readonly value: number }[], frame: Frame): string {
  const [first, ...rest] = changes;
  if (first === undefined) return '';
  const later = rest.map(({ atMs, value }) => `H${xOf(frame, atMs)}V${yOf(frame, value)}`).join('');
  return `M${xOf(frame, first.atMs)} ${yOf(frame, first.value)}${later}H${BOX.width}`;
}
