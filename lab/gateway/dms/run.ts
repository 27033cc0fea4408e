/** One start of a task: what it has loaded, and since when it follows, by the clock alone. No row is moved. */

export interface RunTimes {
  readonly startingMs: number;
  /** Of the whole load. */
  readonly loadingMs: number;
  /** From the end of the load until every table is validated. */
  readonly validatingMs: number;
  /** From the end of the load until the capture has caught up. */
  readonly catchUpMs: number;
  readonly stoppingMs: number;
}

/** Of the load, when a task that is asked to fail does. */
const FAILS_AT = 0.5;
/** Lag with which the following begins. Unit: seconds. */
const LAG_AT_FIRST = 30;

export class TaskRun {
  private stopAskedAtMs: number | undefined;

  /** @param loadedBefore share of the tables that earlier runs loaded. @param failure undefined: it goes well. */
  constructor(
    readonly startedAtMs: number,
    private readonly times: RunTimes,
    private readonly loadedBefore: number,
    readonly failure: string | undefined,
  ) {}

  status(nowMs: number): 'starting' | 'running' | 'stopping' | 'stopped' | 'failed' {
    if (nowMs >= this.failedAtMs()) return 'failed';
    if (this.stopAskedAtMs !== undefined)
      return nowMs < this.stopAskedAtMs + this.times.stoppingMs ? 'stopping' : 'stopped';
    return nowMs < this.runningSinceMs() ? 'starting' : 'running';
  }

  stop(nowMs: number): void {
    this.stopAskedAtMs = nowMs;
  }

  /** Range 0 to 1. */
  loaded(nowMs: number): number {
    const endMs = Math.min(nowMs, this.stopAskedAtMs ?? Infinity, this.failedAtMs());
    const share = (endMs - this.runningSinceMs()) / this.times.loadingMs;
    return Math.min(1, this.loadedBefore + Math.max(0, share));
  }

  loadedAtMs(): number {
    return this.runningSinceMs() + (1 - this.loadedBefore) * this.times.loadingMs;
  }

  isValidated(nowMs: number): boolean {
    return this.loaded(nowMs) === 1 && nowMs >= this.loadedAtMs() + this.times.validatingMs;
  }

  /** Undefined: it follows nothing then. Unit: seconds. */
  lag(atMs: number): number | undefined {
    if (this.status(atMs) !== 'running' || atMs < this.loadedAtMs()) return undefined;
    const left = 1 - (atMs - this.loadedAtMs()) / Math.max(1, this.times.catchUpMs);
    return Math.max(0, LAG_AT_FIRST * left);
  }

  private runningSinceMs(): number {
    return this.startedAtMs + this.times.startingMs;
  }

  private failedAtMs(): number {
    if (this.failure === undefined) return Infinity;
    return this.runningSinceMs() + FAILS_AT * this.times.loadingMs;
  }
}
