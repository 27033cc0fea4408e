import type { RouteSides } from '../../src/contracts/activities';
import { MigrationError } from '../../src/domain/errors';
import { targetWeight } from '../../src/domain/weights';
import type { Weights } from '../../src/domain/weights';
import { Stage } from './support';

async function after(
  weights: Weights,
): Promise<{ stage: Stage; sides: RouteSides; prove: () => Promise<{ windowCount: number }> }> {
  const stage = new Stage();
  const sides = await stage.buildTarget();
  stage.standing(sides, 9, weights);
  const fromMs = stage.clock.now();
  stage.clock.advance(60_000);
  const { metrics } = stage.spec().source;
  const prove = () =>
    stage.activities.proveNoTraffic({ metrics, sides, fromMs: fromMs as never, toMs: stage.clock.now() as never });
  return { stage, sides, prove };
}

describe('proveNoTraffic', () => {
  test('proveNoTraffic: a silent source and a target that serves are a proof', async () => {
    const { prove } = await after(targetWeight(100));

    expect(await prove()).toEqual({ windowCount: 60 });
  });

  test('proveNoTraffic: a source that was already taken off the rule is proven the same way', async () => {
    const { stage, sides, prove } = await after(targetWeight(100));
    stage.world.routes
      .get(sides.route.arn)!
      .shares.set(stage.clock.now(), [{ backend: sides.targetGroupArn, weight: 100 }]);

    expect(await prove()).toEqual({ windowCount: 60 });
  });

  test('proveNoTraffic: a source that still has weight is not asked further', async () => {
    const { stage, prove } = await after(targetWeight(50));

    await expect(prove()).rejects.toMatchObject({
      type: 'SourceReceivesTraffic',
      message: expect.stringContaining('has weight on'),
    });
    expect(stage.faults.count('metrics.*')).toBe(0);
  });

  test('proveNoTraffic: requests that still reach the source are counted and dated', async () => {
    const { stage, sides, prove } = await after(targetWeight(50));
    stage.standing(sides, 10, targetWeight(100));

    await expect(prove()).rejects.toMatchObject({
      type: 'SourceReceivesTraffic',
      nonRetryable: true,
      message: expect.stringMatching(
        /it served 1[45]\d\d requests in 60 of 60 windows, first at 2026-03-02T08:00:00\.000Z/,
      ),
    });
  });

  const silences: [string, (stage: Stage) => void, RegExp][] = [
    ['incomplete evidence', (stage) => (stage.world.metricsOutage = true), /answered in part/],
    [
      'no windows at all',
      (stage) => stage.world.metricGaps.push({ fromMs: 0, toMs: stage.clock.now() }),
      /the target served nothing either in 0 windows/,
    ],
  ];
  test.each(silences)('proveNoTraffic: %s is no proof', async (_name, silence, words) => {
    const { stage, prove } = await after(targetWeight(100));
    silence(stage);

    await expect(prove()).rejects.toMatchObject({
      type: 'SourceReceivesTraffic',
      message: expect.stringMatching(words),
    });
  });
});

test('proveNoTraffic: metrics that do not answer prove nothing, and are asked again', async () => {
  const { stage, prove } = await after(targetWeight(100));
  stage.faults.failEvery('metrics.readWindows', new MigrationError('MetricsUnavailable', 'answered 503'));

  await expect(prove()).rejects.toMatchObject({ type: 'MetricsUnavailable', nonRetryable: false });
});

describe('terminateSource', () => {
  test('terminateSource: exactly what is named goes, and twice says the same', async () => {
    const { stage } = await after(targetWeight(100));
    stage.world.instances.set('i-not-named', 'running');
    const { owned } = stage.spec().source;
    stage.faults.loseNextReply('compute.terminateInstances');

    await expect(stage.activities.terminateSource({ owned })).rejects.toThrow('socket hang up');
    const again = await stage.activities.terminateSource({ owned });

    expect(again).toEqual({ terminated: [stage.place.sourceFleet, stage.place.sourceInstance] });
    expect([...stage.world.autoScalingGroups.keys()]).toEqual(['crossfade-ranker']);
    expect(Object.fromEntries(stage.world.instances)).toEqual({
      [stage.place.sourceInstance]: 'terminated',
      'i-not-named': 'running',
    });
    expect(stage.faults.count('compute.terminateInstances')).toBe(1);
  });

  test('terminateSource: nothing named, nothing called', async () => {
    const { stage } = await after(targetWeight(100));

    expect(await stage.activities.terminateSource({ owned: { autoScalingGroups: [], instances: [] } })).toEqual({
      terminated: [],
    });
    expect(stage.faults.calls).toEqual([]);
  });
});

test('tagCosts: fleet and target group bear the tags', async () => {
  const { stage, sides } = await after(targetWeight(100));
  await stage.activities.tagCosts({
    name: 'crossfade-ranker',
    targetGroupArn: sides.targetGroupArn,
    tags: { team: 'search' },
  });

  expect(stage.world.autoScalingGroups.get('crossfade-ranker')?.tags).toEqual({ team: 'search' });
  expect(stage.world.targetGroups.get(sides.targetGroupArn)?.tags).toEqual({ team: 'search' });
});
