/** A target in the shadow of an endpoint of the lab's SageMaker: copies, their share, and the way on and back. */
import { setShadowVariant } from '../../../src/activities/endpoint-shadow';
import { SageMakerRouter } from '../../../src/adapters/sagemaker-router';
import type { EndpointMove } from '../../../src/contracts/activities';
import type { ShadowVariantSpec } from '../../../src/domain/spec';
import { inActivity } from '../../support/temporal/activity';
import { hostingOn, hostingPorts, owner, TARGET } from './joining';
import { LocalContainers, LocalGateway, variant } from './local-gateway';

const containers = new LocalContainers();
const gateway = new LocalGateway(containers);
const inside = hostingOn(gateway);
const VARIANT = { captureTo: 's3://captured/ranker', lagMs: 1_000 } as ShadowVariantSpec;

beforeAll(() => gateway.start());
beforeEach(() => gateway.sageMaker.fault({ kind: 'quota', instanceType: 'ml.g5.xlarge', value: 100 }));
afterEach(() => gateway.sageMaker.clearFaults());
afterAll(() => gateway.stop());

function copy(endpointName: string, fractionPercent: number): Promise<void> {
  const input = { endpointName, configName: `crossfade-${endpointName}-shadow`, fractionPercent };
  return inActivity(() => setShadowVariant(hostingPorts(gateway), input));
}

const configOf = (endpointName: string) => ({
  name: `crossfade-${endpointName}-shadow`,
  endpointName,
  model: `crossfade-${endpointName}`,
  target: TARGET,
  variant: VARIANT,
  owner,
  adopt: false,
});

type ShadowMove = EndpointMove & { instanceCount: number; jointConfigName: string };

/** An endpoint as it answers users today, and a model and a shadow configuration of ours beside it. */
async function prepare(endpointName: string, weight = 1): Promise<ShadowMove> {
  await gateway.deploy(endpointName, [variant('primary', { InitialInstanceCount: 2, InitialVariantWeight: weight })]);
  const model = { name: `crossfade-${endpointName}`, target: TARGET, owner, adopt: false };
  await inside((activities) => activities.createModel(model));
  const { configBefore } = await inside((activities) => activities.createShadowConfig(configOf(endpointName)));
  const names = { endpointName, configName: `crossfade-${endpointName}-shadow`, configBefore };
  return { ...names, isCaptureChanged: true, instanceCount: 2, jointConfigName: `crossfade-${endpointName}` };
}

async function shadowed(endpointName: string, weight?: number): Promise<ShadowMove> {
  const move = await prepare(endpointName, weight);
  await inside((activities) => activities.shadowEndpoint(move));
  return move;
}

async function promote({ endpointName, configName, configBefore, instanceCount }: ShadowMove): Promise<EndpointMove> {
  const name = `crossfade-${endpointName}`;
  const joint = { name, endpointName, target: TARGET, owner, adopt: false };
  expect(await inside((activities) => activities.createJointConfig(joint))).toEqual({ configBefore });
  const move = { endpointName, configName: name, configBefore, isCaptureChanged: true as const };
  await inside((activities) => activities.joinEndpoint({ ...move, instanceCount, shadowConfigName: configName }));
  return move;
}

/** Configuration, production and shadow variants with their weights, and where it captures. */
async function stateOf(name: string): Promise<unknown> {
  const found = await gateway.describe(name);
  const weights = (variants = found.ProductionVariants) =>
    (variants ?? []).map(({ VariantName, CurrentWeight }) => [VariantName, CurrentWeight]);
  const shadows = found.ShadowProductionVariants === undefined ? [] : weights(found.ShadowProductionVariants);
  return [found.EndpointConfigName, weights(), shadows, found.DataCaptureConfig?.DestinationS3Uri];
}

const asked = (endpointName: string, operation: string): number =>
  gateway.seen.filter((one) => one.operation === operation && one.input.includes(`"${endpointName}"`)).length;

test('shadow: the target stands in the shadow of the source, gets no copies yet, and everything is captured', async () => {
  const { configBefore } = await shadowed('begins');
  expect(configBefore).toBe('begins');
  expect(await stateOf('begins')).toEqual([
    'crossfade-begins-shadow',
    [['primary', 1]],
    [['crossfade-shadow', 0]],
    VARIANT.captureTo,
  ]);
});

test('shadow: twice is once', async () => {
  const move = await shadowed('again');
  expect(await inside((activities) => activities.createShadowConfig(configOf('again')))).toEqual({
    configBefore: 'again',
  });
  await inside((activities) => activities.shadowEndpoint(move));
  expect(asked('again', 'UpdateEndpoint')).toBe(1);
});

test.each([
  [1, 5, 0.05],
  [100, 50, 50],
  [0.3, 100, 0.3],
])('copies: beside a source of weight %d, %d %% are the weight %d', async (weight, percent, wanted) => {
  const name = `copies-${percent}`;
  await shadowed(name, weight);
  await copy(name, percent);
  const { ShadowProductionVariants = [] } = await gateway.describe(name);
  expect(ShadowProductionVariants[0]?.CurrentWeight).toBeCloseTo(wanted, 9);
  const changes = asked(name, 'UpdateEndpointWeightsAndCapacities');
  await copy(name, percent);
  expect(asked(name, 'UpdateEndpointWeightsAndCapacities')).toBe(changes);
});

test('copies: weights that SageMaker silently did not set are asked for again', async () => {
  await shadowed('quiet');
  gateway.sageMaker.fault({ kind: 'silent_return', endpoint: 'quiet' });
  await copy('quiet', 25);
  expect(await stateOf('quiet')).toEqual(expect.arrayContaining([[['crossfade-shadow', 0.25]]]));
});

test('copies: on a configuration of somebody else nothing is ordered, and stopping needs no shadow', async () => {
  await prepare('theirs');
  await expect(copy('theirs', 5)).rejects.toMatchObject({ code: 'RouteChanged' });
  await copy('theirs', 0);
  expect(asked('theirs', 'UpdateEndpointWeightsAndCapacities')).toBe(0);
});

test('promotion: two production variants, the target at weight 0 whatever was copied, and nothing is captured', async () => {
  const move = await shadowed('rises');
  await copy('rises', 50);
  await promote(move);
  expect(await stateOf('rises')).toEqual([
    'crossfade-rises',
    [
      ['primary', 1],
      ['crossfade', 0],
    ],
    [],
    undefined,
  ]);
});

test('leaving: from the shadow and from two variants the endpoint gets its own configuration back', async () => {
  const move = await shadowed('leaves');
  const { instanceCount: _count, jointConfigName: _joint, ...back } = move;
  await copy('leaves', 50);
  await inside((activities) => activities.leaveEndpoint(back));
  const own = ['leaves', [['primary', 1]], [], undefined];
  expect(await stateOf('leaves')).toEqual(own);

  await inside((activities) => activities.shadowEndpoint(move));
  const joint = await promote(move);
  await inside((activities) => activities.leaveEndpoint(joint));
  await inside((activities) => activities.leaveEndpoint(back));
  expect(await stateOf('leaves')).toEqual(own);
});

test('leaving: what the endpoint captured by itself is captured again', async () => {
  const captured = {
    EnableCapture: true,
    InitialSamplingPercentage: 10,
    DestinationS3Uri: VARIANT.captureTo,
    CaptureOptions: [{ CaptureMode: 'Input' as const }],
  };
  await gateway.deploy('captures', [variant('primary')], { DataCaptureConfig: captured });
  await inside((activities) =>
    activities.createModel({ name: 'crossfade-captures', target: TARGET, owner, adopt: false }),
  );
  await inside((activities) => activities.createShadowConfig(configOf('captures')));
  const move = { endpointName: 'captures', configName: 'crossfade-captures-shadow', configBefore: 'captures' };
  const shadow = { ...move, isCaptureChanged: true as const };
  await inside((activities) => activities.shadowEndpoint({ ...shadow, instanceCount: 2, jointConfigName: 'none' }));
  const percent = async (): Promise<unknown> =>
    (await gateway.describe('captures')).DataCaptureConfig?.CurrentSamplingPercentage;
  expect(await percent()).toBe(100);
  await inside((activities) => activities.leaveEndpoint(shadow));
  expect(await percent()).toBe(10);
});

test('shadow: a container that never answers is told with the reason, and the endpoint is as it was', async () => {
  const move = await prepare('sick');
  gateway.sageMaker.fault({ kind: 'unhealthy', endpoint: 'sick' });
  await expect(inside((activities) => activities.shadowEndpoint(move))).rejects.toMatchObject({
    code: 'EndpointFailed',
    message: expect.stringContaining('did not pass the ping health check'),
  });
  expect(await stateOf('sick')).toEqual(['sick', [['primary', 1]], [], undefined]);
});

test('shadow: what SageMaker refuses is told in its words', async () => {
  await gateway.deploy('refused', [variant('primary')]);
  await inside((activities) =>
    activities.createModel({ name: 'crossfade-refused', target: TARGET, owner, adopt: false }),
  );
  gateway.sageMaker.fault({ kind: 'shadow_refused' });
  await expect(inside((activities) => activities.createShadowConfig(configOf('refused')))).rejects.toMatchObject({
    code: 'AwsRejected',
    message: expect.stringContaining('Shadow variants are not supported with this endpoint configuration.'),
  });
});

test('router: a shadow is no share of the traffic, and its instances count', async () => {
  await shadowed('read');
  await copy('read', 20);
  const router = new SageMakerRouter(gateway.client, gateway.client);
  const route = { arn: 'read', kind: 'endpoint', endpointName: 'read' } as const;
  const { shares, endpoint } = await router.readRoute(route);
  expect(shares).toEqual([{ backend: 'primary', weight: 1 }]);
  expect(endpoint).toMatchObject({
    shadows: [{ backend: 'crossfade-shadow', weight: 0.2 }],
    captureTo: VARIANT.captureTo,
  });
  expect(await router.readHealth(route, 'crossfade-shadow')).toEqual({ healthyCount: 2, registeredCount: 2 });
});
