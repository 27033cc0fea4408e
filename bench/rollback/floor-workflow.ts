/** The least that Temporal does between a signal and an activity that has ended. */
import { condition, defineQuery, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';

const { nothing } = proxyActivities<{ nothing(): Promise<void> }>({ startToCloseTimeout: 20_000 });

/** @returns how many signals were answered. @param laps how many to wait for. */
export async function floor(laps: number): Promise<number> {
  let asked = 0;
  const endedAt: number[] = [];
  setHandler(defineSignal('go'), () => void (asked += 1));
  setHandler(defineQuery<number[]>('endedAt'), () => endedAt);
  while (endedAt.length < laps) {
    await condition(() => asked > endedAt.length);
    await nothing();
    endedAt.push(Date.now());
  }
  return laps;
}
