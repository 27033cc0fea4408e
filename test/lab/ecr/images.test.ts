/** The product's activities and adapters against two real registries and the lab's ECR in front of one of them. */
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createImageActivities } from '../../../src/activities/images';
import type { ImageActivities } from '../../../src/contracts/image-activities';
import type { ImageSpec, PinnedImage } from '../../../src/domain/image';
import { digestOf, DOCKER_MANIFEST, layerOf, Pusher } from '../../support/oci/images';
import { CRANE, REGISTRY } from '../../support/oci/registries';
import type { Forwarder } from '../../support/s3/in-front';
import { startForwarder } from '../../support/s3/in-front';
import { LocalEcr } from './local-ecr';

jest.setTimeout(60_000);

const SILENT = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };
const OWNER = { workload: 'ranker', run: 'run-1' };
const KIB = 1024;
const check = REGISTRY === undefined ? test.skip : test;
const compare = REGISTRY === undefined || CRANE === undefined ? test.skip : test;

const lab = new LocalEcr();
let door: Forwarder;
let activities: ImageActivities;
let count = 0;

beforeAll(async () => {
  if (REGISTRY === undefined) return;
  await lab.start(REGISTRY);
  door = await startForwarder(lab.source.endpoint);
  const made = createImageActivities({ images: lab.images });
  const inside = Object.entries(made as unknown as Record<string, (input: unknown) => Promise<unknown>>).map(
    ([name, run]) => [
      name,
      (input: unknown) => new MockActivityEnvironment({}, { logger: SILENT }).run(() => run(input)),
    ],
  );
  activities = Object.fromEntries(inside);
});
beforeEach(() => {
  if (REGISTRY === undefined) return;
  door.habit = () => false;
  door.seen.length = 0;
});
afterAll(async () => {
  if (REGISTRY === undefined) return;
  await door.stop();
  await lab.stop();
});

/** Two platforms with a layer of both and one of their own each, under a name that no other test uses. */
async function pushed(): Promise<{ image: ImageSpec; digest: string; pusher: Pusher; shared: Buffer }> {
  count += 1;
  const repository = `team/ranker-${count}`;
  const pusher = new Pusher(`${lab.source.endpoint}/v2/${repository}`);
  const common = layerOf(300 * KIB);
  const platforms = [
    await pusher.image([common, layerOf(10 * KIB)]),
    await pusher.image([common, layerOf(20 * KIB)], undefined, DOCKER_MANIFEST, 'arm64'),
  ];
  const { digest } = await pusher.index(platforms, '1.4');
  const image = { name: 'server', from: `${new URL(door.endpoint).host}/${repository}:1.4`, to: `moved/${count}` };
  return { image, digest, pusher, shared: common.bytes };
}

async function moved(image: ImageSpec): Promise<PinnedImage> {
  const pinned = await activities.pinImage({ image });
  await activities.createRepository({ image, owner: OWNER, adopt: false });
  await activities.copyImage({ image, pinned });
  return pinned;
}

const blobFile = (digest: string): string =>
  path.join(lab.target.folder, 'docker/registry/v2/blobs/sha256', digest.slice(7, 9), digest.slice(7), 'data');

check('an image of two platforms: all of it arrives under its own digest, and is proven', async () => {
  const { image, digest } = await pushed();

  const pinned = await moved(image);

  expect(pinned).toMatchObject({ digest, blobCount: 5 });
  expect(pinned.manifests).toHaveLength(3);
  expect(await activities.verifyImage({ image, pinned })).toEqual({
    digest,
    manifestCount: 3,
    blobCount: 5,
    byteCount: pinned.byteCount,
  });
  const tagged = await fetch(`${lab.target.endpoint}/v2/${image.to}/manifests/1.4`, {
    headers: { accept: 'application/vnd.oci.image.index.v1+json' },
  });
  expect(tagged.headers.get('docker-content-digest')).toBe(digest);
});

compare('an image that was moved: crane finds the same digest and valid layers', async () => {
  const { image, digest } = await pushed();
  await moved(image);
  const reference = `${lab.target.host}/${image.to}:1.4`;
  const crane = (...args: string[]): string => execFileSync(CRANE ?? '', args, { encoding: 'utf8' }).trim();

  expect(crane('digest', reference)).toBe(digest);
  expect(() => crane('validate', '--remote', reference)).not.toThrow();
});

check('createRepository: encrypted, scanned, with tags that do not move and our own tags', async () => {
  const { image } = await pushed();
  await moved(image);

  const { repositories } = await lab.client.send(new DescribeRepositoriesCommand({ repositoryNames: [image.to] }));
  expect(repositories?.[0]).toMatchObject({
    imageTagMutability: 'IMMUTABLE',
    imageScanningConfiguration: { scanOnPush: true },
    encryptionConfiguration: { encryptionType: 'KMS' },
  });
  expect(await lab.images.findRepository(image.to)).toMatchObject({ owner: OWNER });
  await expect(
    activities.createRepository({ image, owner: { workload: 'other', run: 'run-9' }, adopt: false }),
  ).rejects.toMatchObject({ code: 'ResourceNotOurs' });
});

check('copyImage: a second copy sends nothing', async () => {
  const { image } = await pushed();
  const pinned = await moved(image);
  door.seen.length = 0;

  expect(await activities.copyImage({ image, pinned })).toMatchObject({ copiedBlobCount: 0, foundBlobCount: 5 });
  expect(door.seen.filter((line) => line.includes('/blobs/'))).toEqual([]);
});

check('copyImage: goes on after a stream that broke, without the blobs that had arrived', async () => {
  const { image, shared } = await pushed();
  const pinned = await activities.pinImage({ image });
  await activities.createRepository({ image, owner: OWNER, adopt: false });
  const broken = `/blobs/${digestOf(shared)}`;
  door.habit = (request, response, forward) => {
    if (request.url?.endsWith(broken) !== true) return false;
    forward((reply) => {
      response.writeHead(200, reply.headers);
      reply.once('data', (chunk: Buffer) => response.write(chunk, () => response.destroy()));
    });
    return true;
  };

  await expect(activities.copyImage({ image, pinned })).rejects.toMatchObject({ code: 'RegistryUnavailable' });
  door.habit = () => false;
  const again = await activities.copyImage({ image, pinned });

  expect(again.foundBlobCount).toBeGreaterThanOrEqual(1);
  expect(again.foundBlobCount + again.copiedBlobCount).toBe(5);
  await activities.verifyImage({ image, pinned });
});

check('copyImage: other bytes than the digest says are refused, and not stored', async () => {
  const { image, shared } = await pushed();
  const pinned = await activities.pinImage({ image });
  await activities.createRepository({ image, owner: OWNER, adopt: false });
  const lying = digestOf(shared);
  door.habit = (request, response) => {
    if (request.url?.endsWith(`/blobs/${lying}`) !== true) return false;
    response.writeHead(200, { 'content-length': shared.length });
    response.end(Buffer.alloc(shared.length));
    return true;
  };

  await expect(activities.copyImage({ image, pinned })).rejects.toMatchObject({
    code: 'ImageMismatch',
    message: expect.stringContaining(lying),
  });
  expect(existsSync(blobFile(lying))).toBe(false);
  await expect(activities.verifyImage({ image, pinned })).rejects.toMatchObject({ code: 'ImageMismatch' });
});

check('pinImage: a tag that moves later changes nothing that was pinned', async () => {
  const { image, digest, pusher } = await pushed();
  const pinned = await activities.pinImage({ image });
  await pusher.image([layerOf(KIB)], '1.4');
  await activities.createRepository({ image, owner: OWNER, adopt: false });
  await activities.copyImage({ image, pinned });

  expect((await activities.verifyImage({ image, pinned })).digest).toBe(digest);
});

check('copyImage: a tag of the target that is another image is not moved', async () => {
  const { image, pusher } = await pushed();
  await moved(image);
  await pusher.image([layerOf(KIB)], '1.4');
  const pinned = await activities.pinImage({ image });

  await expect(activities.copyImage({ image, pinned })).rejects.toMatchObject({
    code: 'RegistryRejected',
    message: expect.stringContaining('tags are not moved'),
  });
});

check('verifyImage: a blob that is shorter in the target, or gone, is told', async () => {
  const { image, shared } = await pushed();
  const pinned = await moved(image);
  const file = blobFile(digestOf(shared));
  expect(statSync(file).size).toBe(shared.length);

  writeFileSync(file, 'short');
  await expect(activities.verifyImage({ image, pinned })).rejects.toThrow(`5 instead of ${shared.length} bytes`);
  rmSync(file);
  await expect(activities.verifyImage({ image, pinned })).rejects.toThrow('not there instead of');
});

check('copyImage: inside one registry blobs are mounted, not sent', async () => {
  const { image } = await pushed();
  const pinned = await moved(image);
  const second = { name: 'again', from: `${lab.target.host}/${image.to}:1.4`, to: `${image.to}-again` };
  await activities.createRepository({ image: second, owner: OWNER, adopt: false });

  expect(await activities.copyImage({ image: second, pinned })).toMatchObject({
    copiedBlobCount: 0,
    mountedBlobCount: 5,
  });
  await activities.verifyImage({ image: second, pinned });
});

check('removeImage: what was pushed and the empty repository are gone, twice is once', async () => {
  const { image } = await pushed();
  const pinned = await moved(image);

  await activities.removeImage({ image, pinned, owner: OWNER });
  await activities.removeImage({ image, pinned, owner: OWNER });

  expect(await lab.images.findRepository(image.to)).toBeUndefined();
});

check('removeImage: an image that somebody else pushed stays, and the repository with it', async () => {
  const { image } = await pushed();
  const pinned = await moved(image);
  const foreign = new Pusher(`${lab.target.endpoint}/v2/${image.to}`);
  const { digest } = await foreign.image([layerOf(KIB)], 'theirs');

  await activities.removeImage({ image, pinned, owner: OWNER });

  expect(await lab.images.findRepository(image.to)).toMatchObject({ owner: OWNER });
  const left = await fetch(`${lab.target.endpoint}/v2/${image.to}/manifests/${digest}`, {
    headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
  });
  expect(left.status).toBe(200);
  await expect(activities.verifyImage({ image, pinned })).rejects.toMatchObject({ code: 'ImageMismatch' });
});

describe('a source that asks for credentials', () => {
  const token = 'token-of-the-test';
  /** As registries do: the token service is another address, and takes user and password. */
  function askForToken(password: string): void {
    const wanted = `Basic ${Buffer.from(`reader:${password}`).toString('base64')}`;
    door.habit = (request, response) => {
      if (request.url?.startsWith('/token') === true) {
        const isRight = request.headers.authorization === wanted && request.url.includes('scope=repository%3Ateam');
        response.writeHead(isRight ? 200 : 401, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ token, expires_in: 300 }));
        return true;
      }
      if (request.headers.authorization === `Bearer ${token}`) return false;
      const realm = `Bearer realm="${door.endpoint}/token",service="lab"`;
      response.writeHead(401, { 'www-authenticate': realm });
      response.end();
      return true;
    };
  }

  check('a variable of the worker: its user and password get a token, which is used again', async () => {
    const { image, digest } = await pushed();
    lab.environment['CROSSFADE_REGISTRY_LAB'] = 'reader:s3cret:with:colons';
    askForToken('s3cret:with:colons');

    const pinned = await moved({ ...image, credentials: { env: 'CROSSFADE_REGISTRY_LAB' } });

    expect(pinned.digest).toBe(digest);
    // One for what is read first, one for the copy.
    expect(door.seen.filter((line) => line.includes('/token')).length).toBeLessThanOrEqual(2);
  });

  check('a secret of Secrets Manager: the same', async () => {
    const { image, digest } = await pushed();
    lab.secret = JSON.stringify({ username: 'reader', password: 'from the secret' });
    askForToken('from the secret');
    const secretArn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:registry-AbCdEf';

    expect(await activities.pinImage({ image: { ...image, credentials: { secretArn } } })).toMatchObject({ digest });
  });

  check('the wrong password, or none: denied, and the password is in no message', async () => {
    const { image } = await pushed();
    lab.environment['CROSSFADE_REGISTRY_LAB'] = 'reader:wrong-password';
    askForToken('right');
    const asked = activities.pinImage({ image: { ...image, credentials: { env: 'CROSSFADE_REGISTRY_LAB' } } });

    await expect(asked).rejects.toMatchObject({
      code: 'RegistryDenied',
      message: expect.not.stringContaining('wrong-password'),
    });
    await expect(activities.pinImage({ image })).rejects.toMatchObject({ code: 'RegistryDenied' });
  });

  check('a variable that is not there, a secret that holds something else: a clear error', async () => {
    const { image } = await pushed();
    lab.secret = 'just-a-password';
    const secretArn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:registry-AbCdEf';

    await expect(
      activities.pinImage({ image: { ...image, credentials: { env: 'CROSSFADE_REGISTRY_NONE' } } }),
    ).rejects.toMatchObject({ code: 'ConfigInvalid', message: expect.stringContaining('CROSSFADE_REGISTRY_NONE') });
    await expect(activities.pinImage({ image: { ...image, credentials: { secretArn } } })).rejects.toMatchObject({
      code: 'ConfigInvalid',
      message: expect.not.stringContaining('just-a-password'),
    });
  });
});

check('an image that is not there, or a registry that does not answer: two different errors', async () => {
  const { image } = await pushed();

  await expect(activities.pinImage({ image: { ...image, from: `${image.from}-none` } })).rejects.toMatchObject({
    code: 'NotFound',
  });
  door.habit = (_request, response) => {
    response.destroy();
    return true;
  };
  await expect(activities.pinImage({ image })).rejects.toMatchObject({ code: 'RegistryUnavailable' });
});
