import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { SageMakerRouter } from '../../src/adapters/sagemaker-router';
import { targetWeight } from '../../src/domain/weights';
import type { RouteRef, RouteState, ShiftWrite } from '../../src/ports/traffic-router';
import type { Replies } from './sagemaker-wire';
import { Refusal, openSageMaker, sent } from './sagemaker-wire';
import type { Wire } from './wire';
import { closeWires } from './wire';

const ARN = 'arn:aws:sagemaker:eu-west-1:123456789012:endpoint/ranker';
const route: RouteRef = { arn: ARN, kind: 'endpoint', endpointName: 'Ranker' };
const BUSY = new Refusal('ValidationException', `Cannot update in-progress endpoint "${ARN}".`);
const FULL = new Refusal('ResourceLimitExceeded', 'no more ml.g5.xlarge for you');

afterEach(closeWires);

type Numbers = readonly [weight: number, desiredWeight: number, count: number, desiredCount: number];

function variant(VariantName: string, [CurrentWeight, DesiredWeight, CurrentInstanceCount, rest]: Numbers): object {
  return { VariantName, CurrentWeight, DesiredWeight, CurrentInstanceCount, DesiredInstanceCount: rest };
}

function described(source: Numbers, target: Numbers, more: object = {}): object {
  return {
    EndpointName: 'Ranker',
    EndpointArn: ARN,
    EndpointConfigName: 'crossfade-ranker',
    EndpointStatus: 'InService',
    ProductionVariants: [variant('primary', source), variant('crossfade', target)],
    ...more,
  };
}

const ON_SOURCE = described([1, 1, 4, 4], [0, 0, 2, 2]);
const ON_TARGET = described([0, 0, 4, 4], [100, 100, 2, 2]);
const tagged = (tags: Record<string, string>): object => ({
  Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
});

async function open(replies: Replies): Promise<{ router: SageMakerRouter; wire: Wire }> {
  const wire = await openSageMaker(replies);
  const client = new SageMakerClient(wire.client);
  return { router: new SageMakerRouter(client, client), wire };
}

function writing(read: RouteState, targetPercent: number): ShiftWrite {
  const weights = targetWeight(targetPercent);
  const shares = [
    { backend: 'primary', weight: weights.source },
    { backend: 'crossfade', weight: weights.target },
  ];
  return { shift: { generation: 7, weights }, shares, workload: 'ranker', read };
}

const written = (wire: Wire): [string, unknown][] =>
  sent(wire).filter(([operation]) => operation !== 'DescribeEndpoint' && operation !== 'ListTags');

describe('SageMakerRouter, reading', () => {
  test('readRoute: weights in force are the shares, and the decision is the tag', async () => {
    const { router, wire } = await open({
      DescribeEndpoint: ON_SOURCE,
      ListTags: tagged({ 'crossfade:shift': '3/100/0' }),
    });
    expect(await router.readRoute(route)).toEqual({
      shares: [
        { backend: 'primary', weight: 1 },
        { backend: 'crossfade', weight: 0 },
      ],
      stickinessEnabled: false,
      shift: { generation: 3, weights: targetWeight(0) },
      endpoint: { arn: ARN, configName: 'crossfade-ranker' },
    });
    expect(sent(wire)).toContainEqual(['DescribeEndpoint', { EndpointName: 'Ranker' }]);
  });

  test.each(['Updating', 'SystemUpdating', 'Creating', 'RollingBack'])(
    'readRoute: while %s, what was asked for stands and is pending',
    async (EndpointStatus) => {
      const { router } = await open({ DescribeEndpoint: described([1, 90, 4, 4], [0, 10, 2, 2], { EndpointStatus }) });
      const state = await router.readRoute(route);
      expect(state.shares.map(({ weight }) => weight)).toEqual([90, 10]);
      expect(state.pending).toEqual({
        why: `it is ${EndpointStatus}, primary has weight 1 of 90, crossfade has weight 0 of 10`,
        isReceiptMissing: false,
      });
    },
  );

  test('readRoute: in service again without having done it, only the weights in force count', async () => {
    const { router } = await open({ DescribeEndpoint: described([1, 90, 4, 4], [0, 10, 2, 2]) });
    const state = await router.readRoute(route);
    expect(state.shares.map(({ weight }) => weight)).toEqual([1, 0]);
    expect(state.pending?.why).toContain('InService');
  });

  test.each(['RollingBack', 'Failed', 'UpdateRollbackFailed', 'OutOfService', 'Deleting'])(
    'readRoute: %s is told, with the reason that SageMaker gives',
    async (EndpointStatus) => {
      const { router } = await open({
        DescribeEndpoint: described([1, 1, 4, 4], [0, 0, 2, 2], { EndpointStatus, FailureReason: 'no ping' }),
      });
      const { endpoint } = await router.readRoute(route);
      expect(endpoint?.trouble).toBe(`it is ${EndpointStatus}: no ping`);
      expect(endpoint?.isReturning ?? false).toBe(EndpointStatus === 'RollingBack');
    },
  );

  test('readRoute: an update that leads to another configuration is told before it is over', async () => {
    const { router } = await open({
      DescribeEndpoint: described([1, 1, 4, 4], [0, 0, 2, 2], {
        EndpointStatus: 'Updating',
        PendingDeploymentSummary: { EndpointConfigName: 'theirs' },
      }),
    });
    expect((await router.readRoute(route)).endpoint).toEqual({
      arn: ARN,
      configName: 'crossfade-ranker',
      nextConfigName: 'theirs',
    });
  });

  test.each([
    [{ EndpointStatus: 'Sleeping' }, { code: 'AwsRejected', message: expect.stringContaining("'Sleeping'") }],
    [new Refusal('ThrottlingException', 'Rate exceeded'), { code: 'AwsUnavailable' }],
    [new Refusal('ValidationException', 'Could not find endpoint "x".'), { code: 'NotFound' }],
  ])('readRoute: %p is an error', async (reply, error) => {
    const DescribeEndpoint = reply instanceof Refusal ? reply : { ...ON_SOURCE, ...reply };
    const { router } = await open({ DescribeEndpoint });
    await expect(router.readRoute(route)).rejects.toMatchObject(error);
  });

  test('readRoute: a broken tag is an error, not "never decided"', async () => {
    const { router } = await open({ DescribeEndpoint: ON_SOURCE, ListTags: tagged({ 'crossfade:shift': '7' }) });
    await expect(router.readRoute(route)).rejects.toMatchObject({ code: 'AwsRejected' });
  });
});

describe('SageMakerRouter, writing', () => {
  test('applyShift: the decision, and what the source took to carry everything, are tagged before the weights', async () => {
    const { router, wire } = await open({ DescribeEndpoint: ON_SOURCE });
    await router.applyShift(route, writing(await router.readRoute(route), 10));
    expect(written(wire)).toEqual([
      [
        'AddTags',
        {
          ResourceArn: ARN,
          Tags: [
            { Key: 'crossfade:shift', Value: '7/90/10' },
            { Key: 'crossfade:claim', Value: 'ranker' },
            { Key: 'crossfade:instances:primary', Value: '4' },
          ],
        },
      ],
      [
        'UpdateEndpointWeightsAndCapacities',
        {
          EndpointName: 'Ranker',
          DesiredWeightsAndCapacities: [
            { VariantName: 'primary', DesiredWeight: 90 },
            { VariantName: 'crossfade', DesiredWeight: 10 },
          ],
        },
      ],
    ]);
  });

  const shrunk = described([10, 10, 1, 1], [90, 90, 2, 2]);
  const noted = tagged({ 'crossfade:instances:primary': '4', 'crossfade:instances:crossfade': '6' });

  test('applyShift: a source that has shrunk gets its instances back with its weight; nobody else changes', async () => {
    const { router, wire } = await open({ DescribeEndpoint: shrunk, ListTags: noted });
    await router.applyShift(route, writing(await router.readRoute(route), 0));
    expect(written(wire)[0]).toMatchObject(['AddTags', { Tags: [{ Value: '7/100/0' }, { Value: 'ranker' }] }]);
    expect(written(wire)[1]).toMatchObject([
      'UpdateEndpointWeightsAndCapacities',
      {
        DesiredWeightsAndCapacities: [
          { VariantName: 'primary', DesiredWeight: 100, DesiredInstanceCount: 4 },
          { VariantName: 'crossfade', DesiredWeight: 0 },
        ],
      },
    ]);
  });

  test('applyShift: where there is no quota for those instances, the weights go without them', async () => {
    const { router, wire } = await open({
      DescribeEndpoint: shrunk,
      ListTags: noted,
      UpdateEndpointWeightsAndCapacities: [FULL, {}],
    });
    await router.applyShift(route, writing(await router.readRoute(route), 0));
    expect(written(wire).at(-1)).toEqual([
      'UpdateEndpointWeightsAndCapacities',
      {
        EndpointName: 'Ranker',
        DesiredWeightsAndCapacities: [
          { VariantName: 'primary', DesiredWeight: 100 },
          { VariantName: 'crossfade', DesiredWeight: 0 },
        ],
      },
    ]);
  });

  test('writeShares: a variant that is not named gets nothing, and no tag is touched', async () => {
    const { router, wire } = await open({ DescribeEndpoint: ON_TARGET });
    await router.writeShares(route, [{ backend: 'primary', weight: 100 }], await router.readRoute(route));
    expect(written(wire)).toEqual([
      [
        'UpdateEndpointWeightsAndCapacities',
        {
          EndpointName: 'Ranker',
          DesiredWeightsAndCapacities: [
            { VariantName: 'primary', DesiredWeight: 100 },
            { VariantName: 'crossfade', DesiredWeight: 0 },
          ],
        },
      ],
    ]);
  });

  test.each([
    ['by its words', BUSY, ON_SOURCE],
    [
      'by its status',
      new Refusal('ValidationException', 'in other words'),
      { ...ON_SOURCE, EndpointStatus: 'Updating' },
    ],
  ])('applyShift: a change under way is waited for, known %s', async (_name, refusal, later) => {
    const { router } = await open({
      DescribeEndpoint: [ON_SOURCE, later],
      UpdateEndpointWeightsAndCapacities: refusal,
    });
    const write = writing(await router.readRoute(route), 10);
    await expect(router.applyShift(route, write)).rejects.toMatchObject({ code: 'AwsUnavailable' });
  });

  test('applyShift: any other refusal is what it is', async () => {
    const { router } = await open({
      DescribeEndpoint: ON_SOURCE,
      UpdateEndpointWeightsAndCapacities: new Refusal('ValidationException', 'The variant name(s) "x" is/are not'),
    });
    const write = writing(await router.readRoute(route), 10);
    await expect(router.applyShift(route, write)).rejects.toMatchObject({ code: 'AwsRejected' });
  });

  test('applyShift: what cannot be tagged gets no weights', async () => {
    const { router, wire } = await open({
      DescribeEndpoint: ON_SOURCE,
      AddTags: new Refusal('AccessDeniedException', 'no'),
    });
    const write = writing(await router.readRoute(route), 10);
    await expect(router.applyShift(route, write)).rejects.toMatchObject({ code: 'AwsDenied' });
    expect(written(wire).map(([operation]) => operation)).toEqual(['AddTags']);
  });

  test('clearTags: takes ours and leaves the others', async () => {
    const { router, wire } = await open({
      ListTags: tagged({ team: 'search', 'crossfade:shift': '7/0/100', 'crossfade:instances:primary': '4' }),
    });
    await router.clearTags(route);
    expect(written(wire)).toEqual([
      [
        'DeleteTags',
        { ResourceArn: ARN, TagKeys: ['crossfade:shift', 'crossfade:claim', 'crossfade:instances:primary'] },
      ],
    ]);
  });
});

describe('SageMakerRouter, health', () => {
  test.each([
    ['InService', 2, 3],
    ['Updating', 2, 3],
    ['UpdateRollbackFailed', 2, 3],
    ['OutOfService', 0, 3],
    ['Failed', 0, 3],
  ])('readHealth: of an endpoint that is %s, %i of %i instances', async (EndpointStatus, healthy, registered) => {
    const { router } = await open({ DescribeEndpoint: described([1, 1, 4, 4], [0, 0, 2, 3], { EndpointStatus }) });
    expect(await router.readHealth(route, 'crossfade')).toEqual({
      healthyCount: healthy,
      registeredCount: registered,
    });
  });

  test('readHealth: a variant without instances is one that answers', async () => {
    const serverless = { VariantName: 'primary', CurrentServerlessConfig: { MemorySizeInMB: 1024, MaxConcurrency: 5 } };
    const { router } = await open({ DescribeEndpoint: { ...ON_SOURCE, ProductionVariants: [serverless] } });
    expect(await router.readHealth(route, 'primary')).toEqual({ healthyCount: 1, registeredCount: 1 });
  });

  test('readHealth: a variant that somebody took off is not there', async () => {
    const { router } = await open({ DescribeEndpoint: ON_SOURCE });
    await expect(router.readHealth(route, 'gone')).rejects.toMatchObject({ code: 'NotFound' });
  });
});
