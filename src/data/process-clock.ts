import { setTimeout as delay } from 'node:timers/promises';
import type { CopyClock } from './clock';

/** The machine's own time and chance. */
export function processClock(): CopyClock {
  return {
    now: Date.now,
    random: Math.random,
    sleep: (durationMs, signal) => delay(durationMs, undefined, { signal }),
  };
}
