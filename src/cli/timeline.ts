/** Bars over time: as SVG in a page, as characters in a terminal. */
import { escaped } from '../report/html/markup';

export interface TimelineBar {
  readonly label: string;
  /** Any unit, the same for all; the first one starts at 0. */
  readonly start: number;
  readonly end: number;
  /** What a pointer on it shows. */
  readonly detail: string;
}

const ROW = 18;
const LABEL = 220;
const WIDTH = 960;
const TICKS = 6;

/** @param tick what a point in time is called. */
export function timelineSvg(bars: readonly TimelineBar[], tick: (at: number) => string): string {
  const end = endOf(bars);
  const x = (at: number): number => LABEL + ((WIDTH - LABEL - 40) * at) / end;
  const height = (bars.length + 2) * ROW;
  const ticks = Array.from({ length: TICKS + 1 }, (_, index) => (end * index) / TICKS);
  return [
    `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="timeline">`,
    ...ticks.map(
      (at) =>
        `<line x1="${round(x(at))}" y1="${ROW}" x2="${round(x(at))}" y2="${height}"/><text x="${round(x(at))}" y="12" text-anchor="middle">${escaped(tick(at))}</text>`,
    ),
    ...bars.map(({ label, start, end: until, detail }, index) => {
      const y = (index + 1) * ROW + 4;
      const width = Math.max(2, x(until) - x(start));
      return `<text x="0" y="${y + 11}">${escaped(label)}</text><rect x="${round(x(start))}" y="${y}" width="${round(width)}" height="${ROW - 6}" rx="2"><title>${escaped(detail)}</title></rect>`;
    }),
    '</svg>',
  ].join('\n');
}

const COLUMNS = 48;
const LABEL_COLUMNS = 24;

export function timelineLines(bars: readonly TimelineBar[]): string[] {
  const end = endOf(bars);
  return bars.map(({ label, start, end: until, detail }) => {
    const from = Math.min(COLUMNS - 1, Math.floor((COLUMNS * start) / end));
    const length = Math.max(1, Math.round((COLUMNS * (until - start)) / end));
    const bar = `${' '.repeat(from)}${'#'.repeat(Math.min(length, COLUMNS - from))}`;
    return `    ${label.padEnd(LABEL_COLUMNS)} |${bar.padEnd(COLUMNS)}| ${detail}`;
  });
}

const round = (value: number): number => Math.round(value * 10) / 10;
const endOf = (bars: readonly TimelineBar[]): number => Math.max(1e-9, ...bars.map(({ end }) => end));
