import type { ECRClient } from '@aws-sdk/client-ecr';
import { DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import * as sdk from '@aws-sdk/client-ecr';
import { REGISTRY } from '../../support/oci/registries';
import { LocalEcr } from './local-ecr';

jest.setTimeout(60_000);

const check = REGISTRY === undefined ? test.skip : test;
const lab = new LocalEcr();

beforeAll(() => (REGISTRY === undefined ? undefined : lab.start(REGISTRY)));
afterAll(() => (REGISTRY === undefined ? undefined : lab.stop()));

type Ctor = new (input: object) => Parameters<ECRClient['send']>[0];

async function call(operation: string, input: object): Promise<unknown> {
  const Command = (sdk as unknown as Record<string, Ctor>)[`${operation}Command`] as Ctor;
  return lab.client.send(new Command(input));
}

/** What the gateway answers it holds against botocore's model itself: a wrong answer is a 500 here. */
check('ecr: every operation on the list is called, and question and answer are as botocore has them', async () => {
  const repositoryName = 'team/ranker';
  await call('GetAuthorizationToken', {});
  await call('CreateRepository', { repositoryName, tags: [{ Key: 'crossfade:workload', Value: 'ranker' }] });
  await call('DescribeRepositories', {});
  const resourceArn = `arn:aws:ecr:us-east-1:123456789012:repository/${repositoryName}`;
  expect(await call('ListTagsForResource', { resourceArn })).toMatchObject({
    tags: [{ Key: 'crossfade:workload', Value: 'ranker' }],
  });
  expect(
    await call('BatchDeleteImage', { repositoryName, imageIds: [{ imageDigest: `sha256:${'0'.repeat(64)}` }] }),
  ).toMatchObject({ failures: [{ failureCode: 'ImageNotFound' }] });
  await call('DeleteRepository', { repositoryName });

  expect([...new Set(lab.seen)].sort()).toEqual(lab.ecr.operations().sort());
});

check.each([
  ['a name that ECR refuses', 'CreateRepository', { repositoryName: 'Team' }, 'ValidationException'],
  ['a repository that is not there', 'DeleteRepository', { repositoryName: 'none' }, 'RepositoryNotFoundException'],
])('ecr: %s is refused as AWS does', async (_name, operation, input, code) => {
  await expect(call(operation, input)).rejects.toMatchObject({ name: code });
});

check('ecr: a repository that is there is not made again', async () => {
  await call('CreateRepository', { repositoryName: 'twice' });
  await expect(call('CreateRepository', { repositoryName: 'twice' })).rejects.toMatchObject({
    name: 'RepositoryAlreadyExistsException',
  });
  expect(
    (await lab.client.send(new DescribeRepositoriesCommand({ repositoryNames: ['twice'] }))).repositories,
  ).toHaveLength(1);
});
