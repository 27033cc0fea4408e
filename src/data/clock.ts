/** Time and chance as a copy sees them; a test brings its own. */
export interface CopyClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** @throws the signal's reason. */
  sleep(durationMs: number, signal: AbortSignal): Promise<void>;
  /** From 0 up to 1, without it: spreads retries. */
  random(): number;
}
