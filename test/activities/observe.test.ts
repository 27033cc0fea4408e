import { CancelledFailure } from '@temporalio/common';
import { startJudging } from '../../src/analysis/judge';
import { readLedger, verifyChain } from '../../src/activities/ledger-chain';
import type { ObserveHeartbeat } from '../../src/activities/observe';
import type { ObserveInput, ObserveResult, RouteSides } from '../../src/contracts/activities';
import { MigrationError } from '../../src/domain/errors';
import type { LedgerRecord } from '../../src/domain/record';
import { EMPTY_LEDGER } from '../../src/domain/record';
import { targetWeight } from '../../src/domain/weights';
import type { Traffic } from '../support/fakes';
import { fakeLedger } from '../support/fakes';
import { Stage } from './support';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A route at 50 %, both sides well, and an observer that looks every 10 s at windows of 10 s, 3 s after their end. */
class Watched extends Stage {
  startMs = this.clock.now();
  sides!: RouteSides;

  static async begin(): Promise<Watched> {
    const stage = new Watched();
    stage.sides = await stage.buildTarget();
    stage.standing(stage.sides, 1, targetWeight(50));
    stage.startMs = stage.clock.now();
    return stage;
  }

  input(changes: Partial<ObserveInput> = {}): ObserveInput {
    const spec = this.spec();
    return {
      slice: 4,
      scope: { kind: 'router', metrics: { ...spec.source.metrics, periodSeconds: 10 }, sides: this.sides },
      policy: {
        mode: 'cutover',
        guardrails: { ...spec.guardrails, blindHoldMs: 5 * MINUTE as never },
        healthyCountMin: 2,
        wanted: targetWeight(50),
        periodMs: 10_000,
        lateMsMax: 5 * MINUTE,
      },
      judge: startJudging(this.startMs as never),
      lagMs: 3_000,
      untilMs: (this.startMs + 10 * MINUTE) as never,
      checkEveryMs: 10_000,
      reportEveryMs: HOUR,
      phase: 'cutover',
      ledger: { url: this.place.ledger, workload: 'ranker', run: 'run-1', policyHash: 'p' },
      ledgerHead: EMPTY_LEDGER,
      ...changes,
    };
  }

  observe(changes: Partial<ObserveInput> = {}, heartbeatDetails?: unknown): Promise<ObserveResult> {
    const activities = this.activitiesHere();
    return this.inside(() => activities.observe(this.input(changes)), heartbeatDetails);
  }

  after(durationMs: number, act: () => void): void {
    this.clock.at(this.startMs + durationMs, act);
  }

  trafficAfter(durationMs: number, change: Partial<Traffic>): void {
    this.after(durationMs, () => this.world.setTraffic('ranker', change));
  }

  elapsedMs(): number {
    return this.clock.now() - this.startMs;
  }

  beats(): ObserveHeartbeat[] {
    return this.heartbeats as ObserveHeartbeat[];
  }

  kindsTold(): string[] {
    return this.world.signals.map(({ report }) => report.verdict.kind);
  }

  records(): Promise<LedgerRecord[]> {
    return readLedger(fakeLedger(this.world, this.place.ledger), 'ranker', 'run-1');
  }
}

const spanOf = (record: LedgerRecord | undefined): [number | undefined, number | undefined] => [record?.windows?.[0]?.startMs, record?.windows?.at(-1)?.endMs];

describe('how a slice ends', () => {
  test('observe: a good slice ends by time, once every window up to its end is judged', async () => {
    const stage = await Watched.begin();
    const result = await stage.observe();

    expect(result).toMatchObject({ endedBy: 'time', verdict: { kind: 'pass' } });
    expect(result.judge).toMatchObject({ seenToMs: stage.startMs + 10 * MINUTE, windowsExpected: 60, windowsWithData: 60 });
    expect(stage.elapsedMs()).toBe(10 * MINUTE + 10_000);
  });

  test('observe: windows after the end belong to the next slice, also when the look comes late', async () => {
    const stage = await Watched.begin();
    stage.clock.advance(HOUR);
    const result = await stage.observe();

    expect(result).toMatchObject({ endedBy: 'time', judge: { seenToMs: stage.startMs + 10 * MINUTE } });
  });

  test('observe: an end inside a window waits for that window', async () => {
    const stage = await Watched.begin();
    const result = await stage.observe({ untilMs: (stage.startMs + 15_000) as never });

    expect(result.judge.seenToMs).toBe(stage.startMs + 20_000);
  });

  test('observe: a breach ends it at the first look that can see it', async () => {
    const stage = await Watched.begin();
    stage.trafficAfter(2 * MINUTE, { targetErrorRate: 0.5 });
    const result = await stage.observe();

    expect(result).toMatchObject({ endedBy: 'breach', verdict: { kind: 'fail', reason: expect.stringContaining('error rate of the target') } });
    expect(stage.elapsedMs()).toBeLessThanOrEqual(2 * MINUTE + 30_000);
  });

  test('observe: a target that is down is a breach also while the metrics are silent', async () => {
    const stage = await Watched.begin();
    stage.world.metricsOutage = true;
    stage.after(MINUTE, () => (stage.world.targetGroups.get(stage.sides.targetGroupArn)!.unhealthyCount = 2));
    const result = await stage.observe();

    expect(result).toMatchObject({ endedBy: 'breach', verdict: { reason: expect.stringContaining('0 of 2 targets are healthy') } });
  });

  const silences: [string, (stage: Watched) => void, RegExp][] = [
    ['answers in part', (stage) => (stage.world.metricsOutage = true), /answered in part/],
    ['does not answer', (stage) => stage.faults.failEvery('metrics.readWindows', new MigrationError('AwsUnavailable', 'throttled')), /AwsUnavailable: throttled/],
    ['refuses', (stage) => stage.faults.failEvery('metrics.readWindows', new MigrationError('AwsDenied', 'not allowed')), /AwsDenied: not allowed/],
    ['cannot say the health', (stage) => stage.faults.failEvery('router.readHealth', new MigrationError('AwsUnavailable', 'no health')), /no health/],
  ];
  test.each(silences)('observe: a source of evidence that %s makes it blind, and it ends after blindHold', async (_name, silence, words) => {
    const stage = await Watched.begin();
    stage.after(2 * MINUTE, () => silence(stage));
    const result = await stage.observe();

    expect(result).toMatchObject({ endedBy: 'blind', verdict: { kind: 'blind', reason: expect.stringMatching(words) } });
    expect(stage.elapsedMs()).toBe(7 * MINUTE);
  });

  test('observe: metrics that come back in time are judged as if nothing had been', async () => {
    const stage = await Watched.begin();
    stage.after(2 * MINUTE, () => (stage.world.metricsOutage = true));
    stage.after(5 * MINUTE, () => (stage.world.metricsOutage = false));
    const result = await stage.observe();

    expect(result).toMatchObject({ endedBy: 'time', verdict: { kind: 'pass' } });
    expect(result.judge.blindSinceMs).toBeUndefined();
    expect(stage.kindsTold()).toEqual(['insufficient', 'pass', 'blind', 'pass']);
  });

  test('observe: blind at its end, it does not wait for ever', async () => {
    const stage = await Watched.begin();
    stage.after(8 * MINUTE, () => (stage.world.metricsOutage = true));
    const result = await stage.observe();

    expect(result).toMatchObject({ endedBy: 'time', verdict: { kind: 'blind' } });
    expect(stage.elapsedMs()).toBe(10 * MINUTE + 30_000);
  });

  test('observe: too few requests stay insufficient to the end', async () => {
    const stage = await Watched.begin();
    stage.world.setTraffic('ranker', { requestsPerSecond: 0.02 });
    const result = await stage.observe();

    expect(result).toMatchObject({ endedBy: 'time', verdict: { kind: 'insufficient' } });
  });
});

describe('an observer that dies', () => {
  /** Observes until the nth look, and dies there. */
  async function diesAtLook(stage: Watched, nth: number, changes: Partial<ObserveInput> = {}): Promise<ObserveHeartbeat> {
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
    await stage.observe({ untilMs: (stage.startMs + 6 * HOUR) as never });

    expect(Math.max(...stage.beats().map((beat) => JSON.stringify(beat).length))).toBeLessThan(32_000);
  });
});

describe('what the workflow hears', () => {
  test('observe: a change of the verdict is told at once, sameness only every reportEvery', async () => {
    const stage = await Watched.begin();
    await stage.observe({ untilMs: (stage.startMs + 3 * HOUR) as never });

    expect(stage.kindsTold()).toEqual(['insufficient', 'pass', 'pass', 'pass']);
    expect(stage.world.signals[0]).toMatchObject({ workflowId: 'test', report: { slice: 4, judge: { fromMs: stage.startMs } } });
  });

  test('observe: a signal that fails is sent again at the next look, and the watching goes on', async () => {
    const stage = await Watched.begin();
    stage.faults.failCall('signals.observed', 1, new MigrationError('TemporalUnreachable', 'no server'));
    stage.faults.failCall('signals.observed', 1, new MigrationError('TemporalUnreachable', 'no server'));
    const result = await stage.observe();

    expect(result.endedBy).toBe('time');
    expect(stage.kindsTold()).toEqual(['insufficient', 'pass']);
    expect(stage.faults.count('signals.observed')).toBe(4);
  });

  test('observe: a verdict that flaps does not fill the history', async () => {
    const stage = await Watched.begin();
    for (let minute = 1; minute < 300; minute += 1) stage.after(minute * MINUTE, () => (stage.world.metricsOutage = minute % 2 === 0));
    await stage.observe({ untilMs: (stage.startMs + 5 * HOUR) as never });

    expect(stage.world.signals.length).toBeLessThanOrEqual(20 + 5);
  });
});

describe('evidence in the ledger', () => {
  test('observe: every hour has its record, and the slice its rest', async () => {
    const stage = await Watched.begin();
    await stage.observe({ untilMs: (stage.startMs + 2.5 * HOUR) as never });

    const records = await stage.records();
    expect(records.map(spanOf)).toEqual([
      [stage.startMs, stage.startMs + HOUR],
      [stage.startMs + HOUR, stage.startMs + 2 * HOUR],
      [stage.startMs + 2 * HOUR, stage.startMs + 2.5 * HOUR],
    ]);
    expect(records[0]).toMatchObject({ kind: 'evidence', phase: 'cutover', weights: targetWeight(50), verdict: { kind: 'pass' }, values: { windowCount: 360 } });
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
    await stage.observe({ untilMs: (stage.startMs + 2 * HOUR) as never });

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
    const lost = records.flatMap((record) => (record.values?.['lost'] ?? []) as { fromMs: number; toMs: number; cause: string }[]);
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
    await stage.observe({ policy, scope, untilMs: (stage.startMs + 2 * HOUR) as never });

    expect((await stage.records()).map((record) => record.windows?.length).every((count) => count !== undefined && count <= 3_600)).toBe(true);
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

describe('shadow', () => {
  test('observe: in shadow it judges what the tap counted', async () => {
    const stage = await Watched.begin();
    await stage.activities.setShadow({
      tap: stage.place.tap, fractionPercent: 20, endpoint: 'http://ranker', listenerArn: stage.sides.route.listenerArn,
      workload: 'ranker', equivalence: stage.spec().shadow.equivalence,
    });
    const { wanted: _, ...rest } = stage.input().policy;
    const policy = { ...rest, mode: 'shadow' as const, equivalence: stage.spec().shadow.equivalence, periodMs: 1_000 };
    const scope = { kind: 'shadow' as const, tap: stage.place.tap, targetGroupArn: stage.sides.targetGroupArn };
    const result = await stage.observe({ policy, scope });

    expect(result).toMatchObject({ endedBy: 'time', verdict: { kind: 'pass' } });
    expect(result.judge.account).toMatchObject({ received: 10 * 60 * 50, dropped: 0, mismatched: 0 });
    expect(result.judge.account.mirrored).toBeGreaterThan(0.19 * 10 * 60 * 50);
  });
});
