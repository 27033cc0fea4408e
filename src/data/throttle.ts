/**
 * How many requests at once each first-level prefix bears: additive increase, multiplicative decrease. S3 scales by
 * prefix, so one that is throttled must not slow down the others.
 */
import { Budget } from './budget';

interface Lane {
  /** At once. 1 or more; grows by about one for each round of successes. */
  limit: number;
  inFlight: number;
  /** Requests that began before the last decrease say nothing about the new limit. */
  decreases: number;
  readonly waiting: (() => void)[];
}

export interface Permit {
  /** To be called once, with how it went. */
  end(outcome: 'done' | 'throttled' | 'other'): void;
}

export class Throttle {
  private readonly lanes = new Map<string, Lane>();
  private readonly all: Budget;

  /** @param countMax at once over all prefixes, and the most that one may have. */
  constructor(private readonly countMax: number) {
    this.all = new Budget(countMax);
  }

  /** For tests and for telling: at once, of the prefix of this key. */
  limitOf(key: string): number {
    return this.lanes.get(prefixOf(key))?.limit ?? this.countMax;
  }

  async enter(key: string, signal: AbortSignal): Promise<Permit> {
    const prefix = prefixOf(key);
    const lane = this.lanes.get(prefix) ?? { limit: this.countMax, inFlight: 0, decreases: 0, waiting: [] };
    this.lanes.set(prefix, lane);
    while (lane.inFlight >= Math.floor(lane.limit)) await this.turn(lane, signal);
    lane.inFlight += 1;
    const began = lane.decreases;
    try {
      const giveBack = await this.all.take(1, signal);
      return { end: (outcome) => (giveBack(), this.leave(prefix, lane, began, outcome)) };
    } catch (error) {
      this.leave(prefix, lane, began, 'other');
      throw error;
    }
  }

  private leave(prefix: string, lane: Lane, began: number, outcome: 'done' | 'throttled' | 'other'): void {
    lane.inFlight -= 1;
    if (outcome === 'done') lane.limit = Math.min(this.countMax, lane.limit + 1 / lane.limit);
    if (outcome === 'throttled' && began === lane.decreases) {
      lane.limit = Math.max(1, lane.limit / 2);
      lane.decreases += 1;
    }
    for (let free = Math.floor(lane.limit) - lane.inFlight; free > 0; free -= 1) lane.waiting.shift()?.();
    // A million prefixes that never were throttled need no memory.
    if (lane.inFlight === 0 && lane.waiting.length === 0 && lane.limit >= this.countMax) this.lanes.delete(prefix);
  }

  private turn(lane: Lane, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        lane.waiting.splice(lane.waiting.indexOf(go), 1);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      lane.waiting.push(go);
    });
  }
}

/** Up to the first slash; keys without one share the empty prefix. */
export function prefixOf(key: string): string {
  const slash = key.indexOf('/');
  return slash < 0 ? '' : key.slice(0, slash);
}
