/** Holds bytes back to what a timetable allows. */
import type { Rate, Timetable, TimetableEntry } from '../domain/timetable';
import type { CopyClock } from './clock';

export interface LocalTime {
  readonly weekday: number;
  readonly minute: number;
}

const DAYS = [0, 1, 2, 3, 4, 5, 6];
const DAY_MINUTES = 1_440;

export function rateAt(timetable: Timetable, { weekday, minute }: LocalTime): Rate {
  const now = weekday * DAY_MINUTES + minute;
  let [best, bestAge]: [TimetableEntry | undefined, number] = [undefined, Number.POSITIVE_INFINITY];
  for (const entry of timetable) {
    const days = entry.weekday === undefined ? DAYS : [entry.weekday];
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
