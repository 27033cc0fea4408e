/** Requests by hour, from the windows that a ledger holds. */
import type { EvidenceWindow } from '../domain/evidence';
import type { ObservedHour } from '../domain/observed';
import { epochMs } from '../domain/quantity';
import type { LedgerRecord } from '../domain/record';

const HOUR_MS = 3_600_000;
/** Least share of an hour that its windows must cover. */
const COVERED_MIN = 0.95;

/** All that users asked, whoever answered: the target answers it all now. An hour with holes is not known. */
export function hoursOfLedger(records: readonly LedgerRecord[]): ObservedHour[] {
  const hours = new Map<number, { requests: number; coveredMs: number }>();
  const seen = new Set<number>();
  for (const window of records.flatMap(({ windows }) => windows ?? [])) {
    // Observers may judge the end of one slice again at the start of the next.
    if (seen.has(window.startMs)) continue;
    seen.add(window.startMs);
    const startMs = Math.floor(window.startMs / HOUR_MS) * HOUR_MS;
    const hour = hours.get(startMs) ?? { requests: 0, coveredMs: 0 };
    hour.requests += askedIn(window);
    hour.coveredMs += window.endMs - window.startMs;
    hours.set(startMs, hour);
  }
  return [...hours]
    .filter(([, { coveredMs }]) => coveredMs >= COVERED_MIN * HOUR_MS)
    .sort(([a], [b]) => a - b)
    .map(([startMs, { requests }]) => ({ startMs: epochMs(startMs), requests }));
}

/** Copies are no users. */
function askedIn({ source, target, shadow }: EvidenceWindow): number {
  return shadow?.received ?? source.requestCount + target.requestCount;
}
