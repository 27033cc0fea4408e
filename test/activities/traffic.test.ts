import type { Activities, RouteSides } from '../../src/contracts/activities';
import { fleetOf } from '../../src/domain/fleet';
import { MigrationError } from '../../src/domain/errors';
import type { Weights } from '../../src/domain/weights';
import { ALL_ON_SOURCE, targetWeight } from '../../src/domain/weights';
import { prepared, restore, routeNow, shift, workload } from './shifted';
import type { Stage } from './support';

describe('shiftWeights', () => {
  test('shiftWeights: the first shift brings the target group onto the rule, in percent, tag before weights', async () => {
    const { stage, sides, at } = await prepared();

    const result = await shift(stage, sides, 1, targetWeight(10));

    expect(result).toEqual({ generation: 1, confirmedAt: stage.clock.now() });
    expect(stage.weights()).toEqual(at(90, 10));
    expect(routeNow(stage, sides).shift).toEqual({ generation: 1, weights: targetWeight(10) });
    expect(stage.faults.calls).toEqual([
      'router.readRoute',
      'router.readHealth',
      'router.writeShiftTag',
      'router.writeShares',
      'router.readRoute',
    ]);
  });

  test('shiftWeights: joining at weight 0 writes both shares and asks nothing of the target', async () => {
    const { stage, sides, at } = await prepared();
    stage.world.targetGroups.get(sides.targetGroupArn)!.unhealthyCount = 2;

    await shift(stage, sides, 1, ALL_ON_SOURCE);

    expect(stage.weights()).toEqual(at(100, 0));
  });

  test('shiftWeights: a retry after a lost reply does not shift twice', async () => {
    const { stage, sides } = await prepared();
    stage.faults.loseNextReply('router.writeShares');

    await expect(shift(stage, sides, 1, targetWeight(10))).rejects.toMatchObject({
      type: 'AwsUnavailable',
      nonRetryable: false,
    });
    await shift(stage, sides, 1, targetWeight(10));

    expect(stage.faults.count('router.writeShares')).toBe(1);
  });

  test('shiftWeights: a retry after only the tag was written goes on to write the weights', async () => {
    const { stage, sides, at } = await prepared();
    stage.faults.loseNextReply('router.writeShiftTag');

    await expect(shift(stage, sides, 1, targetWeight(10))).rejects.toThrow('socket hang up');
    await shift(stage, sides, 1, targetWeight(10));

    expect(stage.weights()).toEqual(at(90, 10));
  });

  test('shiftWeights: weights that read back differently are tried again, not believed', async () => {
    const { stage, sides } = await prepared();
    stage.faults.after('router.writeShares', 1, () => stage.standing(sides, 1, targetWeight(10), ALL_ON_SOURCE));

    await expect(shift(stage, sides, 1, targetWeight(10))).rejects.toMatchObject({
      type: 'AwsUnavailable',
      nonRetryable: false,
      message: expect.stringContaining('weights read back differ'),
    });
  });

  test('shiftWeights: too few healthy targets get no traffic, and nothing is written', async () => {
    const { stage, sides } = await prepared();
    stage.world.targetGroups.get(sides.targetGroupArn)!.unhealthyCount = 1;

    await expect(shift(stage, sides, 1, targetWeight(10))).rejects.toMatchObject({
      type: 'TargetsNotHealthy',
      message: expect.stringContaining('1 of 2 targets are healthy, 2 must be'),
    });
    expect(stage.faults.count('router.write*')).toBe(0);
    expect(routeNow(stage, sides).shift).toBeUndefined();
  });

  test('shiftWeights: a step back asks nothing of an unhealthy target', async () => {
    const { stage, sides, at } = await prepared();
    await shift(stage, sides, 1, targetWeight(50));
    stage.world.targetGroups.get(sides.targetGroupArn)!.unhealthyCount = 2;

    await shift(stage, sides, 2, targetWeight(25));

    expect(stage.weights()).toEqual(at(75, 25));
  });
});

describe('restoreSource', () => {
  test('restoreSource: every other target group gets 0, whoever put it there', async () => {
    const { stage, sides } = await prepared();
    const { arn } = await stage.activities.createTargetGroup({
      name: 'third',
      target: fleetOf(stage.spec()),
      route: sides.route,
      owner: { workload: 'third', run: 'r' },
      adopt: false,
    });
    routeNow(stage, sides).shares.set(stage.clock.now(), [
      { backend: sides.targetGroupArn, weight: 70 },
      { backend: arn, weight: 30 },
    ]);

    await restore(stage, sides, 1);

    expect(stage.weights()).toEqual({ [sides.route.sourceTargetGroupArn]: 100, [sides.targetGroupArn]: 0, [arn]: 0 });
  });

  test('restoreSource: a source without a healthy target is retried and gets nothing', async () => {
    const { stage, sides, at } = await prepared();
    stage.standing(sides, 1, targetWeight(50));
    stage.world.targetGroups.get(sides.route.sourceTargetGroupArn)!.unhealthyCount = 3;

    await expect(restore(stage, sides, 2)).rejects.toMatchObject({ type: 'SourceUnhealthy', nonRetryable: false });
    expect(stage.weights()).toEqual(at(50, 50));
  });

  test('restoreSource: health that cannot be read does not hold it up', async () => {
    const { stage, sides, at } = await prepared();
    stage.standing(sides, 1, targetWeight(50));
    stage.faults.failEvery('router.readHealth', new MigrationError('AwsUnavailable', 'throttled'));

    await restore(stage, sides, 2);

    expect(stage.weights()).toEqual(at(100, 0));
  });

  test('restoreSource: a source that does not exist any more is said so, for good', async () => {
    const { stage, sides } = await prepared();
    stage.standing(sides, 1, targetWeight(100));
    stage.world.targetGroups.delete(sides.route.sourceTargetGroupArn);

    await expect(restore(stage, sides, 2)).rejects.toMatchObject({ type: 'SourceGone', nonRetryable: true });
  });

  test('restoreSource: done already, it writes nothing, even when the source is down', async () => {
    const { stage, sides } = await prepared();
    stage.standing(sides, 2, ALL_ON_SOURCE);
    stage.world.targetGroups.get(sides.route.sourceTargetGroupArn)!.unhealthyCount = 3;

    await restore(stage, sides, 2);

    expect(stage.faults.calls).toEqual(['router.readRoute', 'router.readHealth']);
  });
});

describe('a rule that a third hand changed', () => {
  const changes: [string, (stage: Stage, sides: RouteSides) => void, string][] = [
    [
      'a third target group takes traffic',
      (stage, sides) => {
        const shares = [sides.route.sourceTargetGroupArn, sides.targetGroupArn, 'arn:third'].map((backend) => ({
          backend,
          weight: 10,
        }));
        routeNow(stage, sides).shares.set(0, shares);
      },
      'arn:third takes traffic',
    ],
    [
      'the source was taken off',
      (stage, sides) => routeNow(stage, sides).shares.set(0, [{ backend: sides.targetGroupArn, weight: 1 }]),
      'no longer on it',
    ],
    ['stickiness was switched on', (stage, sides) => (routeNow(stage, sides).stickinessEnabled = true), 'stickiness'],
  ];
  test.each(changes)('shiftWeights: %s, so nothing is shifted', async (_name, change, words) => {
    const { stage, sides } = await prepared();
    change(stage, sides);

    await expect(shift(stage, sides, 1, targetWeight(10))).rejects.toMatchObject({
      type: 'RouteChanged',
      message: expect.stringContaining(words),
    });
    expect(stage.faults.count('router.writeShares')).toBe(0);
  });
});

describe('leaving the route', () => {
  const leave: [
    string,
    (activities: Activities, sides: RouteSides) => Promise<void>,
    Weights,
    (sides: RouteSides) => string,
  ][] = [
    [
      'leaveRoute',
      (activities, sides) => activities.leaveRoute({ ...sides, workload, forget: false }),
      ALL_ON_SOURCE,
      (sides) => sides.route.sourceTargetGroupArn,
    ],
    [
      'retireSource',
      (activities, sides) => activities.retireSource({ ...sides, workload }),
      targetWeight(100),
      (sides) => sides.targetGroupArn,
    ],
  ];

  test.each(leave)(
    '%s: at weight 0 it takes the target group off, twice is once',
    async (_name, act, weights, stays) => {
      const { stage, sides } = await prepared();
      stage.standing(sides, 1, weights);
      stage.faults.loseNextReply('router.writeShares');

      await expect(act(stage.activities, sides)).rejects.toThrow('socket hang up');
      await act(stage.activities, sides);

      expect(stage.weights()).toEqual({ [stays(sides)]: 100 });
      expect(stage.faults.count('router.writeShares')).toBe(1);
    },
  );

  test.each(leave)('%s: what still has weight is not taken off', async (_name, act) => {
    const { stage, sides, at } = await prepared();
    stage.standing(sides, 1, targetWeight(50));

    await expect(act(stage.activities, sides)).rejects.toMatchObject({ type: 'RouteChanged' });
    expect(stage.weights()).toEqual(at(50, 50));
  });

  test('leaveRoute: with forget our tags go too, also when the target group never joined', async () => {
    const { stage, sides } = await prepared();
    routeNow(stage, sides).shift = { generation: 3, weights: ALL_ON_SOURCE };

    await stage.activities.leaveRoute({ ...sides, workload, forget: true });

    expect(routeNow(stage, sides).shift).toBeUndefined();
  });

  test('leaveRoute: a rule that vanished needs no leaving', async () => {
    const { stage, sides } = await prepared();
    stage.world.routes.delete(sides.route.arn);

    await expect(stage.activities.leaveRoute({ ...sides, workload, forget: true })).resolves.toBeUndefined();
  });
});
