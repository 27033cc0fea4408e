/** A limit on bytes a second that may change with the time of day, written as rclone's `--bwlimit`. Local time. */

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

const UNITS: Readonly<Record<string, number>> = { B: 1, K: 1_024, M: 1_024 ** 2, G: 1_024 ** 3, T: 1_024 ** 4 };
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

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
