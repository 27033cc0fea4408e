import { readTrace } from '../../lab/traffic/generator';

/** @returns times from the start, evenly apart. Unit: milliseconds. */
export function evenly(ratePerSecond: number, seconds: number): number[] {
  return Array.from({ length: ratePerSecond * seconds }, (_, index) => (index * 1_000) / ratePerSecond);
}

/** The arrivals of a recording, made quicker until its average is the rate; as many as fit. @throws Error for no rows. */
export function fromTrace(csv: string, ratePerSecond: number, secondsMax: number): number[] {
  const offsetsMs = readTrace(csv);
  const lastMs = offsetsMs.at(-1) ?? 0;
  if (lastMs === 0) throw new Error('the trace lasts no time at all');
  const factor = ((offsetsMs.length / ratePerSecond) * 1_000) / lastMs;
  return offsetsMs.map((offsetMs) => offsetMs * factor).filter((dueMs) => dueMs < secondsMax * 1_000);
}
