/** Holds a transfer to its limit, which may change under way. */
import { setTimeout as delay } from 'node:timers/promises';

export class Pacer {
  private freeAtMs = 0;

  /** @param bytesPerSecond asked each time; -1: no limit. */
  constructor(private readonly bytesPerSecond: () => number) {}

  /** Resolves when the bytes may go. Throws when the signal fires. */
  async spend(bytes: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const limit = this.bytesPerSecond();
    if (limit <= 0) return;
    const nowMs = Date.now();
    this.freeAtMs = Math.max(this.freeAtMs, nowMs) + (bytes / limit) * 1_000;
    if (this.freeAtMs > nowMs) await delay(this.freeAtMs - nowMs, undefined, { signal });
  }
}
