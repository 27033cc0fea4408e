/** A limit on bytes a second that may change with the time of day, written as rclone's `--bwlimit`. */
import type { CopyClock } from './clock';

/** Unit: bytes a second; undefined: no limit. */
export type Rate = number | undefined;

export interface TimetableEntry {
  /** From midnight. 0 to 1,439. */
  readonly fromMinute: number;
  /** 0 is Sunday; undefined: every day. */
  readonly weekday?: number;
  readonly rate: Rate;
}

/** In force from each entry's time until the next one's; the last one of the week before the first. */
export type Timetable = readonly TimetableEntry[];

export interface LocalTime {
  readonly weekday: number;
  readonly minute: number;
}

const UNITS: Readonly<Record<string, number>> = { B: 1, K: 1_024, M: 1_024 ** 2, G: 1_024 ** 3, T: 1_024 ** 4 };
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const DAY_MINUTES = 1_440;

/**
 * Reads `10M`, `off`, or `08:00,512K 18:00,off` with `Mon-08:00,…` for one weekday. Units are binary and of bytes;
 * without one it is KiB, as rclone has it.
 * @throws RangeError naming what cannot be read.
 */
export function parseTimetable(text: string): Timetable {
  const words = text.trim().split(/\s+/);
  if (words.length === 1 && !text.includes(',')) return [{ fromMinute: 0, rate: rateOf(words[0] ?? '') }];
  return words.map(entryOf);
}

function entryOf(word: string): TimetableEntry {
  const match = /^(?:([A-Za-z]{3})[A-Za-z]*-)?(\d{1,2}):(\d{2}),(.+)$/.exec(word);
  const [hour, minute] = [Number(match?.[2]), Number(match?.[3])];
  if (match === null || hour > 23 || minute > 59) throw new RangeError(`'${word}' is not HH:MM,rate`);
  const fromMinute = hour * 60 + minute;
  const rate = rateOf(match[4] ?? '');
  if (match[1] === undefined) return { fromMinute, rate };
  const weekday = DAYS.indexOf(match[1].toLowerCase());
  if (weekday < 0) throw new RangeError(`'${word}' begins with no day of the week`);
  return { fromMinute, weekday, rate };
}

function rateOf(text: string): Rate {
  if (text === 'off') return undefined;
  const match = /^(\d+(?:\.\d+)?)(?:([BKMGT])(?:i?B)?)?$/.exec(text);
  const rate = Number(match?.[1]) * (UNITS[match?.[2] ?? 'K'] ?? Number.NaN);
  if (!(rate >= 1)) throw new RangeError(`'${text}' is no rate such as 512K, 10M or off`);
  return rate;
}

export function rateAt(timetable: Timetable, { weekday, minute }: LocalTime): Rate {
  const now = weekday * DAY_MINUTES + minute;
  let [best, bestAge]: [TimetableEntry | undefined, number] = [undefined, Number.POSITIVE_INFINITY];
  for (const entry of timetable) {
    const days = entry.weekday === undefined ? DAYS.map((_, day) => day) : [entry.weekday];
    for (const day of days) {
      const age = (now - (day * DAY_MINUTES + entry.fromMinute) + 7 * DAY_MINUTES) % (7 * DAY_MINUTES);
      // The later one of two for the same minute holds.
      if (age <= bestAge) [best, bestAge] = [entry, age];
    }
  }
  return best?.rate;
}

/** In the zone that the process runs in, as an operator reads a clock. */
function localTime(atMs: number): LocalTime {
  const date = new Date(atMs);
  return { weekday: date.getDay(), minute: date.getHours() * 60 + date.getMinutes() };
}

/** A new limit is in force this long after its time. Unit: milliseconds. */
const LOOK_MS = 1_000;

/** Bytes are paid before they are moved, in the order of asking; a wish larger than a second's worth takes longer. */
export class Bandwidth {
  /** When everything that was paid so far will have been moved. Unit: ms since 1970. */
  private freeAtMs = 0;
  private rate: Rate;
  private lookAtMs = 0;
  private turn: Promise<void> = Promise.resolve();

  constructor(
    private readonly timetable: Timetable,
    private readonly clock: CopyClock,
    private readonly local: (atMs: number) => LocalTime = localTime,
  ) {}

  async pay(bytes: number, signal: AbortSignal): Promise<void> {
    if (this.timetable.every(({ rate }) => rate === undefined)) return;
    const before = this.turn;
    const mine = before.then(() => this.payInTurn(bytes, signal));
    this.turn = mine.catch(() => undefined);
    await mine;
  }

  private async payInTurn(bytes: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      const nowMs = this.clock.now();
      // A clock that was set back must not hold a copy up for hours.
      const wasSetBack = nowMs < this.lookAtMs - LOOK_MS;
      if (nowMs >= this.lookAtMs || wasSetBack) {
        const rate = rateAt(this.timetable, this.local(nowMs));
        if (rate !== this.rate || wasSetBack) this.freeAtMs = nowMs;
        this.rate = rate;
        this.lookAtMs = nowMs + LOOK_MS;
      }
      if (this.rate === undefined) return;
      const waitMs = this.freeAtMs - nowMs;
      if (waitMs <= 0) break;
      await this.clock.sleep(Math.min(waitMs, LOOK_MS), signal);
    }
    this.freeAtMs = Math.max(this.freeAtMs, this.clock.now()) + (bytes / this.rate) * 1_000;
  }
}
