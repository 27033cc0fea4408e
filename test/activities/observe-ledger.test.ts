import { CancelledFailure } from '@temporalio/common';
import { verifyChain } from '../../src/activities/ledger-chain';
import { MigrationError } from '../../src/domain/errors';
import { targetWeight } from '../../src/domain/weights';
import { HOUR, MINUTE, Watched, spanOf } from './watched';

describe('evidence in the ledger', () => {
  test('observe: every hour has its record, and the slice its rest', async () => {
    const stage = await Watched.begin();
    await stage.observe({ untilMs: (stage.startMs + 2.5 * HOUR) as never, checkEveryMs: MINUTE });

    const records = await stage.records();
    expect(records.map(spanOf)).toEqual([
      [stage.startMs, stage.startMs + HOUR],
      [stage.startMs + HOUR, stage.startMs + 2 * HOUR],
      [stage.startMs + 2 * HOUR, stage.startMs + 2.5 * HOUR],
    ]);
    expect(records[0]).toMatchObject({
      kind: 'evidence',
      phase: 'cutover',
      weights: targetWeight(50),
      verdict: { kind: 'pass' },
      values: { windowCount: 360 },
    });
    expect(verifyChain(records)).toEqual([]);
  });

  test('observe: a breach is recorded with its windows', async () => {
    const stage = await Watched.begin();
    stage.trafficAfter(2 * MINUTE, { targetErrorRate: 0.5 });
    const result = await stage.observe();

    const [record, ...others] = await stage.records();
    expect(others).toEqual([]);
    expect(record).toMatchObject({ verdict: { kind: 'fail' } });
    expect(spanOf(record)).toEqual([stage.startMs, result.judge.seenToMs]);
  });

  test('observe: a record whose reply was lost is written once', async () => {
    const stage = await Watched.begin();
    stage.faults.loseNextReply('ledger.putIfAbsent');
    await stage.observe({ untilMs: (stage.startMs + 2 * HOUR) as never, checkEveryMs: MINUTE });

    expect((await stage.records()).map(spanOf)).toEqual([
      [stage.startMs, stage.startMs + HOUR],
      [stage.startMs + HOUR, stage.startMs + 2 * HOUR],
    ]);
  });

  test('observe: a ledger that is away for an hour misses nothing', async () => {
    const stage = await Watched.begin();
    const heal = stage.faults.failEvery('ledger.*', new MigrationError('AwsUnavailable', 'no S3'));
    stage.after(2 * HOUR, heal);
    await stage.observe({ untilMs: (stage.startMs + 3 * HOUR) as never, checkEveryMs: MINUTE });

    const windows = (await stage.records()).flatMap((record) => record.windows ?? []);
    expect(windows.length).toBe(3 * 360);
  });

  test('observe: after more than two hours the oldest windows are dropped, and the next record says which', async () => {
    const stage = await Watched.begin();
    const heal = stage.faults.failEvery('ledger.*', new MigrationError('AwsUnavailable', 'no S3'));
    stage.after(4 * HOUR, heal);
    await stage.observe({ untilMs: (stage.startMs + 5 * HOUR) as never, checkEveryMs: MINUTE });

    const records = await stage.records();
    const lost = records.flatMap(
      (record) => (record.values?.['lost'] ?? []) as { fromMs: number; toMs: number; cause: string }[],
    );
    const kept = records.flatMap((record) => record.windows ?? []).map((window) => window.startMs);
    const covered = lost.reduce((sum, each) => sum + (each.toMs - each.fromMs) / 10_000, new Set(kept).size);
    expect(lost[0]).toMatchObject({ cause: 'the ledger did not answer for two hours' });
    expect(covered).toBe(5 * 360);
    expect(verifyChain(records)).toEqual([]);
  });

  test('observe: windows of one second fit into records of an hour', async () => {
    const stage = await Watched.begin();
    const spec = stage.spec();
    const policy = { ...stage.input().policy, periodMs: 1_000 };
    const scope = { kind: 'router' as const, metrics: spec.source.metrics, sides: stage.sides };
    await stage.observe({ policy, scope, untilMs: (stage.startMs + 2 * HOUR) as never, checkEveryMs: MINUTE });

    expect(
      (await stage.records())
        .map((record) => record.windows?.length)
        .every((count) => count !== undefined && count <= 3_600),
    ).toBe(true);
    expect((await stage.records()).flatMap((record) => record.windows ?? []).length).toBe(7_200);
  });

  test('observe: a slice that the workflow cuts leaves its windows in the ledger', async () => {
    const stage = await Watched.begin();
    const environment = stage.environment();
    const activities = stage.activitiesHere();
    stage.faults.intercept('router.readHealth', 20, (call) => {
      environment.cancel();
      return call().then(() => Promise.reject(new CancelledFailure('CANCELLED')));
    });

    await expect(environment.run(() => activities.observe(stage.input()))).rejects.toBeInstanceOf(CancelledFailure);
    expect((await stage.records()).map(spanOf)).toEqual([[stage.startMs, stage.startMs + 170_000]]);
  });
});
