/** The product's activities: the lab's Model Registry over HTTP, the copy engine over a real S3 server. */
import { createHash, randomBytes } from 'node:crypto';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateModelPackageCommand, CreateModelPackageGroupCommand } from '@aws-sdk/client-sagemaker';
import { createModelPackageActivities } from '../../../src/activities/model-packages';
import { s3Places } from '../../../src/adapters/s3-places';
import { SageMakerRegistry } from '../../../src/adapters/sagemaker-registry';
import type { ModelPackageActivities, ModelPackageOrder } from '../../../src/contracts/activities';
import { PlaceDigests } from '../../../src/data/content-digest';
import { EngineMover } from '../../../src/data/mover';
import type { ModelPackageSpec } from '../../../src/domain/model-package';
import { fakePorts, World } from '../../support/fakes';
import { Places } from '../../support/s3/places';
import type { S3Server } from '../../support/s3/servers';
import { startMinistack } from '../../support/s3/servers';
import { inActivity } from '../../support/temporal/activity';
import { LocalGateway } from './local-gateway';

jest.setTimeout(60_000);

const OWNER = { workload: 'ranker', run: 'run-1' };
/** More than one part. */
const WEIGHTS = randomBytes(20 * 1024 ** 2);

const gateway = new LocalGateway();
let server: S3Server;
let places: Places;
let activities: ModelPackageActivities;
let modelPackage: ModelPackageSpec;
let source: string;
let target: string;
let memory: { ledger: string; workload: string };

beforeAll(async () => {
  await gateway.start();
  server = await startMinistack();
  places = new Places(server);
  const { endpoint, region, credentials } = server;
  const opened = s3Places(places.sdk, { endpoint, region, credentials });
  const inside = createModelPackageActivities({
    ...fakePorts(new World(Date.now)),
    registry: new SageMakerRegistry(gateway.client, () => gateway.client),
    data: new EngineMover(opened),
    digests: new PlaceDigests(opened),
  });
  const calls = Object.entries(inside as unknown as Record<string, (input: unknown) => Promise<unknown>>);
  activities = Object.fromEntries(
    calls.map(([name, run]) => [name, (input: unknown) => inActivity(() => run(input))]),
  ) as unknown as ModelPackageActivities;
});
beforeEach(async () => {
  source = await places.bucket();
  target = await places.bucket();
  memory = { ledger: `s3://${await places.bucket()}/ledger`, workload: 'ranker' };
  await put('ranker/7/model.tar.gz', WEIGHTS);
  await put('ranker/7/model.tar.gz.old', 'not named by the entry');
  await put('ranker/7/quality.json', '{}');
  await put('llm/config.json', '{"layers": 2}');
  await put('llm/deep/weights.bin', WEIGHTS.subarray(0, 1_000));
});
afterAll(async () => {
  await places.close();
  await server.stop();
  await gateway.stop();
});

async function put(Key: string, body: string | Buffer, Bucket = source): Promise<void> {
  await places.sdk.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.from(body) }));
}

async function keysIn(Bucket: string): Promise<string[]> {
  const { Contents = [] } = await places.sdk.send(new ListObjectsV2Command({ Bucket }));
  return Contents.map(({ Key = '' }) => Key);
}

async function moved(name: string): Promise<ModelPackageOrder> {
  const ModelPackageGroupName = `${name}-source`;
  await gateway.client.send(new CreateModelPackageGroupCommand({ ModelPackageGroupName }));
  const { ModelPackageArn = '' } = await gateway.client.send(
    new CreateModelPackageCommand({
      ModelPackageGroupName,
      ModelApprovalStatus: 'Approved',
      InferenceSpecification: {
        Containers: [
          { Image: 'registry.example.com/ranker:1', ModelDataUrl: `s3://${source}/ranker/7/model.tar.gz` },
          {
            Image: 'registry.example.com/llm:1',
            ModelDataSource: {
              S3DataSource: { S3Uri: `s3://${source}/llm/`, S3DataType: 'S3Prefix', CompressionType: 'None' },
            },
          },
        ],
      },
      ModelMetrics: {
        ModelQuality: {
          Statistics: { ContentType: 'application/json', S3Uri: `s3://${source}/ranker/7/quality.json` },
        },
      },
    }),
  );
  modelPackage = { name, from: ModelPackageArn, to: name, modelDataTo: `s3://${target}/registry` };
  const setting = { modelPackage, region: 'us-east-1', images: [] };
  const pinned = await activities.pinModelPackage({ ...setting, owner: OWNER, adopt: false });
  await activities.copyModelData({ modelPackage, pinned, memory });
  const proof = await activities.verifyModelData({ modelPackage, pinned });
  await activities.createModelPackageGroup({ name, owner: OWNER });
  const order = { ...setting, pinned, proof, owner: OWNER, adopt: false };
  await activities.createModelPackage(order);
  return order;
}

const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

test('a version with two models and a report: what it names arrives byte by byte, and nothing beside it', async () => {
  const order = await moved('whole');
  expect(await keysIn(target)).toEqual([
    'registry/0/model.tar.gz',
    'registry/1/config.json',
    'registry/1/deep/weights.bin',
    'registry/2/quality.json',
  ]);
  const { Body } = await places.sdk.send(new GetObjectCommand({ Bucket: target, Key: 'registry/0/model.tar.gz' }));
  expect(sha256(Buffer.from((await Body?.transformToByteArray()) ?? []))).toBe(sha256(WEIGHTS));
  expect(await activities.verifyModelPackage(order)).toMatchObject({
    arn: 'arn:aws:sagemaker:us-east-1:123456789012:model-package/whole/1',
    approval: 'PendingManualApproval',
  });
});

test('verifyModelData: the digests are those that sha256sum prints', async () => {
  const { proof } = await moved('digests');
  const list =
    `${sha256('{"layers": 2}')}  config.json\n` + `${sha256(WEIGHTS.subarray(0, 1_000))}  deep/weights.bin\n`;
  expect(proof.places.map(({ sha256: digest, objectCount, byteCount }) => [digest, objectCount, byteCount])).toEqual([
    [sha256(WEIGHTS), 1, WEIGHTS.length],
    [sha256(list), 2, 1_013],
    [sha256('{}'), 1, 2],
  ]);
});

test('verifyModelData: one byte of the same length is found', async () => {
  const { pinned } = await moved('changed');
  const changed = Buffer.from(WEIGHTS);
  changed[10_000_000] = (changed[10_000_000] ?? 0) ^ 1;
  await put('registry/0/model.tar.gz', changed, target);
  await expect(activities.verifyModelData({ modelPackage, pinned })).rejects.toMatchObject({
    code: 'ModelPackageMismatch',
    message: expect.stringContaining(sha256(changed)),
  });
});

test('undone: version, group and copies are gone; what somebody else put beside them stays', async () => {
  const { pinned } = await moved('undone');
  await put('registry/other', 'of somebody else', target);
  const ours = { modelPackage, pinned, owner: OWNER, adopt: false };
  for (let time = 1; time <= 2; time += 1) {
    await activities.removeModelPackage(ours);
    await activities.removeModelPackageGroup({ name: 'undone', owner: OWNER, adopt: false });
    await activities.removeModelData({ modelPackage, pinned, memory });
  }
  expect(await keysIn(target)).toEqual(['registry/other']);
  const registry = new SageMakerRegistry(gateway.client, () => gateway.client);
  expect(await registry.findGroup('undone')).toBeUndefined();
  expect(await keysIn(source)).toHaveLength(5);
});

test('copyModelData: done again it copies nothing; a model that is gone is told', async () => {
  const { pinned } = await moved('again');
  expect(await activities.copyModelData({ modelPackage, pinned, memory })).toMatchObject({ objectCount: 4 });
  const gone = { ...pinned, places: [{ ...pinned.places[0]!, from: `s3://${source}/ranker/8/model.tar.gz` }] };
  await expect(activities.copyModelData({ modelPackage, pinned: gone, memory })).rejects.toMatchObject({
    code: 'NotFound',
  });
});
