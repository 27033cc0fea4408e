import { MigrationError } from '../../src/domain/errors';
import type { PreflightResult } from '../../src/contracts/activities';
import { Timeline } from '../support/fakes/traffic-model';
import { LEDGER_BUCKET } from '../support/fakes';
import { EARLIER, OWNER, Stage } from './support';

function preflight(
  stage: Stage,
  { adopt = false, changes = {} }: { adopt?: boolean; changes?: Record<string, unknown> } = {},
): Promise<PreflightResult> {
  return stage.activities.preflight({ spec: stage.spec(changes), owner: OWNER, adopt });
}

const routeOf = (stage: Stage) => stage.world.routes.get(stage.place.route.arn)!;

test('preflight: a world that fits gives the route, and generation 0', async () => {
  const stage = new Stage();
  const before = stage.world.snapshot();

  expect(await preflight(stage)).toEqual({ route: stage.place.route, generation: 0 });
  expect(stage.world.snapshot()).toEqual(before);
});

test('preflight: the generation of the migration before is carried on', async () => {
  const stage = new Stage();
  routeOf(stage).shift = { generation: 7, weights: { source: 100, target: 0 } as never };

  expect((await preflight(stage)).generation).toBe(7);
});

const PROBLEMS: [string, (stage: Stage) => void, RegExp][] = [
  ['no such rule', (stage) => stage.world.routes.clear(), /router\.alb\.ruleArn: there is no rule/],
  ['stickiness', (stage) => (routeOf(stage).stickinessEnabled = true), /router\.alb\.ruleArn: stickiness is on/],
  [
    'a source that is not on the rule',
    (stage) => routeOf(stage).shares.set(0, [{ backend: 'arn:other', weight: 1 }]),
    /router\.alb\.sourceTargetGroupArn: \S+ is not on the route, which forwards to arn:other=1/,
  ],
  [
    'a third hand that takes traffic',
    (stage) => routeOf(stage).shares.set(0, [...routeOf(stage).shares.newest(), { backend: 'arn:other', weight: 3 }]),
    /router\.alb\.ruleArn: arn:other takes traffic too \(weight 3\)/,
  ],
  [
    'a source at weight 0',
    (stage) =>
      routeOf(stage).shares.set(
        0,
        routeOf(stage)
          .shares.newest()
          .map((share) => ({ ...share, weight: 0 })),
      ),
    /router\.alb\.sourceTargetGroupArn: it has weight 0/,
  ],
  [
    'a source without a healthy target',
    (stage) => (stage.world.targetGroups.get(stage.place.route.sourceTargetGroupArn)!.unhealthyCount = 3),
    /none of its 3 targets is healthy/,
  ],
  [
    'a source target group that vanished',
    (stage) => stage.world.targetGroups.clear(),
    /router\.alb\.sourceTargetGroupArn: there is no target group/,
  ],
  [
    'a data bucket that is not there',
    (stage) => stage.world.buckets.delete('ranker-models'),
    /data\[0\]\.from: there is no bucket ranker-models/,
  ],
  [
    'a ledger bucket that is not there',
    (stage) => stage.world.buckets.delete(LEDGER_BUCKET),
    /ledger: there is no bucket behind s3:\/\/crossfade-ledger/,
  ],
  [
    'an owned group that is not there',
    (stage) => stage.world.autoScalingGroups.delete('ranker-source'),
    /source\.owned\.autoScalingGroups\[0\]: there is no Auto Scaling group ranker-source/,
  ],
  [
    'an owned instance that is not there',
    (stage) => stage.world.instances.clear(),
    /source\.owned\.instances\[0\]: there is no instance i-/,
  ],
];

test.each(PROBLEMS)('preflight: %s is a problem of the spec, named by its path', async (_name, damage, words) => {
  const stage = new Stage();
  damage(stage);

  await expect(preflight(stage)).rejects.toMatchObject({
    type: 'SpecInvalid',
    nonRetryable: true,
    message: expect.stringMatching(words),
  });
});

test('preflight: all problems come at once', async () => {
  const stage = new Stage();
  routeOf(stage).stickinessEnabled = true;
  stage.world.instances.clear();
  stage.world.buckets.clear();

  const message = await preflight(stage).then(
    () => '',
    (error: Error) => error.message,
  );

  expect(
    message
      .split('\n')
      .slice(1)
      .map((line) => line.split(':')[0]),
  ).toEqual(['router.alb.ruleArn', 'data[0].from', 'ledger', 'source.owned.instances[0]']);
});

test('preflight: a denied call is told as such, not as a problem of the spec', async () => {
  const stage = new Stage();
  stage.faults.failCall(
    'buckets.findBucket',
    1,
    new MigrationError('AwsDenied', 'not allowed to s3:ListBucket on ranker-models'),
  );

  await expect(preflight(stage)).rejects.toMatchObject({
    type: 'AwsDenied',
    message: 'not allowed to s3:ListBucket on ranker-models',
  });
});

test('preflight: metrics whose queries find nothing are refused with their paths, and looked at again', async () => {
  const stage = new Stage();
  stage.world.missingSeries = ['source.requests: r finds no series', 'standIn.source.errors: e finds no series'];

  await expect(preflight(stage)).rejects.toMatchObject({
    type: 'MetricsUnavailable',
    nonRetryable: false,
    message:
      'source.metrics.source.requests: r finds no series\nsource.metrics.standIn.source.errors: e finds no series',
  });
});

describe('names that are taken', () => {
  const take = (stage: Stage, owner: typeof OWNER | undefined): void => {
    stage.world.launchTemplates.set('crossfade-ranker', { id: 'lt-1', owner });
    stage.world.buckets.set('ranker-target', { owner, objects: new Map(), isLedger: false });
  };

  test('preflight: resources of our names that are not ours are all named', async () => {
    const stage = new Stage();
    take(stage, undefined);

    await expect(preflight(stage, { adopt: true })).rejects.toMatchObject({
      type: 'ResourceNotOurs',
      message: expect.stringMatching(/launch template crossfade-ranker .*bucket ranker-target/),
    });
  });

  test('preflight: a resource of another workload is not ours, adopt or not', async () => {
    const stage = new Stage();
    take(stage, { workload: 'other', run: 'run-1' });

    await expect(preflight(stage, { adopt: true })).rejects.toMatchObject({ type: 'ResourceNotOurs' });
  });

  test('preflight: what an earlier run left is named, with the way out', async () => {
    const stage = new Stage();
    take(stage, EARLIER);

    await expect(preflight(stage)).rejects.toMatchObject({
      type: 'EarlierRunLeftovers',
      message: expect.stringMatching(/launch template crossfade-ranker .*run run-0.*bucket ranker-target.*adopt/),
    });
  });

  test('preflight: with adopt an earlier run is taken over', async () => {
    const stage = new Stage();
    take(stage, EARLIER);

    await expect(preflight(stage, { adopt: true })).resolves.toMatchObject({ generation: 0 });
  });

  test('preflight: its own leftovers do not stop a run that looks again', async () => {
    const stage = new Stage();
    take(stage, OWNER);

    await expect(preflight(stage)).resolves.toMatchObject({ generation: 0 });
  });
});

test('preflight: a default rule is named by its listener', async () => {
  const stage = new Stage();
  const { listenerArn, sourceTargetGroupArn } = stage.place.route;
  const shares = new Timeline([{ backend: sourceTargetGroupArn, weight: 1 }]);
  stage.world.routes.set(listenerArn, {
    ...routeOf(stage),
    arn: listenerArn,
    kind: 'listener',
    shares,
    stickinessEnabled: true,
  });

  await expect(
    preflight(stage, { changes: { router: { alb: { listenerArn, sourceTargetGroupArn } } } }),
  ).rejects.toMatchObject({
    message: expect.stringContaining('router.alb.listenerArn: stickiness is on'),
  });
});
