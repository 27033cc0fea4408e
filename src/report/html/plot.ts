/** One plot: an SVG that stretches with the page, its axes in HTML so that their words do not, and its figures beside it. */
import type { PhaseSpan } from '../report';
import { escaped, folded } from './markup';
import { bandPath, BOX, linePath, stepPath } from './paths';
import type { Frame, Point } from './paths';
import { placeIn, ticksTo, timeTicks } from './scale';
import type { Span } from './scale';

export interface Line {
  /** Also its colour: `source`, `target`, `wanted`. */
  readonly kind: string;
  readonly name: string;
  readonly points: readonly Point[];
  /** Instead of points: holds each value until the next. */
  readonly changes?: readonly { readonly atMs: number; readonly value: number }[];
}

export interface PlotInput {
  readonly id: string;
  readonly title: string;
  /** What is drawn and how it was put together. */
  readonly note: string;
  readonly lines: readonly Line[];
  readonly limit?: { readonly value: number; readonly name: string };
  /** Fixed instead of found. */
  readonly top?: number;
  readonly text: (value: number) => string;
  /** The figures, as HTML. */
  readonly figures: string;
}

export interface Scene {
  readonly time: Span;
  readonly phases: readonly PhaseSpan[];
  /** Weight changes: thin lines through every plot. */
  readonly marks: readonly { readonly atMs: number; readonly isBack: boolean }[];
  /** Stretches of which records are missing. */
  readonly holes: readonly { readonly fromMs: number; readonly toMs: number }[];
}

export function plot(input: PlotInput, scene: Scene): string {
  const { id, title, note, lines, limit, text, figures } = input;
  const drawn = lines.filter(({ points, changes }) => points.length > 0 || (changes?.length ?? 0) > 0);
  if (drawn.length === 0)
    return `<figure class="plot" id="${id}"><figcaption><h3>${escaped(title)}</h3></figcaption><p class="none">Nothing about this is in the ledger.</p></figure>`;
  const ticks = ticksTo(input.top ?? topOf(drawn, limit?.value));
  // Room for the stroke of a line that runs along the topmost tick.
  const frame: Frame = { time: scene.time, top: 1.03 * (ticks.at(-1) ?? 1) };
  const legend = drawn.map(({ kind, name }) => `<li class="${kind}">${escaped(name)}</li>`);
  if (limit !== undefined) legend.push(`<li class="limit">${escaped(`${limit.name} ${text(limit.value)}`)}</li>`);
  return `<figure class="plot" id="${id}"><figcaption><h3>${escaped(title)}</h3><ul class="legend">${legend.join('')}</ul><p class="note">${escaped(note)}</p></figcaption>
<div class="chart"><div class="y" aria-hidden="true">${ticks.map((tick) => `<span style="bottom:${share(tick / frame.top)}">${escaped(text(tick))}</span>`).join('')}</div>
<div class="area" data-plot="${id}">${svgOf(input, drawn, ticks, frame, scene)}</div>
<div class="x" aria-hidden="true">${timeAxis(scene.time)}</div></div>
${folded(`${title}: the figures`, figures)}
${dataOf(input, drawn, frame)}</figure>`;
}

/** A few wild values must not flatten all the others: what lies above the top is cut, and its line leaves the plot. */
function topOf(lines: readonly Line[], limit: number | undefined): number {
  const all = lines.flatMap(({ points, changes }) => [...points, ...(changes ?? [])]);
  const values = all.map(({ value }) => value);
  const highest = largest(values);
  const highs = largest(all.map((point) => ('high' in point ? (point.high ?? point.value) : point.value)));
  const usual = Math.max(1.6 * highest, 1.25 * (limit ?? 0));
  return highest === 0 && limit === undefined ? highs : Math.min(Math.max(highs, 1.1 * (limit ?? 0)), usual);
}

/** Not `Math.max(...)`: lists may be long. */
function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}

const share = (value: number): string => `${Math.round(value * 10_000) / 100}%`;

function svgOf(
  { id, title, limit, text }: PlotInput,
  lines: readonly Line[],
  ticks: readonly number[],
  frame: Frame,
  { phases, marks, holes }: Scene,
): string {
  const x = (atMs: number): number => Math.round(placeIn(frame.time, atMs) * BOX.width * 10) / 10;
  const y = (value: number): number => Math.round((1 - value / frame.top) * BOX.height * 10) / 10;
  const column = (kind: string, fromMs: number, toMs: number): string =>
    `<rect class="${kind}" x="${x(fromMs)}" y="0" width="${Math.max(0, Math.round((x(toMs) - x(fromMs)) * 10) / 10)}" height="${BOX.height}"/>`;
  const shades = phases
    .filter((_, index) => index % 2 === 1)
    .map(({ startMs, endMs }) => column('shade', startMs, endMs ?? frame.time.to));
  const grid = ticks.map((tick) => `<path class="grid" d="M0 ${y(tick)}H${BOX.width}"/>`);
  const moves = marks.map(
    ({ atMs, isBack }) => `<path class="mark${isBack ? ' back' : ''}" d="M${x(atMs)} 0V${BOX.height}"/>`,
  );
  const bands = lines
    .map(({ kind, points }) => ({ kind, path: bandPath(points, frame) }))
    .filter(({ path }) => path !== '');
  const strokes = lines.map(
    ({ kind, points, changes }) =>
      `<path class="line ${kind}" d="${changes === undefined ? linePath(points, frame) : stepPath(changes, frame)}"/>`,
  );
  const describing = `${lines.map((line) => describe(line, text)).join('; ')}${limit === undefined ? '' : `; ${limit.name} ${text(limit.value)}`}.`;
  return [
    `<svg viewBox="0 0 ${BOX.width} ${BOX.height}" preserveAspectRatio="none" role="img" aria-labelledby="${id}-t ${id}-d"><title id="${id}-t">${escaped(title)}</title><desc id="${id}-d">${escaped(describing)}</desc>`,
    ...shades,
    ...grid,
    ...holes.map(({ fromMs, toMs }) => column('hole', fromMs, toMs)),
    ...moves,
    ...bands.map(({ kind, path }) => `<path class="band ${kind}" d="${path}"/>`),
    ...(limit === undefined ? [] : [`<path class="limit" d="M0 ${y(limit.value)}H${BOX.width}"/>`]),
    ...strokes,
    '</svg>',
  ].join('');
}

function describe({ name, points, changes }: Line, text: (value: number) => string): string {
  const values = (changes ?? points).map(({ value }) => value);
  const least = values.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY);
  return `${name} from ${text(least)} to ${text(largest(values))}, at the end ${text(values.at(-1) ?? Number.NaN)}`;
}

function timeAxis(time: Span): string {
  const ticks = timeTicks(time);
  return ticks
    .map(({ atMs, text }, index) => {
      const place = placeIn(time, atMs);
      // Words at the edges stay inside, and a narrow screen shows every other one.
      const kind = [index % 2 === 1 ? 'odd' : '', place < 0.03 ? 'first' : place > 0.97 ? 'last' : '']
        .filter(Boolean)
        .join(' ');
      return `<span${kind === '' ? '' : ` class="${kind}"`} style="left:${share(place)}">${escaped(text)}</span>`;
    })
    .join('');
}

/** For the pointer: `[middle of the bucket, value, low, high]` a point. Numbers and escaped words only. */
function dataOf({ id, text }: PlotInput, lines: readonly Line[], { time }: Frame): string {
  const told = (value: number | undefined): string | undefined => (value === undefined ? undefined : text(value));
  const data = {
    time: [time.from, time.to],
    lines: lines.map(({ kind, name, points, changes }) => ({
      kind,
      name,
      ...(changes === undefined ? {} : { holds: true }),
      points:
        changes === undefined
          ? points.map(({ fromMs, toMs, value, low, high }) => [
              Math.round((fromMs + toMs) / 2),
              toMs - fromMs,
              text(value),
              ...(low === high ? [] : [told(low), told(high)]),
            ])
          : changes.map(({ atMs, value }) => [atMs, 0, text(value)]),
    })),
  };
  // `<` is the only sign that could end the element.
  return `<script type="application/json" data-of="${id}">${JSON.stringify(data).replaceAll('<', '\\u003c')}</script>`;
}
