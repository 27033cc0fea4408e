import { Context, heartbeat } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import { MigrationError } from '../domain/errors';
import type { Ports } from './ports';

export type Sleep = (durationMs: number) => Promise<void>;

/** The wait of a polling activity: the injected one, or the activity's own, which a cancellation ends. */
export function sleepOf(ports: Pick<Ports, 'sleep'>): Sleep {
  return ports.sleep ?? ((durationMs) => Context.current().sleep(durationMs));
}

/** Until the second look of a poll. Unit: milliseconds. */
export const PAUSE_MS_MIN = 2_000;
/** Well below the heartbeat timeout of long calls. Unit: milliseconds. */
const PAUSE_MS_MAX = 30_000;
const PAUSE_FACTOR = 1.5;

/** Ever longer. */
export function nextPauseMs(pauseMs: number): number {
  return Math.min(pauseMs * PAUSE_FACTOR, PAUSE_MS_MAX);
}

/** A look that AWS throttles is one look less, not the end of the wait: its error is the answer. */
export async function orUnavailable<T>(look: () => Promise<T>): Promise<T | MigrationError> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof MigrationError && error.code === 'AwsUnavailable') return error;
    throw error;
  }
}

/** That nobody can be asked for so long is worth a word. */
const SILENCE_MS_MAX = 15 * 60_000;
/** Asks again and again until there is an answer; looks that are throttled do not count. */
export async function untilKnown<T>(
  ports: Pick<Ports, 'now' | 'sleep'>,
  what: string,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const sleep = sleepOf(ports);
  let heardAtMs = ports.now();
  for (let pauseMs = PAUSE_MS_MIN; ; pauseMs = nextPauseMs(pauseMs)) {
    const seen = await orUnavailable(look);
    if (seen instanceof MigrationError) {
      if (ports.now() - heardAtMs >= SILENCE_MS_MAX) throw seen;
      heartbeat({ what, unavailable: seen.message });
    } else {
      heardAtMs = ports.now();
      if (seen !== undefined) return seen;
    }
    await sleep(pauseMs);
  }
}

const BEAT_EVERY_MS = 10_000;

/** Heartbeats while one long call runs that reports no progress of its own. */
export async function beating<T>(work: Promise<T>): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(), BEAT_EVERY_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

/** As `beating`, with the newest progress that the work told as the heartbeat's details; a new one is told at once. */
export async function beatingWith<T>(work: (onProgress: (progress: unknown) => void) => Promise<T>): Promise<T> {
  const context = Context.current();
  let newest: unknown;
  const timer = setInterval(() => context.heartbeat(newest), BEAT_EVERY_MS);
  try {
    return await work((progress) => {
      newest = progress;
      context.heartbeat(progress);
    });
  } finally {
    clearInterval(timer);
  }
}

/** @returns what the work gave, or undefined when it took longer; it is not stopped. */
export async function atMost<T>(waitMsMax: number, work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const givenUp = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), waitMsMax)));
  try {
    return await Promise.race([work, givenUp]);
  } finally {
    clearTimeout(timer);
  }
}

/** A cancellation (asked for, or by a worker that shuts down) is never a failure of the step: it passes as it is. */
export function isCancellation(error: unknown): boolean {
  return error instanceof CancelledFailure || (error instanceof Error && error.name === 'AbortError');
}

/** One line about an error, for logs and reasons: `AwsUnavailable: reading the route …`. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return `${code}: ${error.message}`;
}
