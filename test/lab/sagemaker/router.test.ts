/** The router of endpoints, and the protocol above it, against the lab's SageMaker. */
import {
  ListTagsCommand,
  UpdateEndpointCommand,
  UpdateEndpointWeightsAndCapacitiesCommand,
} from '@aws-sdk/client-sagemaker';
import { createTrafficActivities } from '../../../src/activities/traffic';
import { SageMakerRouter } from '../../../src/adapters/sagemaker-router';
import type { Route, RouteSides, ShiftResult, TrafficActivities } from '../../../src/contracts/activities';
import { targetWeight } from '../../../src/domain/weights';
import type { RouteRef } from '../../../src/ports/traffic-router';
import { inActivity } from '../../support/temporal/activity';
import { eventually } from '../eventually';
import { sleepLess } from './joining';
import { LocalGateway, variant } from './local-gateway';

const gateway = new LocalGateway();
const workload = 'ranker';

beforeAll(() => gateway.start());
beforeEach(() => gateway.sageMaker.fault({ kind: 'quota', instanceType: 'ml.g5.xlarge', value: 100 }));
afterEach(() => {
  gateway.sageMaker.clearFaults();
  gateway.sageMaker.setDelays({ updatingMs: 100 });
});
afterAll(() => gateway.stop());

/** An endpoint with both variants, as the environment phase leaves it. */
async function join(name: string): Promise<RouteSides> {
  const source = variant('primary', { InitialVariantWeight: 1, InitialInstanceCount: 2 });
  await gateway.deploy(name, [source, variant('crossfade', { InitialVariantWeight: 0 })]);
  const { EndpointArn = '' } = await gateway.describe(name);
  const route: Route = {
    arn: EndpointArn,
    kind: 'endpoint',
    sourceTargetGroupArn: 'primary',
    endpoint: { name, configName: name },
  };
  return { route, targetGroupArn: 'crossfade' };
}

const routerNow = (): SageMakerRouter => new SageMakerRouter(gateway.client, gateway.client);
const refOf = ({ route }: RouteSides): RouteRef => ({ arn: route.arn, kind: 'endpoint' });

function inside<T>(run: (traffic: TrafficActivities) => Promise<T>): Promise<T> {
  const activities = createTrafficActivities({ router: routerNow(), now: Date.now, sleep: sleepLess });
  return inActivity(() => run(activities));
}

function shift(sides: RouteSides, generation: number, targetPercent: number, healthy = 1): Promise<ShiftResult> {
  const wanted = { generation, weights: targetWeight(targetPercent) };
  return inside((traffic) => traffic.shiftWeights({ ...sides, shift: wanted, workload, requireHealthyCount: healthy }));
}

const restore = ({ route }: RouteSides, generation: number): Promise<ShiftResult> =>
  inside((traffic) => traffic.restoreSource({ route, generation, workload }));

async function numbers(name: string): Promise<Record<string, unknown>> {
  const { ProductionVariants = [] } = await gateway.describe(name);
  return Object.fromEntries(
    ProductionVariants.map((one) => [one.VariantName ?? '', [one.CurrentWeight, one.CurrentInstanceCount]]),
  );
}

async function tags({ route }: RouteSides): Promise<Record<string, string>> {
  const { Tags = [] } = await gateway.client.send(new ListTagsCommand({ ResourceArn: route.arn }));
  return Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value]));
}

test('endpoint as a route: weights go forward and back, and are in force when a shift is confirmed', async () => {
  const sides = await join('there-and-back');
  for (const [generation, percent] of [0, 10, 100].entries()) {
    await shift(sides, generation + 1, percent);
    expect(await numbers('there-and-back')).toEqual({ primary: [100 - percent, 2], crossfade: [percent, 1] });
  }
  await restore(sides, 4);
  expect(await numbers('there-and-back')).toEqual({ primary: [100, 2], crossfade: [0, 1] });
  expect(await tags(sides)).toEqual({
    'crossfade:shift': '4/100/0',
    'crossfade:claim': 'ranker',
    'crossfade:instances:primary': '2',
    'crossfade:instances:crossfade': '1',
  });
  await inside((traffic) => traffic.leaveRoute({ ...sides, workload, forget: true }));
  expect(await tags(sides)).toEqual({});
});

test('endpoint as a route: a rollback gives the source the instances back that it carried everything with', async () => {
  const sides = await join('shrunk');
  await shift(sides, 1, 10);
  const shrink = { VariantName: 'primary', DesiredInstanceCount: 1 };
  await gateway.client.send(
    new UpdateEndpointWeightsAndCapacitiesCommand({
      EndpointName: 'shrunk',
      DesiredWeightsAndCapacities: [shrink],
    }),
  );
  await gateway.reaches('shrunk', 'InService');
  await restore(sides, 2);
  expect(await numbers('shrunk')).toEqual({ primary: [100, 2], crossfade: [0, 1] });
});

test('endpoint as a route: weights that SageMaker silently did not move are found, and moved by the next attempt', async () => {
  const sides = await join('silent');
  gateway.sageMaker.fault({ kind: 'silent_return', endpoint: 'silent' });
  await expect(shift(sides, 1, 10)).rejects.toMatchObject({
    code: 'AwsUnavailable',
    message: expect.stringContaining('read tag 1/90/10 and primary=1, crossfade=0'),
  });
  await shift(sides, 1, 10);
  expect(await numbers('silent')).toEqual({ primary: [90, 2], crossfade: [10, 1] });
});

/** Somebody's update to a configuration that has the same variants, with everything as it stands. */
async function somebodyUpdates(name: string): Promise<void> {
  await gateway.configure(`${name}-theirs`, [variant('primary', { InitialInstanceCount: 2 }), variant('crossfade')]);
  await gateway.client.send(
    new UpdateEndpointCommand({
      EndpointName: name,
      EndpointConfigName: `${name}-theirs`,
      RetainAllVariantProperties: true,
    }),
  );
}

test('endpoint as a route: an update of somebody else holds the way forward, while it runs and after it; not the way back', async () => {
  const sides = await join('edited');
  await shift(sides, 1, 10);
  await somebodyUpdates('edited');
  await expect(shift(sides, 2, 25)).rejects.toMatchObject({
    code: 'RouteChanged',
    message: expect.stringContaining('being updated to the configuration edited-theirs, and edited was put there'),
  });
  await gateway.reaches('edited', 'InService');
  await expect(shift(sides, 2, 25)).rejects.toMatchObject({
    code: 'RouteChanged',
    message: expect.stringContaining('serves the configuration edited-theirs, and edited was put there'),
  });
  await restore(sides, 3);
  expect(await numbers('edited')).toEqual({ primary: [100, 2], crossfade: [0, 1] });
});

test('endpoint as a route: a shift that is done already is not taken for done on another configuration', async () => {
  const sides = await join('swapped');
  await shift(sides, 1, 10);
  await somebodyUpdates('swapped');
  await gateway.reaches('swapped', 'InService');
  await expect(shift(sides, 1, 10)).rejects.toMatchObject({ code: 'RouteChanged' });
});

test('endpoint as a route: a rollback in the middle of a change gets through as soon as that is over', async () => {
  const sides = await join('busy');
  await shift(sides, 1, 10);
  gateway.sageMaker.setDelays({ updatingMs: 600 });
  const forward = shift(sides, 2, 25).catch((error: unknown) => error);
  await gateway.reaches('busy', 'Updating');
  await expect(restore(sides, 3)).rejects.toMatchObject({ code: 'AwsUnavailable' });
  expect(await tags(sides)).toMatchObject({ 'crossfade:shift': '3/100/0' });

  await eventually(() => restore(sides, 3));
  expect(await numbers('busy')).toEqual({ primary: [100, 2], crossfade: [0, 1] });
  expect(await forward).toMatchObject({ code: 'StaleGeneration' });
});

test('endpoint as a route: an older order finds the newer decision and changes nothing', async () => {
  const sides = await join('raced');
  await shift(sides, 5, 10);
  await expect(shift(sides, 4, 50)).rejects.toMatchObject({ code: 'StaleGeneration' });
  expect(await numbers('raced')).toEqual({ primary: [90, 2], crossfade: [10, 1] });
});

test('endpoint as a route: a target with fewer instances than a share needs gets none', async () => {
  const sides = await join('few');
  await expect(shift(sides, 1, 10, 2)).rejects.toMatchObject({
    code: 'TargetsNotHealthy',
    message: expect.stringContaining('1 of 1 targets are healthy, 2 must be'),
  });
  expect(await numbers('few')).toEqual({ primary: [1, 2], crossfade: [0, 1] });
});

test('endpoint as a route: a patch by SageMaker itself is waited for', async () => {
  const sides = await join('patched');
  await shift(sides, 1, 10);
  gateway.sageMaker.fault({ kind: 'system_update', endpoint: 'patched' });
  expect((await routerNow().readRoute(refOf(sides))).pending?.why).toContain('SystemUpdating');
  await shift(sides, 1, 10);
  expect((await gateway.describe('patched')).EndpointStatus).toBe('InService');
});

test('endpoint as a route: an endpoint that is gone is not there, and leaving it is done', async () => {
  const route: Route = {
    arn: 'arn:aws:sagemaker:us-east-1:123456789012:endpoint/never',
    kind: 'endpoint',
    sourceTargetGroupArn: 'primary',
  };
  await expect(restore({ route, targetGroupArn: 'crossfade' }, 1)).rejects.toMatchObject({ code: 'NotFound' });
  await inside((traffic) => traffic.leaveRoute({ route, targetGroupArn: 'crossfade', workload, forget: true }));
});
