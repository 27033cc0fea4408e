import {
  AddTagsCommand,
  CreateEndpointCommand,
  CreateModelCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  DeleteTagsCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  ListEndpointsCommand,
  ListModelsCommand,
  ListTagsCommand,
  UpdateEndpointCommand,
  UpdateEndpointWeightsAndCapacitiesCommand,
  paginateListModels,
} from '@aws-sdk/client-sagemaker';
import { RegisterScalableTargetCommand, PutScalingPolicyCommand } from '@aws-sdk/client-application-auto-scaling';
import { GetServiceQuotaCommand, paginateListServiceQuotas } from '@aws-sdk/client-service-quotas';
import { LocalGateway, variant } from './local-gateway';

const gateway = new LocalGateway();

beforeAll(async () => {
  await gateway.start();
  await gateway.deploy('ranker', [variant('crossfade')]);
});
afterAll(() => gateway.stop());

const ARN = 'arn:aws:sagemaker:us-east-1:123456789012';
const weights = (VariantName: string, DesiredWeight: number): Promise<unknown> =>
  gateway.client.send(
    new UpdateEndpointWeightsAndCapacitiesCommand({
      EndpointName: 'ranker',
      DesiredWeightsAndCapacities: [{ VariantName, DesiredWeight }],
    }),
  );

test.each<[string, string, () => Promise<unknown>]>([
  [
    'an endpoint that is not there',
    `Could not find endpoint "${ARN}:endpoint/nothing".`,
    () => gateway.describe('nothing'),
  ],
  [
    'a model that is not there',
    `Could not find model "${ARN}:model/nothing".`,
    () => gateway.client.send(new DescribeModelCommand({ ModelName: 'nothing' })),
  ],
  [
    'a configuration of a model that is not there',
    `Could not find model "${ARN}:model/nothing".`,
    () => gateway.configure('other', [variant('a', { ModelName: 'nothing' })]),
  ],
  [
    'a configuration that is not there',
    `Could not find endpoint configuration "${ARN}:endpoint-config/nothing".`,
    () => gateway.client.send(new CreateEndpointCommand({ EndpointName: 'other', EndpointConfigName: 'nothing' })),
  ],
  [
    'an endpoint that exists, whatever its case',
    `Cannot create already existing endpoint "${ARN}:endpoint/ranker".`,
    () => gateway.client.send(new CreateEndpointCommand({ EndpointName: 'Ranker', EndpointConfigName: 'ranker' })),
  ],
  [
    'a configuration that exists',
    `Cannot create already existing endpoint configuration "${ARN}:endpoint-config/ranker".`,
    () => gateway.configure('ranker', [variant('a')]),
  ],
  [
    'a model that exists',
    `Cannot create already existing model "${ARN}:model/model".`,
    () => gateway.client.send(new CreateModelCommand({ ModelName: 'model', PrimaryContainer: { Image: 'i' } })),
  ],
  [
    'two production variants beside a shadow',
    'You can specify one shadow variant at most, and only with exactly one production variant.',
    () => gateway.configure('other', [variant('a'), variant('b')], { ShadowProductionVariants: [variant('c')] }),
  ],
  [
    'a weight for a variant that is not there',
    'The variant name(s) "nobody" is/are not present within endpoint configuration "ranker".',
    () => weights('nobody', 1),
  ],
  ['a weight below 0', 'greater than or equal to 0', () => weights('crossfade', -1)],
  ['a name that SageMaker does not allow', 'regular expression', () => gateway.configure('a_b', [variant('a')])],
  [
    'a token of nobody',
    'Invalid pagination token.',
    () => gateway.client.send(new ListModelsCommand({ NextToken: 'nonsense' })),
  ],
])('sagemaker: %s is a ValidationException in its words', async (_what, words, act) => {
  await expect(act()).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining(words) as string,
  });
});

test('sagemaker: an endpoint whose configuration was deleted cannot be updated', async () => {
  await gateway.deploy('orphan', [variant('crossfade')]);
  await gateway.configure('next', [variant('crossfade')]);
  await gateway.client.send(new DeleteEndpointConfigCommand({ EndpointConfigName: 'orphan' }));

  const update = new UpdateEndpointCommand({ EndpointName: 'orphan', EndpointConfigName: 'next' });
  await expect(gateway.client.send(update)).rejects.toThrow(
    `Could not find endpoint configuration "${ARN}:endpoint-config/orphan".`,
  );
});

test('sagemaker: a configuration comes back as it was made', async () => {
  const more = {
    ShadowProductionVariants: [variant('shadow', { InitialVariantWeight: 0.5 })],
    KmsKeyId: 'alias/key',
    DataCaptureConfig: {
      EnableCapture: false,
      InitialSamplingPercentage: 20,
      DestinationS3Uri: 's3://bucket/prefix',
      CaptureOptions: [{ CaptureMode: 'Input' as const }],
    },
  };
  await gateway.configure('whole', [variant('crossfade')], more);

  const described = await gateway.client.send(new DescribeEndpointConfigCommand({ EndpointConfigName: 'whole' }));
  expect(described).toMatchObject({ ...more, ProductionVariants: [variant('crossfade')] });
});

test('sagemaker: a list comes in pages of ten, every item once', async () => {
  const names = Array.from({ length: 23 }, (_, index) => `page-${String(index).padStart(2, '0')}`);
  for (const ModelName of names)
    await gateway.client.send(new CreateModelCommand({ ModelName, PrimaryContainer: { Image: 'image' } }));

  const pages: (string | undefined)[][] = [];
  const input = { NameContains: 'page-', SortBy: 'Name', SortOrder: 'Ascending' } as const;
  for await (const page of paginateListModels({ client: gateway.client }, input))
    pages.push((page.Models ?? []).map(({ ModelName }) => ModelName));
  expect(pages.map((page) => page.length)).toEqual([10, 10, 3]);
  expect(pages.flat()).toEqual(names);

  await Promise.all(names.map((ModelName) => gateway.client.send(new DeleteModelCommand({ ModelName }))));
  expect((await gateway.client.send(new ListModelsCommand({ NameContains: 'page-' }))).Models).toEqual([]);
});

test('sagemaker: a list keeps to what was asked', async () => {
  const listed = async (input: ConstructorParameters<typeof ListEndpointsCommand>[0]): Promise<number | undefined> =>
    (await gateway.client.send(new ListEndpointsCommand({ NameContains: 'ranker', ...input }))).Endpoints?.length;

  expect([
    await listed({ StatusEquals: 'InService' }),
    await listed({ StatusEquals: 'Failed' }),
    await listed({ CreationTimeAfter: new Date(Date.now() + 60_000) }),
    await listed({ LastModifiedTimeBefore: new Date(Date.now() + 60_000) }),
  ]).toEqual([1, 0, 0, 1]);
});

test('sagemaker: tags are added, replaced and taken off', async () => {
  const ResourceArn = `${ARN}:endpoint/ranker`;
  const tag = (Key: string, Value: string) => ({ Key, Value });
  await gateway.client.send(new AddTagsCommand({ ResourceArn, Tags: [tag('a', '1'), tag('b', '1')] }));
  await gateway.client.send(new AddTagsCommand({ ResourceArn, Tags: [tag('b', '2')] }));
  await gateway.client.send(new DeleteTagsCommand({ ResourceArn, TagKeys: ['a'] }));

  expect((await gateway.client.send(new ListTagsCommand({ ResourceArn }))).Tags).toEqual([tag('b', '2')]);
});

test('quotas: the one for endpoints is among others, and found by its code as well', async () => {
  gateway.sageMaker.fault({ kind: 'quota', instanceType: 'ml.g5.xlarge', value: 3 });
  const pages = [];
  for await (const page of paginateListServiceQuotas({ client: gateway.quotas }, { ServiceCode: 'sagemaker' }))
    pages.push(page.Quotas ?? []);
  const found = pages.flat().find(({ QuotaName }) => QuotaName === 'ml.g5.xlarge for endpoint usage');

  expect(pages.length).toBeGreaterThan(1);
  expect(found).toMatchObject({ Value: 3, Adjustable: true });
  const asked = new GetServiceQuotaCommand({ ServiceCode: 'sagemaker', QuotaCode: found?.QuotaCode });
  expect((await gateway.quotas.send(asked)).Quota).toEqual(found);
  gateway.sageMaker.clearFaults();
});

test('quotas: a code of nobody is a NoSuchResourceException', async () => {
  const asked = new GetServiceQuotaCommand({ ServiceCode: 'sagemaker', QuotaCode: 'L-00000000' });
  await expect(gateway.quotas.send(asked)).rejects.toMatchObject({ name: 'NoSuchResourceException' });
});

const place = (endpoint: string) =>
  ({
    ServiceNamespace: 'sagemaker',
    ResourceId: `endpoint/${endpoint}/variant/crossfade`,
    ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
  }) as const;

test('scaling: a variant is registered only while its endpoint is in service', async () => {
  const register = (endpoint: string): Promise<unknown> =>
    gateway.scaling.send(new RegisterScalableTargetCommand({ ...place(endpoint), MinCapacity: 1, MaxCapacity: 2 }));
  await gateway.configure('young', [variant('crossfade')]);
  gateway.sageMaker.setDelays({ creatingMs: 600 });
  await gateway.client.send(new CreateEndpointCommand({ EndpointName: 'young', EndpointConfigName: 'young' }));
  await expect(register('young')).rejects.toMatchObject({ name: 'ValidationException' });

  await gateway.reaches('young', 'InService');
  await expect(register('young')).resolves.toMatchObject({ ScalableTargetARN: expect.any(String) as string });
});

test('scaling: a policy needs a target that is registered', async () => {
  const policy = new PutScalingPolicyCommand({
    ...place('ranker'),
    PolicyName: 'p',
    PolicyType: 'TargetTrackingScaling',
    TargetTrackingScalingPolicyConfiguration: { TargetValue: 1 },
  });
  await expect(gateway.scaling.send(policy)).rejects.toMatchObject({ name: 'ObjectNotFoundException' });
});
