import { startJudging } from '../../src/analysis/judge';
import { MigrationError } from '../../src/domain/errors';
import { OWNER } from './support';
import { HOUR, MINUTE, Watched } from './watched';

const name = 'crossfade-ranker';

describe('how a slice ends', () => {
  test('observe: a good slice ends by time, once every window up to its end is judged', async () => {
    const stage = await Watched.begin();
    const result = await stage.observe();

    expect(result).toMatchObject({ endedBy: 'time', verdict: { kind: 'pass' } });
    expect(result.judge).toMatchObject({
      seenToMs: stage.startMs + 10 * MINUTE,
      windowsExpected: 60,
      windowsWithData: 60,
    });
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

    expect(result).toMatchObject({
      endedBy: 'breach',
      verdict: { kind: 'fail', reason: expect.stringContaining('error rate of the target') },
    });
    expect(stage.elapsedMs()).toBeLessThanOrEqual(2 * MINUTE + 30_000);
  });

  test('observe: a target that is down is a breach also while the metrics are silent', async () => {
    const stage = await Watched.begin();
    stage.world.metricsOutage = true;
    stage.after(MINUTE, () => (stage.world.targetGroups.get(stage.sides.targetGroupArn)!.unhealthyCount = 2));
    const result = await stage.observe();

    expect(result).toMatchObject({
      endedBy: 'breach',
      verdict: { reason: expect.stringContaining('0 of 2 targets are healthy') },
    });
  });

  const strangers: [string, (stage: Watched) => void, RegExp][] = [
    [
      'somebody else put on another configuration',
      (stage) => Object.assign(stage.world.endpoints.get(name)!, { configName: 'theirs' }),
      /serves the configuration theirs/,
    ],
    ['somebody else deleted', (stage) => stage.world.endpoints.delete(name), /is not there/],
  ];
  test.each(strangers)('observe: an endpoint that %s makes it blind, which is told', async (_told, act, words) => {
    const stage = await Watched.begin();
    const endpoint = {
      owner: OWNER,
      configName: name,
      instanceCount: 2,
      createdAtMs: 0,
      tags: {},
      status: 'InService' as const,
    };
    stage.world.endpoints.set(name, endpoint);
    stage.after(MINUTE, () => act(stage));
    const result = await stage.observe({ endpointName: name });

    expect(result).toMatchObject({
      endedBy: 'blind',
      verdict: { kind: 'blind', reason: expect.stringMatching(words) },
    });
  });

  test('observe: an endpoint that SageMaker does not describe now is no trouble', async () => {
    const stage = await Watched.begin();
    stage.faults.failEvery(
      'hosting.findEndpoint',
      new MigrationError('AwsUnavailable', 'ThrottlingException: Rate exceeded'),
    );
    const result = await stage.observe({ endpointName: name });

    expect(result).toMatchObject({ endedBy: 'time', verdict: { kind: 'pass' } });
  });

  const silences: [string, (stage: Watched) => void, RegExp][] = [
    ['answers in part', (stage) => (stage.world.metricsOutage = true), /answered in part/],
    [
      'does not answer',
      (stage) => stage.faults.failEvery('metrics.readWindows', new MigrationError('AwsUnavailable', 'throttled')),
      /AwsUnavailable: throttled/,
    ],
    [
      'refuses',
      (stage) => stage.faults.failEvery('metrics.readWindows', new MigrationError('AwsDenied', 'not allowed')),
      /AwsDenied: not allowed/,
    ],
    [
      'cannot say the health',
      (stage) => stage.faults.failEvery('router.readHealth', new MigrationError('AwsUnavailable', 'no health')),
      /no health/,
    ],
  ];
  test.each(silences)(
    'observe: a source of evidence that %s makes it blind, and it ends after blindHold',
    async (_name, silence, words) => {
      const stage = await Watched.begin();
      stage.after(2 * MINUTE, () => silence(stage));
      const result = await stage.observe();

      expect(result).toMatchObject({
        endedBy: 'blind',
        verdict: { kind: 'blind', reason: expect.stringMatching(words) },
      });
      expect(stage.elapsedMs()).toBe(7 * MINUTE);
    },
  );

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

describe('metrics that come late', () => {
  test('observe: errors that are published after the usual lag are judged all the same', async () => {
    const stage = await Watched.begin();
    stage.world.targetMetricsLateMs = 8_000;
    stage.trafficAfter(2 * MINUTE, { targetErrorRate: 0.5 });
    const result = await stage.observe();

    expect(result).toMatchObject({ endedBy: 'breach', verdict: { reason: expect.stringContaining('error rate') } });
  });

  test('observe: windows that come late are neither missing in the coverage nor twice in the ledger', async () => {
    const stage = await Watched.begin();
    stage.world.targetMetricsLateMs = 8_000;
    const result = await stage.observe();
    const starts = (await stage.records()).flatMap(({ windows = [] }) => windows.map(({ startMs }) => startMs));

    expect(result).toMatchObject({ verdict: { kind: 'pass' }, judge: { windowsExpected: 60, windowsWithData: 60 } });
    expect(starts).toHaveLength(60);
    expect(new Set(starts).size).toBe(60);
  });

  test('observe: errors of the target are not kept waiting by a source that is idle', async () => {
    const stage = await Watched.begin();
    stage.world.sourceMetricsLateMs = HOUR;
    stage.trafficAfter(0, { targetErrorRate: 0.5 });
    const result = await stage.observe({ lagMs: MINUTE });

    expect(result).toMatchObject({ endedBy: 'breach', verdict: { reason: expect.stringContaining('error rate') } });
    expect(stage.elapsedMs()).toBeLessThan(2 * MINUTE);
  });

  test('observe: an idle route is waited for, then its windows count as they are', async () => {
    const stage = await Watched.begin();
    stage.world.setTraffic('ranker', { requestsPerSecond: 0 });
    const result = await stage.observe();

    expect(result.judge).toMatchObject({
      seenToMs: stage.startMs + 10 * MINUTE,
      windowsExpected: 60,
      windowsWithData: 0,
    });
    expect(stage.elapsedMs()).toBe(10 * MINUTE + 10_000);
  });

  test('observe: a worker whose clock is behind the step that it watches is blind', async () => {
    const stage = await Watched.begin();
    const [fromMs, untilMs] = [stage.startMs + 10 * MINUTE, stage.startMs + 20 * MINUTE];
    const result = await stage.observe({ judge: startJudging(fromMs as never), untilMs: untilMs as never });

    expect(result).toMatchObject({ endedBy: 'blind', verdict: { reason: expect.stringContaining('clock is behind') } });
  });
});

describe('what the workflow hears', () => {
  test('observe: a change of the verdict is told at once, sameness only every reportEvery', async () => {
    const stage = await Watched.begin();
    await stage.observe({ untilMs: (stage.startMs + 3 * HOUR) as never, checkEveryMs: MINUTE });

    expect(stage.kindsTold()).toEqual(['insufficient', 'pass', 'pass', 'pass']);
    expect(stage.world.signals[0]).toMatchObject({
      workflowId: 'test',
      report: { slice: 4, judge: { fromMs: stage.startMs } },
    });
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
    for (let minute = 1; minute < 300; minute += 1)
      stage.after(minute * MINUTE, () => (stage.world.metricsOutage = minute % 2 === 0));
    await stage.observe({ untilMs: (stage.startMs + 5 * HOUR) as never, checkEveryMs: MINUTE });

    expect(stage.world.signals.length).toBeLessThanOrEqual(20 + 5);
  });
});

describe('shadow', () => {
  test('observe: in shadow it judges what the tap counted', async () => {
    const stage = await Watched.begin();
    await stage.activities.setShadow({
      tap: stage.place.tap,
      fractionPercent: 20,
      endpoint: 'http://ranker',
      listenerArn: stage.sides.route.listenerArn,
      workload: 'ranker',
      equivalence: stage.spec().shadow.equivalence,
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
