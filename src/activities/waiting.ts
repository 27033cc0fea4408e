import { Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import type { Ports } from './ports';

export type Sleep = (durationMs: number) => Promise<void>;

/** The wait of a polling activity: the injected one, or the activity's own, which a cancellation ends. */
export function sleepOf(ports: Pick<Ports, 'sleep'>): Sleep {
  return ports.sleep ?? ((durationMs) => Context.current().sleep(durationMs));
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
