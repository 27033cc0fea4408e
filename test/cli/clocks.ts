/** Clocks for a replay whose verdict must not depend on how busy the machine is. */
import { setImmediate } from 'node:timers/promises';
import { processClock } from '../../src/tap/replay/replay';
import type { Clock } from '../../src/tap/replay/replay';

/** Stands still while the machine is late: nothing is ever sent late, and on a busy machine all of it takes longer. */
export function patientClock(): Clock {
  const real = processClock();
  let lostMs = 0;
  let heldMs = Number.POSITIVE_INFINITY;
  const now = (): number => Math.min(real.now() - lostMs, heldMs);
  return {
    now,
    waitUntil: async (atMs, stop) => {
      heldMs = Math.max(atMs, now());
      await real.waitUntil(heldMs + lostMs, stop);
      lostMs = Math.max(lostMs, real.now() - heldMs);
      heldMs = Number.POSITIVE_INFINITY;
    },
  };
}

/** Waits for nothing: its time goes from one arrival to the next, and is past each by `lateMs`. */
export function jumpingClock(lateMs: number): Clock {
  let nowMs = 0;
  return {
    now: () => nowMs,
    waitUntil: async (atMs) => {
      await setImmediate();
      nowMs = Math.max(nowMs, atMs + lateMs);
    },
  };
}
