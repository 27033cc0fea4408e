/** Recorded requests → when each is to be sent. */
import type { RecordedLine } from '../capture/recorded-line';
import { isAsking, isRedacted } from '../capture/recorded-line';

export interface Recorded {
  readonly line: RecordedLine;
  /** Its time is known to the second only. */
  readonly isCoarse: boolean;
}

export interface Arrival {
  /** Its place in the recording, from 1. */
  readonly id: string;
  /** After the first one, as it is to be sent. Unit: milliseconds. */
  readonly offsetMs: number;
  readonly line: RecordedLine;
}

export interface PlanOptions {
  /** So many times as fast as recorded. Above 0. */
  readonly speed: number;
  /** Later arrivals are left out. Unit: milliseconds. */
  readonly durationMs: number;
  /** Whether requests are sent in which values were replaced. */
  readonly sendsRedacted: boolean;
}

/** Adds up: arrivals + redacted + changing + beyond = recorded. */
export interface Plan {
  /** In the order of time. */
  readonly arrivals: readonly Arrival[];
  readonly recorded: number;
  /** Not the request any more that a user sent. */
  readonly redacted: number;
  /** Their method may change something. */
  readonly changing: number;
  readonly beyond: number;
}

const SECOND_MS = 1_000;

export function planArrivals(recorded: readonly Recorded[], { speed, durationMs, sendsRedacted }: PlanOptions): Plan {
  const isWhole = (line: RecordedLine): boolean =>
    !isRedacted(line) || (sendsRedacted && (line.bodyRedacted ?? 'values') === 'values');
  const timed = spread(recorded).sort((a, b) => a.atMs - b.atMs);
  const asking = timed.filter(({ line }) => isAsking(line.method));
  const sendable = asking.filter(({ line }) => isWhole(line));
  const firstMs = timed[0]?.atMs ?? 0;
  const arrivals = sendable
    .map(({ id, atMs, line }) => ({ id, offsetMs: (atMs - firstMs) / speed, line }))
    .filter(({ offsetMs }) => offsetMs <= durationMs);
  return {
    arrivals,
    recorded: recorded.length,
    redacted: asking.length - sendable.length,
    changing: timed.length - asking.length,
    beyond: sendable.length - arrivals.length,
  };
}

interface Timed {
  readonly id: string;
  readonly atMs: number;
  readonly line: RecordedLine;
}

/** Requests of one second, of which no more is known, come evenly over it: all at its beginning would be a burst that never was. */
function spread(recorded: readonly Recorded[]): Timed[] {
  const counts = new Map<number, number>();
  for (const { line, isCoarse } of recorded) if (isCoarse) counts.set(line.at, (counts.get(line.at) ?? 0) + 1);
  const taken = new Map<number, number>();
  return recorded.map(({ line, isCoarse }, index) => {
    const id = String(index + 1);
    if (!isCoarse) return { id, atMs: line.at, line };
    const before = taken.get(line.at) ?? 0;
    taken.set(line.at, before + 1);
    return { id, atMs: line.at + (SECOND_MS * before) / (counts.get(line.at) ?? 1), line };
  });
}
