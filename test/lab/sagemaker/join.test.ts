/** A target joins and leaves an endpoint of the lab's SageMaker, and stays there alone. */
import { ListEndpointConfigsCommand, UpdateEndpointCommand } from '@aws-sdk/client-sagemaker';
import { SageMakerRouter } from '../../../src/adapters/sagemaker-router';
import type { EndpointMove } from '../../../src/contracts/activities';
import { hostingOn, owner, TARGET } from './joining';
import { LocalContainers, LocalGateway, variant } from './local-gateway';

const containers = new LocalContainers();
const gateway = new LocalGateway(containers);
const inside = hostingOn(gateway);

beforeAll(() => gateway.start());
beforeEach(() => gateway.sageMaker.fault({ kind: 'quota', instanceType: 'ml.g5.xlarge', value: 100 }));
afterEach(() => gateway.sageMaker.clearFaults());
afterAll(() => gateway.stop());

/** An endpoint as it answers users today, and a model and a joint configuration of ours beside it. */
async function prepare(endpointName: string): Promise<EndpointMove & { instanceCount: number }> {
  await gateway.deploy(endpointName, [variant('primary', { InitialInstanceCount: 2 })]);
  const name = `crossfade-${endpointName}`;
  const input = { name, target: TARGET, owner, adopt: false };
  await inside((hosting) => hosting.createModel(input));
  const { configBefore } = await inside((hosting) => hosting.createJointConfig({ ...input, endpointName }));
  return { endpointName, configName: name, configBefore, instanceCount: 2 };
}

async function variantsOf(name: string): Promise<unknown> {
  const { EndpointConfigName, ProductionVariants = [] } = await gateway.describe(name);
  return [
    EndpointConfigName,
    ...ProductionVariants.map((one) => [one.VariantName, one.CurrentWeight, one.CurrentInstanceCount]),
  ];
}

async function configs(NameContains: string): Promise<unknown[]> {
  const { EndpointConfigs = [] } = await gateway.client.send(new ListEndpointConfigsCommand({ NameContains }));
  return EndpointConfigs.map(({ EndpointConfigName }) => EndpointConfigName).sort();
}

test('joining: the target stands beside the source at weight 0, and the source is as it was', async () => {
  const move = await prepare('joins');
  expect(move.configBefore).toBe('joins');
  await inside((hosting) => hosting.joinEndpoint(move));
  expect(await variantsOf('joins')).toEqual(['crossfade-joins', ['primary', 1, 2], ['crossfade', 0, 2]]);
});

test('joining: twice is once, and the way back is known again', async () => {
  const move = await prepare('twice');
  await inside((hosting) => hosting.joinEndpoint(move));
  const input = { name: 'crossfade-twice', target: TARGET, owner, adopt: false, endpointName: 'twice' };
  expect(await inside((hosting) => hosting.createJointConfig(input))).toEqual({ configBefore: 'twice' });
  await inside((hosting) => hosting.joinEndpoint(move));
  expect(
    gateway.seen.filter(({ operation, input: sent }) => operation === 'UpdateEndpoint' && /"twice"/.test(sent)),
  ).toHaveLength(1);
});

test('joining: an update that SageMaker silently did not do is asked for again', async () => {
  const move = await prepare('silent-join');
  gateway.sageMaker.fault({ kind: 'silent_return', endpoint: 'silent-join' });
  await inside((hosting) => hosting.joinEndpoint(move));
  expect((await gateway.describe('silent-join')).EndpointConfigName).toBe('crossfade-silent-join');
});

test('joining: an update that SageMaker silently does not do at all is given up, and told', async () => {
  const move = await prepare('never-join');
  gateway.sageMaker.fault({ kind: 'silent_return', endpoint: 'never-join', times: 3 });
  await expect(inside((hosting) => hosting.joinEndpoint(move))).rejects.toMatchObject({
    code: 'EndpointFailed',
    message: expect.stringContaining('went back to never-join and does not take crossfade-never-join'),
  });
  expect(await variantsOf('never-join')).toEqual(['never-join', ['primary', 1, 2]]);
});

test('joining: a container that never answers is told with the reason, and users stay with the source', async () => {
  const move = await prepare('sick-join');
  gateway.sageMaker.fault({ kind: 'unhealthy', endpoint: 'sick-join' });
  await expect(inside((hosting) => hosting.joinEndpoint(move))).rejects.toMatchObject({
    code: 'EndpointFailed',
    message: expect.stringContaining('did not pass the ping health check'),
  });
  expect(await variantsOf('sick-join')).toEqual(['sick-join', ['primary', 1, 2]]);
});

test('joining: a configuration made from what somebody has replaced since is made anew', async () => {
  await prepare('stale-join');
  await gateway.configure('stale-join-2', [variant('primary', { InitialInstanceCount: 1 })]);
  await gateway.client.send(
    new UpdateEndpointCommand({ EndpointName: 'stale-join', EndpointConfigName: 'stale-join-2' }),
  );
  await gateway.reaches('stale-join', 'InService');
  const input = { name: 'crossfade-stale-join', target: TARGET, owner, adopt: false, endpointName: 'stale-join' };
  expect(await inside((hosting) => hosting.createJointConfig(input))).toEqual({ configBefore: 'stale-join-2' });
});

test('joining: a third configuration is somebody else’s, and is told', async () => {
  const move = await prepare('third');
  await gateway.configure('third-theirs', [variant('primary')]);
  await gateway.client.send(new UpdateEndpointCommand({ EndpointName: 'third', EndpointConfigName: 'third-theirs' }));
  await expect(inside((hosting) => hosting.joinEndpoint(move))).rejects.toMatchObject({
    code: 'RouteChanged',
    message: expect.stringContaining('third-theirs'),
  });
});

test('joining: beside a shadow variant is refused before anything is changed', async () => {
  await gateway.deploy('shadowed', [variant('primary')], { ShadowProductionVariants: [variant('shadow')] });
  const input = { name: 'crossfade-shadowed', target: TARGET, owner, adopt: false, endpointName: 'shadowed' };
  await inside((hosting) => hosting.createModel(input));
  await expect(inside((hosting) => hosting.createJointConfig(input))).rejects.toMatchObject({
    code: 'AwsRejected',
    message: expect.stringContaining('has the shadow variant shadow'),
  });
});

describe('once it has joined', () => {
  const router = (): SageMakerRouter => new SageMakerRouter(gateway.client, gateway.client);

  async function joined(endpointName: string, weights?: [number, number]): Promise<EndpointMove> {
    const { instanceCount, ...move } = await prepare(endpointName);
    await inside((hosting) => hosting.joinEndpoint({ ...move, instanceCount }));
    if (weights === undefined) return move;
    const route = { arn: endpointName, kind: 'endpoint', endpointName } as const;
    const shares = [
      { backend: 'primary', weight: weights[0] },
      { backend: 'crossfade', weight: weights[1] },
    ];
    await router().writeShares(route, shares, await router().readRoute(route));
    await gateway.reaches(endpointName, 'InService');
    return move;
  }

  test('leaving: the endpoint serves its own configuration, with the weight and the instances that stood', async () => {
    const move = await joined('leaves', [100, 0]);
    await inside((hosting) => hosting.leaveEndpoint(move));
    expect(await variantsOf('leaves')).toEqual(['leaves', ['primary', 100, 2]]);
    await inside((hosting) => hosting.leaveEndpoint(move));
    await inside((hosting) => hosting.removeEndpointConfig({ name: move.configName, owner }));
    expect(await configs('leaves')).toEqual(['leaves']);
  });

  test('leaving: a target that has weight is not taken off', async () => {
    const move = await joined('weighted', [90, 10]);
    await expect(inside((hosting) => hosting.leaveEndpoint(move))).rejects.toMatchObject({ code: 'RouteChanged' });
    expect((await gateway.describe('weighted')).EndpointConfigName).toBe(move.configName);
  });

  test('leaving: an endpoint that is gone, or serves nothing of ours, is left', async () => {
    const move = await joined('gone');
    await inside((hosting) => hosting.leaveEndpoint({ ...move, endpointName: 'never' }));
    await inside((hosting) => hosting.leaveEndpoint({ ...move, endpointName: 'leaves' }));
  });

  test('retiring: the target stays alone with its instances; the joint configuration and what scaled the source go', async () => {
    await joined('retires', [0, 100]);
    await gateway.scale('retires', 'primary');
    const input = { endpointName: 'retires', name: 'crossfade-retires', owner };
    await inside((hosting) => hosting.retireVariant(input));
    expect(await variantsOf('retires')).toEqual(['crossfade-retires-alone', ['crossfade', 100, 2]]);
    expect(await gateway.suspended('retires', 'primary')).toBeUndefined();
    await inside((hosting) => hosting.retireVariant(input));
    expect(await configs('retires')).toEqual(['crossfade-retires-alone', 'retires']);
  });

  test('retiring: a source that has weight is not taken off', async () => {
    await joined('still', [1, 99]);
    const input = { endpointName: 'still', name: 'crossfade-still', owner };
    await expect(inside((hosting) => hosting.retireVariant(input))).rejects.toMatchObject({
      code: 'SourceReceivesTraffic',
    });
  });
});
