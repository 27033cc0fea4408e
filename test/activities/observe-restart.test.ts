import { CancelledFailure } from '@temporalio/common';
import { startJudging } from '../../src/analysis/judge';
import type { ObserveHeartbeat } from '../../src/activities/observe';
import type { ObserveInput } from '../../src/contracts/activities';
import { HOUR, MINUTE, Watched, spanOf } from './watched';

describe('an observer that dies', () => {
  /** Observes until the nth look, and dies there. */
  async function diesAtLook(
    stage: Watched,
    nth: number,
    changes: Partial<ObserveInput> = {},
  ): Promise<ObserveHeartbeat> {
    stage.faults.intercept('router.readHealth', nth, () => Promise.reject(new CancelledFailure('WORKER_SHUTDOWN')));
    await expect(stage.observe(changes)).rejects.toBeInstanceOf(CancelledFailure);
    return stage.beats().at(-1)!;
  }

  test('observe: the next attempt goes on from the last heartbeat and judges no window twice', async () => {
    const stage = await Watched.begin();
    const left = await diesAtLook(stage, 20);
    stage.faults.reset();
    const result = await stage.observe({}, left);

    expect(left.judge.windowsWithData).toBeGreaterThan(15);
    expect(result.judge).toMatchObject({ windowsExpected: 60, windowsWithData: 60 });
    expect(result.judge.targetRequestCount + result.judge.sourceRequestCount).toBe(10 * 60 * 50);
  });

  test('observe: it says nothing new to the workflow after a restart that found the same verdict', async () => {
    const stage = await Watched.begin();
    const left = await diesAtLook(stage, 20);
    const told = stage.world.signals.length;
    await stage.observe({}, left);

    expect(left.verdict.kind).toBe('pass');
    expect(stage.world.signals.length).toBe(told);
  });

  test('observe: blindness counts from before the restart', async () => {
    const stage = await Watched.begin();
    stage.world.metricsOutage = true;
    const left = await diesAtLook(stage, 20);
    const result = await stage.observe({}, left);

    expect(result.endedBy).toBe('blind');
    // The first window is settled at the look after 20 s: blind since then.
    expect(stage.elapsedMs()).toBe(5 * MINUTE + 20_000);
  });

  test('observe: a heartbeat of another step is not gone on from', async () => {
    const stage = await Watched.begin();
    const left = await diesAtLook(stage, 20);
    const fromMs = (stage.startMs + 5 * MINUTE) as never;
    const result = await stage.observe({ judge: startJudging(fromMs) }, left);

    expect(result.judge).toMatchObject({ fromMs, windowsExpected: 30 });
  });

  test('observe: what the workflow carried over wins when it is newer than the heartbeat', async () => {
    const stage = await Watched.begin();
    const left = await diesAtLook(stage, 5);
    const judge = { ...startJudging(stage.startMs as never), seenToMs: (stage.startMs + 5 * MINUTE) as never };
    const result = await stage.observe({ judge }, left);

    expect(result.judge.windowsExpected).toBe(30);
  });

  test('observe: windows that were judged and not recorded are in the ledger all the same', async () => {
    const stage = await Watched.begin();
    const left = await diesAtLook(stage, 20);
    await stage.observe({}, left);

    const records = await stage.records();
    expect(records.map(spanOf)).toEqual([[stage.startMs, stage.startMs + 10 * MINUTE]]);
  });

  test('observe: a heartbeat stays small, however long the slice', async () => {
    const stage = await Watched.begin();
    await stage.observe({ untilMs: (stage.startMs + 6 * HOUR) as never, checkEveryMs: MINUTE });

    expect(Math.max(...stage.beats().map((beat) => JSON.stringify(beat).length))).toBeLessThan(32_000);
  });
});
