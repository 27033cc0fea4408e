/** Requests that are sent when they are due, whether or not earlier ones are answered. */
import { quantile } from './report';

export interface Played {
  readonly sentCount: number;
  /** Of those that were answered well, from when they were due. */
  readonly latenciesMs: readonly number[];
}

export interface Lap {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failedCount: number;
}

/**
 * @param dueMs from the start, ascending.
 * @param sendOne resolves at the end of the answer, with whether it was a good one; never rejects.
 */
export async function playOpenLoop(
  dueMs: readonly number[],
  sendOne: (index: number) => Promise<boolean>,
): Promise<Played> {
  const latenciesMs: number[] = [];
  const startMs = performance.now() + 50;
  const answered: Promise<void>[] = [];
  const send = async (index: number): Promise<void> => {
    if (await sendOne(index)) latenciesMs.push(performance.now() - startMs - (dueMs[index] ?? 0));
  };
  await new Promise<void>((resolve) => {
    const sendDue = (): void => {
      const nowMs = performance.now() - startMs;
      while (answered.length < dueMs.length && (dueMs[answered.length] ?? 0) <= nowMs) {
        answered.push(send(answered.length));
      }
      if (answered.length === dueMs.length) resolve();
      else setTimeout(sendDue, Math.max(0, (dueMs[answered.length] ?? 0) - (performance.now() - startMs)));
    };
    sendDue();
  });
  await Promise.all(answered);
  return { sentCount: dueMs.length, latenciesMs };
}

export function lapOf({ sentCount, latenciesMs }: Played): Lap {
  // Who is not answered waits longer than anybody who is.
  const failedCount = sentCount - latenciesMs.length;
  const all = [...latenciesMs, ...Array.from({ length: failedCount }, () => Number.POSITIVE_INFINITY)];
  return { p50Ms: quantile(all, 0.5), p99Ms: quantile(all, 0.99), failedCount };
}
