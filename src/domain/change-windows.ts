/** When something may be begun: inside weekly windows, and outside of freezes. */

export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Day = (typeof DAYS)[number];

export interface ChangeWindow {
  readonly days: readonly Day[];
  /** Of the wall clock. Range 0 to 1439. Unit: minutes since midnight. */
  readonly fromMinute: number;
  /** Not included. At or before `fromMinute`: on the next day. */
  readonly toMinute: number;
  /** IANA's name. */
  readonly timeZone: string;
}

/** `toMs` is not included. */
export interface Freeze {
  readonly fromMs: number;
  readonly toMs: number;
  readonly why: string;
}

export interface ChangeCalendar {
  /** Empty: at any time. */
  readonly changeWindows: readonly ChangeWindow[];
  readonly freezes: readonly Freeze[];
}

export type Opening =
  { readonly isOpen: true } | { readonly isOpen: false; readonly opensMs: number; readonly why: string };

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** A week, a window that crosses midnight, and time zones on both sides. */
const DAYS_AHEAD = 9;
const DAYS_A_WEEK = 7;

/** @throws RangeError for a time zone that there is not. */
export function openingAt({ changeWindows, freezes }: ChangeCalendar, nowMs: number): Opening {
  const frozenAt = (atMs: number): Freeze | undefined => freezes.find((freeze) => isIn(freeze, atMs));
  const thaws = freezes.map(({ toMs }) => toMs).filter((toMs) => toMs > nowMs);
  // After a long freeze the windows of then count.
  const spans = [nowMs, ...thaws].flatMap((atMs) => changeWindows.flatMap((window) => spansAround(window, atMs)));
  const isInWindow = (atMs: number): boolean => changeWindows.length === 0 || spans.some((span) => isIn(span, atMs));
  const frozen = frozenAt(nowMs);
  if (frozen === undefined && isInWindow(nowMs)) return { isOpen: true };
  const opensMs = [...thaws, ...spans.map(({ fromMs }) => fromMs)]
    .filter((atMs) => atMs > nowMs && frozenAt(atMs) === undefined && isInWindow(atMs))
    .reduce((soonest, atMs) => Math.min(soonest, atMs), Number.POSITIVE_INFINITY);
  return {
    isOpen: false,
    opensMs,
    why: frozen === undefined ? 'outside of the change windows' : `freeze: ${frozen.why}`,
  };
}

const isIn = ({ fromMs, toMs }: Span, atMs: number): boolean => fromMs <= atMs && atMs < toMs;

function spansAround({ days, fromMinute, toMinute, timeZone }: ChangeWindow, atMs: number): Span[] {
  const spans: Span[] = [];
  for (let day = -1; day <= DAYS_AHEAD; day += 1) {
    const midnight = wallClock(atMs + day * DAY_MS, timeZone);
    const startOfDay = midnight - modulo(midnight, DAY_MS);
    // 1970 began on a Thursday.
    const weekday = DAYS[modulo(Math.floor(startOfDay / DAY_MS) + DAYS.indexOf('thu'), DAYS_A_WEEK)];
    if (weekday === undefined || !days.includes(weekday)) continue;
    const length = toMinute > fromMinute ? toMinute : toMinute + DAY_MS / MINUTE_MS;
    spans.push({
      fromMs: instantOf(startOfDay + fromMinute * MINUTE_MS, timeZone),
      toMs: instantOf(startOfDay + length * MINUTE_MS, timeZone),
    });
  }
  return spans;
}

const modulo = (value: number, by: number): number => ((value % by) + by) % by;

/** What the clock on the wall shows, as if it were UTC. Epoch milliseconds, whole seconds. @throws RangeError. */
export function wallClock(atMs: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(new Date(atMs));
  const part = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.find((each) => each.type === type)?.value);
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
}

/** When the wall shows this. An hour that is skipped begins when it would have; of one that comes twice the first counts. */
export function instantOf(wallMs: number, timeZone: string): number {
  const before = wallMs - (wallClock(wallMs - DAY_MS, timeZone) - (wallMs - DAY_MS));
  if (wallClock(before, timeZone) === wallMs) return before;
  const after = wallMs - (wallClock(wallMs + DAY_MS, timeZone) - (wallMs + DAY_MS));
  return wallClock(after, timeZone) === wallMs ? after : before;
}
