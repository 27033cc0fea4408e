/** One request or one object, tried again when waiting may cure it. */
import { MigrationError } from '../domain/errors';
import type { CopyClock } from './clock';
import type { Throttle } from './throttle';

const PAUSE_FIRST_MS = 200;
const PAUSE_MAX_MS = 10_000;

export interface Attempting {
  readonly throttle: Throttle;
  readonly clock: CopyClock;
  readonly signal: AbortSignal;
  /** In all. 1 or more. */
  readonly attemptsMax: number;
}

/** @throws the last error. Only what is unavailable is tried again; every other error says something new. */
export async function withAttempts<T>(key: string, work: () => Promise<T>, given: Attempting): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const permit = await given.throttle.enter(key, given.signal);
    try {
      const result = await work();
      permit.end('done');
      return result;
    } catch (error) {
      const isBusy = isUnavailable(error);
      permit.end(isBusy ? 'throttled' : 'other');
      if (!isBusy || attempt >= given.attemptsMax) throw error;
      const pauseMs = Math.min(PAUSE_MAX_MS, PAUSE_FIRST_MS * 2 ** (attempt - 1));
      // At least half of it, so that a crowd neither returns at once nor together.
      await given.clock.sleep(pauseMs * (0.5 + given.clock.random() / 2), given.signal);
    }
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof MigrationError && (error.code === 'AwsUnavailable' || error.code === 'FileUnavailable');
}
