import type { RouteSides } from '../../src/contracts/activities';
import { MigrationError } from '../../src/domain/errors';
import { fleetOf } from '../../src/domain/fleet';
import type { Owner } from '../../src/domain/resources';
import { EARLIER, OWNER, Stage } from './support';

const name = 'crossfade-ranker';
const FOREIGN: Owner = { workload: 'other', run: 'run-1' };

interface Built {
  readonly kind: string;
  readonly method: string;
  readonly create: (stage: Stage, options: { adopt: boolean }) => Promise<unknown>;
  readonly remove: (stage: Stage) => Promise<void>;
  /** Puts one there that belongs to somebody. */
  readonly plant: (stage: Stage, owner: Owner | undefined) => void;
  readonly isThere: (stage: Stage) => boolean;
}

const shared = (stage: Stage, adopt: boolean) => ({ name, target: fleetOf(stage.spec()), owner: OWNER, adopt });
const aTargetGroup = (stage: Stage): RouteSides => ({
  route: stage.place.route,
  targetGroupArn: stage.place.route.sourceTargetGroupArn,
});

const KINDS: Built[] = [
  {
    kind: 'target group',
    method: 'balancing.createTargetGroup',
    create: (stage, { adopt }) =>
      stage.activities.createTargetGroup({ ...shared(stage, adopt), route: stage.place.route }),
    remove: (stage) => stage.activities.removeTargetGroup({ name, owner: OWNER }),
    plant: (stage, owner) =>
      stage.world.targetGroups.set('arn:tg', {
        arn: 'arn:tg',
        name,
        owner,
        tags: {},
        registeredCount: 0,
        unhealthyCount: 0,
      }),
    isThere: (stage) => [...stage.world.targetGroups.values()].some((group) => group.name === name),
  },
  {
    kind: 'launch template',
    method: 'compute.createLaunchTemplate',
    create: (stage, { adopt }) => stage.activities.createLaunchTemplate(shared(stage, adopt)),
    remove: (stage) => stage.activities.removeLaunchTemplate({ name, owner: OWNER }),
    plant: (stage, owner) => stage.world.launchTemplates.set(name, { id: 'lt-1', owner }),
    isThere: (stage) => stage.world.launchTemplates.has(name),
  },
  {
    kind: 'probe rule',
    method: 'balancing.createProbeRule',
    create: (stage, { adopt }) => stage.activities.createProbeRule({ ...aTargetGroup(stage), owner: OWNER, adopt }),
    remove: (stage) => stage.activities.removeProbeRule({ listenerArn: stage.place.route.listenerArn, owner: OWNER }),
    plant: (stage, owner) => {
      const { listenerArn, sourceTargetGroupArn: targetGroupArn } = stage.place.route;
      stage.world.probeRules.set('arn:rule', {
        arn: 'arn:rule',
        headerName: 'x-probe-ranker',
        headerValue: 's',
        listenerArn,
        targetGroupArn,
        owner,
      });
    },
    isThere: (stage) => stage.world.probeRules.size > 0,
  },
  {
    kind: 'Auto Scaling group',
    method: 'compute.createAutoScalingGroup',
    create: (stage, { adopt }) => {
      stage.world.launchTemplates.set('lt', { id: 'lt-1', owner: OWNER });
      return stage.activities.createAutoScalingGroup({
        ...shared(stage, adopt),
        launchTemplateId: 'lt-1',
        targetGroupArn: 'arn:tg',
      });
    },
    remove: (stage) => stage.activities.removeAutoScalingGroup({ name, owner: OWNER }),
    plant: (stage, owner) =>
      stage.world.autoScalingGroups.set(name, {
        name,
        owner,
        targetGroupArn: 'arn:tg',
        createdAtMs: 0,
        minSize: 1,
        desiredCapacity: 1,
        maxSize: 1,
        tags: {},
      }),
    isThere: (stage) => stage.world.autoScalingGroups.has(name),
  },
  {
    kind: 'bucket',
    method: 'buckets.createBucket',
    create: (stage, { adopt }) =>
      stage.activities.createBucket({ dataSet: stage.spec().data[0]!, region: 'eu-west-1', owner: OWNER, adopt }),
    remove: (stage) =>
      stage.activities.removeBucket({ dataSet: stage.spec().data[0]!, owner: OWNER, memory: stage.memory }),
    plant: (stage, owner) => stage.world.buckets.set('ranker-target', { owner, objects: new Map(), isLedger: false }),
    isThere: (stage) => stage.world.buckets.has('ranker-target'),
  },
];

describe.each(KINDS)('$kind', ({ method, create, remove, plant, isThere }) => {
  test('create: twice is once, also when the first reply was lost', async () => {
    const stage = new Stage();
    stage.faults.loseNextReply(method);

    await expect(create(stage, { adopt: false })).rejects.toThrow('socket hang up');
    const after = stage.world.snapshot();
    await create(stage, { adopt: false });

    expect(stage.world.snapshot()).toEqual(after);
  });

  test('create: what an earlier run left is refused, and taken over with adopt', async () => {
    const stage = new Stage();
    plant(stage, EARLIER);

    await expect(create(stage, { adopt: false })).rejects.toMatchObject({
      type: 'EarlierRunLeftovers',
      nonRetryable: true,
    });
    await create(stage, { adopt: true });
    expect(isThere(stage)).toBe(true);
  });

  test.each([
    ['nobody', undefined],
    ['another workload', FOREIGN],
  ])('create: what belongs to %s is refused and untouched', async (_name, owner) => {
    const stage = new Stage();
    plant(stage, owner);
    const before = stage.world.snapshot();

    await expect(create(stage, { adopt: true })).rejects.toMatchObject({ type: 'ResourceNotOurs', nonRetryable: true });
    expect(stage.world.snapshot()).toMatchObject(before as object);
  });

  test('remove: it is gone afterwards, twice is once, and never there is fine', async () => {
    const stage = new Stage();
    await remove(stage);
    await create(stage, { adopt: false });
    await remove(stage);
    await remove(stage);

    expect(isThere(stage)).toBe(false);
  });

  test.each([
    ['nobody', undefined],
    ['another workload', FOREIGN],
  ])('remove: what belongs to %s stays', async (_name, owner) => {
    const stage = new Stage();
    plant(stage, owner);
    await remove(stage);

    expect(isThere(stage)).toBe(true);
  });

  test('remove: what an adopted earlier run made goes as well', async () => {
    const stage = new Stage();
    plant(stage, EARLIER);
    await remove(stage);

    expect(isThere(stage)).toBe(false);
  });
});

test('createAutoScalingGroup: the scaling policy is put also when only the group was made before', async () => {
  const stage = new Stage();
  stage.world.launchTemplates.set('lt', { id: 'lt-1', owner: OWNER });
  const target = { ...fleetOf(stage.spec()), scaleOn: { namespace: 'Ranker', metric: 'GpuUtilization', value: 60 } };
  const input = { name, target, launchTemplateId: 'lt-1', targetGroupArn: 'arn:tg', owner: OWNER, adopt: false };
  stage.faults.failCall('compute.putScalingPolicy', 1, new MigrationError('AwsUnavailable', 'throttled'));

  await expect(stage.activities.createAutoScalingGroup(input)).rejects.toThrow('throttled');
  await stage.activities.createAutoScalingGroup(input);

  expect(stage.world.autoScalingGroups.get(name)?.scalesOn).toBe('Ranker/GpuUtilization');
});

test('createProbeRule: the secret header is not in the result', async () => {
  const stage = new Stage();
  const result = await stage.activities.createProbeRule({ ...aTargetGroup(stage), owner: OWNER, adopt: false });

  expect(result).toBeUndefined();
});

test('freezeSource: capacity cannot fall below what serves now, and comes back as it was, twice is once', async () => {
  const stage = new Stage();
  const { owned } = stage.spec().source;
  const before = stage.world.snapshot();
  await stage.activities.freezeSource({ owned });
  await stage.activities.freezeSource({ owned });
  expect(stage.world.autoScalingGroups.get('ranker-source')?.minSize).toBe(2);

  await stage.activities.unfreezeSource({ owned });
  await stage.activities.unfreezeSource({ owned });
  expect(stage.world.snapshot()).toEqual(before);
});

describe('waitTargetsHealthy', () => {
  test('waitTargetsHealthy: it waits as long as the targets boot, and heartbeats', async () => {
    const stage = new Stage();
    stage.world.bootMs = 30_000;
    const { targetGroupArn } = await stage.buildTarget();
    const startMs = stage.clock.now();

    await stage.activities.waitTargetsHealthy({ targetGroupArn, healthyCount: 2 });

    expect(stage.clock.now() - startMs).toBe(30_000);
    expect(stage.heartbeats).toContainEqual({ healthyCount: 0, registeredCount: 2 });
  });

  test('waitTargetsHealthy: after 15 minutes it says how many are missing', async () => {
    const stage = new Stage();
    const { targetGroupArn } = await stage.buildTarget();
    stage.world.targetGroups.get(targetGroupArn)!.unhealthyCount = 1;

    await expect(stage.activities.waitTargetsHealthy({ targetGroupArn, healthyCount: 2 })).rejects.toMatchObject({
      type: 'TargetsNotHealthy',
      nonRetryable: false,
      message: expect.stringContaining('after 15 minutes 1 of 2 targets are healthy, 2 must be'),
    });
  });

  test('waitTargetsHealthy: a target group that vanishes while it waits ends the wait', async () => {
    const stage = new Stage();
    stage.world.bootMs = 30_000;
    const { targetGroupArn } = await stage.buildTarget();
    stage.clock.at(stage.clock.now() + 10_000, () => stage.world.targetGroups.delete(targetGroupArn));

    await expect(stage.activities.waitTargetsHealthy({ targetGroupArn, healthyCount: 2 })).rejects.toMatchObject({
      type: 'NotFound',
    });
  });
});
