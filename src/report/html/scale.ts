/** Where values lie in a plot, and which of them are named beside it. */

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** 0 at the beginning of the span, 1 at its end; 0 where the span has no length. */
export function placeIn({ from, to }: Span, value: number): number {
  return to > from ? (value - from) / (to - from) : 0;
}

/** About so many steps of 1, 2 or 5 times a power of ten, from 0. @returns the ticks; the last one is at or above `max`. */
export function ticksTo(max: number, count = 4): number[] {
  if (!(max > 0) || !Number.isFinite(max)) return [0, 1];
  const power = 10 ** Math.floor(Math.log10(max / count));
  const step =
    [1, 2, 5, 10].map((factor) => factor * power).find((each) => each * count >= max * (1 - 1e-9)) ?? 10 * power;
  const steps = Math.ceil(max / step - 1e-9);
  // Multiplied, not added up: 0.1 + 0.2 is no tick.
  return Array.from({ length: steps + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000];
const TIME_STEPS_MS = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 5, 7, 14, 28, 56, 91, 182, 364].map((count) => count * DAY),
];

export interface TimeTick {
  readonly atMs: number;
  readonly text: string;
}

/** At round times, UTC; at most `countMax` stretches between them. */
export function timeTicks({ from, to }: Span, countMax = 8): TimeTick[] {
  const stepMs = TIME_STEPS_MS.find((step) => (to - from) / step <= countMax) ?? Math.ceil((to - from) / countMax);
  const first = Math.ceil(from / stepMs) * stepMs;
  const count = Math.max(0, Math.floor((to - first) / stepMs) + 1);
  return Array.from({ length: count }, (_, index) => first + index * stepMs).map((atMs, index) => ({
    atMs,
    text: tickText(atMs, stepMs, index === 0),
  }));
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Where ticks are hours, the first one and each midnight say which day it is. */
function tickText(atMs: number, stepMs: number, isFirst: boolean): string {
  const date = new Date(atMs);
  const iso = date.toISOString();
  const day = `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
  if (stepMs >= DAY) return day;
  if (atMs % DAY === 0) return day;
  const time = iso.slice(11, stepMs < MINUTE ? 19 : 16);
  return isFirst ? `${day}, ${time}` : time;
}
