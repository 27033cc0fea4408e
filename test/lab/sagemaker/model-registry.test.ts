/** The Model Registry as the gateway answers it over HTTP, and the product's adapter on it. */
import {
  CreateModelPackageCommand,
  CreateModelPackageGroupCommand,
  DeleteModelPackageGroupCommand,
  DescribeModelPackageCommand,
  DescribeModelPackageGroupCommand,
  UpdateModelPackageCommand,
} from '@aws-sdk/client-sagemaker';
import type { CreateModelPackageInput } from '@aws-sdk/client-sagemaker';
import { SageMakerRegistry } from '../../../src/adapters/sagemaker-registry';
import type { ModelPackageEntry } from '../../../src/domain/model-package';
import { SOURCE_KEY } from '../../../src/domain/model-package-entry';
import type { Owner } from '../../../src/domain/resources';
import { ownerTags } from '../../../src/domain/resources';
import { LocalGateway } from './local-gateway';
import { MODEL_VERSION } from './registry-operations';

const gateway = new LocalGateway();
const OWNER: Owner = { workload: 'ranker', run: 'run-1' };
const ARN = 'arn:aws:sagemaker:us-east-1:123456789012';
let registry: SageMakerRegistry;

beforeAll(async () => {
  await gateway.start();
  registry = new SageMakerRegistry(gateway.client, () => gateway.client);
});
afterAll(() => gateway.stop());

const create = async (group: string, change: Partial<CreateModelPackageInput> = {}): Promise<string> => {
  const input = { ...MODEL_VERSION, ModelPackageGroupName: group, ...change };
  return (await gateway.client.send(new CreateModelPackageCommand(input))).ModelPackageArn ?? '';
};
const group = (ModelPackageGroupName: string): Promise<unknown> =>
  gateway.client.send(new CreateModelPackageGroupCommand({ ModelPackageGroupName }));
const moved = (source: string, owner = OWNER): ModelPackageEntry => ({
  ...(JSON.parse(JSON.stringify(MODEL_VERSION)) as ModelPackageEntry),
  CustomerMetadataProperties: { ...ownerTags(owner), [SOURCE_KEY]: source },
});

test.each<[string, string, string, () => Promise<unknown>]>([
  [
    'a group that is not there',
    'ValidationException',
    `ModelPackageGroup ${ARN}:model-package-group/nothing does not exist.`,
    () => gateway.client.send(new DescribeModelPackageGroupCommand({ ModelPackageGroupName: 'nothing' })),
  ],
  [
    'a version in a group that is not there',
    'ValidationException',
    `ModelPackageGroup ${ARN}:model-package-group/nothing does not exist.`,
    () => create('nothing'),
  ],
  [
    'a version that is not there',
    'ValidationException',
    `ModelPackage ${ARN}:model-package/nothing/1 does not exist.`,
    () => gateway.client.send(new DescribeModelPackageCommand({ ModelPackageName: 'nothing/1' })),
  ],
  [
    'a group that is there',
    'ValidationException',
    `Model Package Group already exists: ${ARN}:model-package-group/twice`,
    () => group('twice').then(() => group('Twice')),
  ],
  [
    'a version with a name of its own',
    'ValidationException',
    'Both ModelPackageName and ModelPackageGroupName are provided in the input. Cannot determine which one to use.',
    () => create('nothing', { ModelPackageName: 'own' }),
  ],
  [
    'tags on a version',
    'ValidationException',
    'Tags cannot be provided for a versioned model package.',
    () => create('nothing', { Tags: [{ Key: 'a', Value: 'b' }] }),
  ],
  [
    'a group with versions in it',
    'ConflictException',
    `Model Package Group ${ARN}:model-package-group/full contains model packages, delete them first.`,
    async () => {
      await group('full');
      await create('full');
      await gateway.client.send(new DeleteModelPackageGroupCommand({ ModelPackageGroupName: 'full' }));
    },
  ],
])('registry: %s is refused as AWS does', async (_name, name, message, run) => {
  await expect(run()).rejects.toMatchObject({ name, message });
});

test('registry: one token makes one version, and no number is given twice', async () => {
  await group('counted');
  const first = await create('counted', { ClientToken: 'a' });
  expect(await create('counted', { ClientToken: 'a' })).toBe(first);
  await registry.removeVersion(first);
  expect(await create('counted', { ClientToken: 'b' })).toBe(`${ARN}:model-package/counted/2`);
});

test('readSource: what goes over, without what SageMaker adds, by ARN and by group and version', async () => {
  await group('read');
  const arn = await create('read', { ModelApprovalStatus: 'Approved', SourceUri: 's3://elsewhere' });
  const asked = { name: 'a', to: 'a', modelDataTo: 's3://new' };
  const source = await registry.readSource({ ...asked, from: arn }, 'us-east-1');
  expect(source).toEqual({
    arn,
    status: 'Completed',
    approval: 'Approved',
    entry: MODEL_VERSION,
    others: ['SourceUri'],
  });
  expect(await registry.readSource({ ...asked, from: 'read/1' }, 'us-east-1')).toEqual(source);
  await expect(registry.readSource({ ...asked, from: 'read/2' }, 'us-east-1')).rejects.toMatchObject({
    code: 'NotFound',
  });
});

test('createGroup: bears our tags, and goes once it is empty', async () => {
  expect(await registry.findGroup('ours')).toBeUndefined();
  await registry.createGroup('ours', OWNER);
  expect(await registry.findGroup('ours')).toEqual({
    value: { arn: `${ARN}:model-package-group/ours` },
    owner: OWNER,
  });
  const { arn } = await registry.createVersion('ours', moved('source'), 'token');
  expect(await registry.removeEmptyGroup('ours')).toBe(false);
  await registry.removeVersion(arn);
  await registry.removeVersion(arn);
  expect(await registry.removeEmptyGroup('ours')).toBe(true);
  expect(await registry.removeEmptyGroup('ours')).toBe(true);
});

test('findVersion: the own one of a source among many pages; waits for approval until a person gives it', async () => {
  expect(await registry.findVersion('many', 'source', OWNER)).toBeUndefined();
  await registry.createGroup('many', OWNER);
  const earlier = { ...OWNER, run: 'run-0' };
  const before = await registry.createVersion('many', moved('source', earlier), 'before');
  const { arn } = await registry.createVersion('many', moved('source'), 'own');
  for (let index = 0; index < 101; index += 1) await registry.createVersion('many', moved('other'), `other-${index}`);
  expect(await registry.findVersion('many', 'source', OWNER)).toEqual({ value: { arn }, owner: OWNER });
  const next = { ...OWNER, run: 'run-2' };
  expect(await registry.findVersion('many', 'source', next)).toEqual({ value: { arn }, owner: OWNER });
  expect(await registry.findVersion('many', 'source', earlier)).toEqual({ value: before, owner: earlier });
  expect(await registry.findVersion('many', 'none', OWNER)).toBeUndefined();

  expect((await registry.readVersion(arn)).approval).toBe('PendingManualApproval');
  await gateway.client.send(new UpdateModelPackageCommand({ ModelPackageArn: arn, ModelApprovalStatus: 'Approved' }));
  expect((await registry.readVersion(arn)).approval).toBe('Approved');
});
