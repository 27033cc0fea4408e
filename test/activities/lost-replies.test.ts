import { fleetOf } from '../../src/domain/fleet';
import { resourceName } from '../../src/domain/resources';
import { ALL_ON_SOURCE, targetWeight } from '../../src/domain/weights';
import { OWNER, Stage } from './support';

/** How a step is done: once more when it fails, or always twice. */
type Again = <T>(run: () => Promise<T>) => Promise<T>;
type Act = (stage: Stage, again: Again) => Promise<unknown>;

/** From nothing to the whole target beside production. */
const build: Act = async (stage, again) => {
  const { route } = stage.place;
  const [dataSet] = stage.spec().data;
  const shared = { name: resourceName('ranker'), target: fleetOf(stage.spec()), owner: OWNER, adopt: false };
  const { activities } = stage;
  const { arn: targetGroupArn } = await again(() => activities.createTargetGroup({ ...shared, route }));
  const { id: launchTemplateId } = await again(() => activities.createLaunchTemplate(shared));
  await again(() => activities.createProbeRule({ route, targetGroupArn, owner: OWNER, adopt: false }));
  await again(() => activities.createAutoScalingGroup({ ...shared, launchTemplateId, targetGroupArn }));
  await again(() => activities.createBucket({ dataSet: dataSet!, region: 'eu-west-1', owner: OWNER, adopt: false }));
  await again(() => activities.copyData({ dataSet: dataSet!, memory: stage.memory }));
  await again(() => activities.freezeSource({ owned: stage.spec().source.owned }));
  return { route, targetGroupArn };
};

const shiftThere: Act = async (stage, again) => {
  const sides = (await build(stage, again)) as Awaited<ReturnType<Stage['buildTarget']>>;
  const shift = { generation: 1, weights: targetWeight(50) };
  await again(() => stage.activities.shiftWeights({ ...sides, shift, workload: 'ranker', requireHealthyCount: 2 }));
  return sides;
};

/** All the way there, and all the way back. */
const undo: Act = async (stage, again) => {
  const sides = (await shiftThere(stage, again)) as Awaited<ReturnType<Stage['buildTarget']>>;
  const { activities } = stage;
  const [name, dataSet] = [resourceName('ranker'), stage.spec().data[0]!];
  await again(() => activities.restoreSource({ route: sides.route, generation: 2, workload: 'ranker' }));
  await again(() => activities.leaveRoute({ ...sides, workload: 'ranker', forget: true }));
  await again(() => activities.unfreezeSource({ owned: stage.spec().source.owned }));
  await again(() => activities.removeBucket({ dataSet, owner: OWNER, memory: stage.memory }));
  await again(() => activities.removeAutoScalingGroup({ name, owner: OWNER }));
  await again(() => activities.removeProbeRule({ listenerArn: sides.route.listenerArn, owner: OWNER }));
  await again(() => activities.removeLaunchTemplate({ name, owner: OWNER }));
  await again(() => activities.removeTargetGroup({ name, owner: OWNER }));
};

/** As Temporal does it. */
const retried: Again = (run) => run().catch(run);
const twice: Again = (run) => run().then(run);

async function outcome(
  act: Act,
  fault: (stage: Stage) => void,
  again = retried,
): Promise<{ snapshot: unknown; calls: number }> {
  const stage = new Stage();
  fault(stage);
  await act(stage, again);
  return { snapshot: stage.world.snapshot(), calls: stage.faults.calls.length };
}

const SEQUENCES: [string, Act][] = [
  ['building', build],
  ['building and shifting', shiftThere],
  ['building, shifting and undoing', undo],
];

describe.each(SEQUENCES)('%s', (_name, act) => {
  test('every call: losing its reply changes nothing in what stands at the end', async () => {
    const whole = await outcome(act, () => undefined);
    for (let nth = 1; nth <= whole.calls; nth += 1) {
      const { snapshot } = await outcome(act, (stage) =>
        stage.faults.intercept('*', nth, async (call) =>
          call().then(() => Promise.reject(new Error('socket hang up'))),
        ),
      );
      expect({ nth, snapshot }).toEqual({ nth, snapshot: whole.snapshot });
    }
  });

  test('every call: failing it before its effect changes nothing in what stands at the end', async () => {
    const whole = await outcome(act, () => undefined);
    for (let nth = 1; nth <= whole.calls; nth += 1) {
      const { snapshot } = await outcome(act, (stage) => stage.faults.failCall('*', nth, new Error('throttled')));
      expect({ nth, snapshot }).toEqual({ nth, snapshot: whole.snapshot });
    }
  });
});

test.each(SEQUENCES)('%s: every activity done twice leaves what it leaves done once', async (_name, act) => {
  const [once, doubled] = [await outcome(act, () => undefined), await outcome(act, () => undefined, twice)];

  expect(doubled.snapshot).toEqual(once.snapshot);
});

test('undoing: the world is as it was before the first step, but for the weights being in percent', async () => {
  const before = new Stage().world.snapshot();

  expect((await outcome(undo, () => undefined)).snapshot).toEqual(before);
});

test('undoing: what never happened is undone without complaint', async () => {
  const stage = new Stage();
  const sides = { route: stage.place.route, targetGroupArn: 'arn:never' };
  const before = stage.world.snapshot();
  const [name, dataSet] = [resourceName('ranker'), stage.spec().data[0]!];
  await stage.activities.leaveRoute({ ...sides, workload: 'ranker', forget: true });
  await stage.activities.unfreezeSource({ owned: { autoScalingGroups: ['never'], instances: [] } });
  await stage.activities.removeBucket({ dataSet, owner: OWNER, memory: stage.memory });
  await stage.activities.removeAutoScalingGroup({ name, owner: OWNER });
  await stage.activities.removeProbeRule({ listenerArn: sides.route.listenerArn, owner: OWNER });
  await stage.activities.removeLaunchTemplate({ name, owner: OWNER });
  await stage.activities.removeTargetGroup({ name, owner: OWNER });
  await stage.activities.releaseClaims({ arns: ['never'], workload: 'ranker' });
  await stage.activities.guardShift({
    ...sides,
    shift: { generation: 0, weights: ALL_ON_SOURCE },
    workload: 'ranker',
    untilMs: 0 as never,
  });

  expect(stage.world.snapshot()).toEqual(before);
});
