import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { ActivityOptions } from '@temporalio/workflow';
import type { Activities } from '../contracts/activities';
import { OBSERVE_QUEUE } from '../contracts/messages';
import { NON_RETRYABLE_CODES } from '../domain/errors';

const nonRetryableErrorTypes = [...NON_RETRYABLE_CODES];

/** The largest time between the start of a weight write and its end. Older attempts are over after it. */
export const SHIFT_ATTEMPT_MS = 20_000;
/** No observer for this long is time in which nobody watched. */
const OBSERVE_START_MS = 5 * 60_000;
export const SLICE_MS_MAX = 24 * 3_600_000;

const TRY_CANCEL = ActivityCancellationType.TRY_CANCEL;

/** Retries for about four minutes; then the migration is blocked. */
const FOUR_MINUTES = {
  initialInterval: 1_000,
  backoffCoefficient: 2,
  maximumInterval: 60_000,
  maximumAttempts: 9,
  nonRetryableErrorTypes,
};

/** Kinds of calls: each has its timeouts and retries written out once. */
const CALLS = {
  /** Reads and small writes. */
  quick: {
    startToCloseTimeout: 60_000,
    retry: FOUR_MINUTES,
  },
  /** One record. Every decision waits for one, so an attempt that died with its worker is soon tried again. */
  record: {
    startToCloseTimeout: 20_000,
    retry: FOUR_MINUTES,
  },
  shift: {
    startToCloseTimeout: SHIFT_ATTEMPT_MS,
    retry: {
      initialInterval: 1_000,
      backoffCoefficient: 2,
      maximumInterval: 15_000,
      maximumAttempts: 6,
      nonRetryableErrorTypes,
    },
  },
  /** SageMaker takes minutes to carry weights out, and each attempt sees a part of them: about 20 minutes in all. */
  'endpoint-shift': {
    startToCloseTimeout: SHIFT_ATTEMPT_MS,
    retry: {
      initialInterval: 1_000,
      backoffCoefficient: 2,
      maximumInterval: 15_000,
      maximumAttempts: 40,
      nonRetryableErrorTypes,
    },
  },
  /** Never gives up: traffic goes back to the source. */
  rollback: {
    startToCloseTimeout: SHIFT_ATTEMPT_MS,
    retry: { initialInterval: 500, backoffCoefficient: 2, maximumInterval: 10_000 },
  },
  /** Hours of work that heartbeats. */
  long: {
    startToCloseTimeout: '30 days',
    heartbeatTimeout: 60_000,
    retry: {
      initialInterval: 2_000,
      backoffCoefficient: 2,
      maximumInterval: 60_000,
      maximumAttempts: 20,
      nonRetryableErrorTypes,
    },
  },
  /** One word to people; nobody waits for it. Tried for about five minutes. */
  word: {
    startToCloseTimeout: 30_000,
    retry: {
      initialInterval: 2_000,
      backoffCoefficient: 3,
      maximumInterval: 60_000,
      maximumAttempts: 8,
      nonRetryableErrorTypes,
    },
  },
  /** The last word of a run, which has to wait for it: a receiver that never answers does not hold the end for long. */
  'last-word': {
    scheduleToCloseTimeout: 60_000,
    startToCloseTimeout: 30_000,
    retry: { initialInterval: 2_000, backoffCoefficient: 2, maximumAttempts: 5, nonRetryableErrorTypes },
  },
  /** A wish that is not worth waiting for. */
  notice: { startToCloseTimeout: 30_000, retry: { maximumAttempts: 5, nonRetryableErrorTypes } },
} as const satisfies Record<string, ActivityOptions>;

export type CallKind = keyof typeof CALLS;

/** Calls one activity. The summary is what the Temporal UI shows on its line of the run sheet; at most 200 bytes. */
export function call<K extends keyof Activities>(
  name: K,
  kind: CallKind,
  summary: string,
  ...input: Parameters<Activities[K]>
): ReturnType<Activities[K]> {
  const proxy = proxyActivities<Activities>({
    ...CALLS[kind],
    cancellationType: TRY_CANCEL,
    summary: summary.slice(0, 160),
  });
  const activity = proxy[name] as unknown as (...args: Parameters<Activities[K]>) => ReturnType<Activities[K]>;
  return activity(...input);
}

/** Longest silence of an observer that lives. Unit: milliseconds. */
export function observerSilenceMs(checkEveryMs: number): number {
  return Math.max(10_000, 3 * checkEveryMs);
}

/** The observer runs on a queue of its own, with unlimited attempts, each resuming from the last heartbeat. */
export function observeCall(
  summary: string,
  checkEveryMs: number,
  input: Parameters<Activities['observe']>[0],
): ReturnType<Activities['observe']> {
  const proxy = proxyActivities<Activities>({
    taskQueue: OBSERVE_QUEUE,
    scheduleToStartTimeout: OBSERVE_START_MS,
    startToCloseTimeout: SLICE_MS_MAX + 3_600_000,
    heartbeatTimeout: observerSilenceMs(checkEveryMs),
    cancellationType: TRY_CANCEL,
    retry: { initialInterval: 1_000, backoffCoefficient: 2, maximumInterval: 30_000 },
    summary: summary.slice(0, 160),
  });
  return proxy.observe(input);
}
