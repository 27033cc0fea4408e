/** The data activities over the copy engine and a real S3 server: what a killed attempt leaves, what operators do beside it. */
import { DeleteObjectCommand, PutBucketTaggingCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { CancelledFailure } from '@temporalio/common';
import type { MockActivityEnvironment } from '@temporalio/testing';
import { createDataActivities } from '../../src/activities/data';
import { tagList } from '../../src/adapters/aws-tags';
import { s3Places } from '../../src/adapters/s3-places';
import { S3DataBuckets } from '../../src/adapters/s3-data-buckets';
import type { DataActivities } from '../../src/contracts/activities';
import { COPY_LIMITS } from '../../src/data/copy';
import { EngineMover } from '../../src/data/mover';
import { processClock } from '../../src/data/process-clock';
import type { Owner } from '../../src/domain/resources';
import { ownerTags } from '../../src/domain/resources';
import type { DataSetSpec } from '../../src/domain/spec';
import type { DataPlaces } from '../../src/ports/data-places';
import { fakePorts, World } from '../support/fakes';
import type { Forwarder } from '../support/s3/in-front';
import { refuseWith, startForwarder } from '../support/s3/in-front';
import { Places } from '../support/s3/places';
import type { S3Server } from '../support/s3/servers';
import { startMinistack, startVersitygw, VERSITYGW } from '../support/s3/servers';
import { inActivity, quietActivity } from '../support/temporal/activity';

jest.setTimeout(60_000);

const MIB = 1024 ** 2;
const OWNER: Owner = { workload: 'ranker', run: 'run-1' };
const PART_BYTES = 5 * MIB;
const LIMITS = {
  ...COPY_LIMITS,
  objectsMax: 1,
  rangesMax: 1,
  sizes: { wholeBytesMax: PART_BYTES, partBytes: PART_BYTES },
  attemptsMax: 1,
  keepEveryMs: 5,
};

const SERVERS = [
  { name: 'ministack', start: startMinistack, program: 'always there' },
  { name: 'versitygw', start: () => startVersitygw(VERSITYGW ?? ''), program: VERSITYGW },
];

describe.each(SERVERS)('on $name', ({ start, program }) => {
  const check = program === undefined ? test.skip : test;
  let server: S3Server;
  /** Before the target and the memory, so that it can cut an attempt off from both. */
  let front: Forwarder;
  let direct: Places;
  let fronted: Places;
  /** Of the newest activity. */
  let environment: MockActivityEnvironment;
  let dataSet: DataSetSpec;
  let memory: { ledger: string; workload: string };

  beforeAll(async () => {
    server = await start();
    front = await startForwarder(server.endpoint);
    direct = new Places(server);
    fronted = new Places({ ...server, endpoint: front.endpoint });
  });
  beforeEach(async () => {
    const [from, to, ledger] = [await direct.bucket(), await direct.bucket(), await direct.bucket()];
    dataSet = {
      name: 'models',
      from: `s3://${from}/ranker`,
      to: `s3://${to}/model`,
      method: 'auto',
      infrequentAccessAfterDays: 30,
    };
    memory = { ledger: `s3://${ledger}/migrations`, workload: 'ranker' };
    front.habit = () => false;
    front.seen.length = 0;
  });
  afterAll(async () => {
    await Promise.all([direct.close(), fronted.close()]);
    await front.stop();
    await server.stop();
  });

  /** The source is read around the forwarder, as another service's: so bytes come by here. */
  function places(): DataPlaces {
    const [behind, before] = [direct, fronted].map(({ sdk, server: { endpoint, region, credentials } }) =>
      s3Places(sdk, { endpoint, region, credentials }),
    ) as [DataPlaces, DataPlaces];
    return {
      openStore: (url, ...rest) => (url === dataSet.from ? behind : before).openStore(url, ...rest),
      openManifests: (url) => before.openManifests(url),
    };
  }

  /** @param activityId the same for attempts of one activity. */
  async function inside<T>(activityId: string, run: (activities: DataActivities) => Promise<T>): Promise<T> {
    const data = new EngineMover(places(), processClock(), LIMITS);
    const ports = { ...fakePorts(new World(Date.now)), data, buckets: new S3DataBuckets(direct.sdk) };
    const activities = createDataActivities(ports);
    environment = quietActivity(undefined, activityId);
    return inActivity(() => run(activities), environment);
  }

  const copy = (changes: Partial<DataSetSpec> = {}, activityId = 'copy-1'): ReturnType<DataActivities['copyData']> =>
    inside(activityId, (activities) => activities.copyData({ dataSet: { ...dataSet, ...changes }, memory }));
  const verify = (changes: Partial<DataSetSpec> = {}, id = 'verify-1'): ReturnType<DataActivities['verifyData']> =>
    inside(id, (activities) => activities.verifyData({ dataSet: { ...dataSet, ...changes }, memory }));

  async function put(side: 'from' | 'to', key: string, body: string | Buffer): Promise<void> {
    const [Bucket, prefix] = dataSet[side].slice('s3://'.length).split('/') as [string, string];
    await direct.sdk.send(new PutObjectCommand({ Bucket, Key: `${prefix}/${key}`, Body: Buffer.from(body) }));
  }

  async function remove(side: 'from' | 'to', key: string): Promise<void> {
    const [Bucket, prefix] = dataSet[side].slice('s3://'.length).split('/') as [string, string];
    await direct.sdk.send(new DeleteObjectCommand({ Bucket, Key: `${prefix}/${key}` }));
  }

  const requestsFor = (key: string): string[] => front.seen.filter((line) => line.includes(`/model/${key}`));

  check('copyData: everything arrives proven, and what is unchanged costs no request the next time', async () => {
    for (const key of ['a.bin', 'b.bin', 'deep/c.bin']) await put('from', key, `content of ${key}`);
    const first = await copy();
    expect(first).toMatchObject({ objectCount: 3, copiedCount: 3, byteCount: 53, unchangedCount: 0, deletedCount: 0 });
    expect(first.proofs).toMatchObject({ none: 0 });
    front.seen.length = 0;

    const second = await copy({}, 'copy-2');

    expect(second).toMatchObject({ objectCount: 3, copiedCount: 0, unchangedCount: 3 });
    expect(second.manifestHash).toBe(first.manifestHash);
    expect([...requestsFor('a.bin'), ...requestsFor('deep')]).toEqual([]);
  });

  check('copyData: a killed attempt’s successor goes on inside the object, and tells what both did', async () => {
    await put('from', 'a-small.bin', 'first');
    await put('from', 'large.bin', Buffer.alloc(4 * PART_BYTES, 'weights '));
    const isPart = (line: string): boolean => line.startsWith('PUT') && line.includes('partNumber=');
    // As a worker that is killed: from then on nothing of it is heard, also not what it would like to keep.
    front.habit = (_request, response) =>
      front.seen.filter(isPart).length > 3 ? refuseWith(response, 403, 'AccessDenied') : false;
    await expect(copy()).rejects.toBeDefined();
    front.habit = () => false;
    front.seen.length = 0;

    const done = await copy();

    expect(done).toMatchObject({ objectCount: 2, copiedCount: 2, byteCount: 5 + 4 * PART_BYTES });
    expect(requestsFor('a-small.bin').filter((line) => line.startsWith('PUT'))).toEqual([]);
    expect(front.seen.filter(isPart).length).toBeLessThan(4);
    expect(front.seen.filter((line) => line.startsWith('POST') && line.includes('?uploads'))).toEqual([]);
    expect(await verify()).toMatchObject({ objectCount: 2, manifestHash: done.manifestHash });
  });

  check('copyData: a cancellation ends it as one, and the next attempt goes on from there', async () => {
    await put('from', 'a-small.bin', 'first');
    await put('from', 'large.bin', Buffer.alloc(2 * PART_BYTES, 'weights '));
    front.habit = ({ url = '' }) => {
      if (url.includes('?uploads')) environment.cancel('CANCELLED');
      return false;
    };
    await expect(copy()).rejects.toBeInstanceOf(CancelledFailure);
    front.habit = () => false;
    front.seen.length = 0;

    expect(await copy()).toMatchObject({ objectCount: 2, copiedCount: 2 });
    expect(requestsFor('a-small.bin').filter((line) => line.startsWith('PUT'))).toEqual([]);
  });

  check('copyData: another activity takes over the upload, and looks at every key anew', async () => {
    await put('from', 'a-small.bin', 'first');
    await put('from', 'large.bin', Buffer.alloc(3 * PART_BYTES, 'weights '));
    front.habit = (_request, response) =>
      front.seen.some((line) => line.includes('partNumber=2')) ? refuseWith(response, 403, 'AccessDenied') : false;
    await expect(copy()).rejects.toBeDefined();
    front.habit = () => false;
    front.seen.length = 0;
    await put('from', 'a-small.bin', 'second');

    const done = await copy({}, 'copy-2');

    expect(done).toMatchObject({ objectCount: 2 });
    expect(front.seen.filter((line) => line.startsWith('POST') && line.includes('?uploads'))).toEqual([]);
    expect(await verify()).toMatchObject({ manifestHash: done.manifestHash });
  });

  check('copyData: what was changed in the target is refused, and written over where the spec says so', async () => {
    await put('from', 'a.bin', 'weights');
    await copy();
    await put('to', 'a.bin', 'rotten!');

    await expect(copy({}, 'copy-2')).rejects.toMatchObject({
      code: 'DataMismatch',
      message: expect.stringMatching(/1 of 1 objects: a\.bin: .*\(source 7 bytes.*, target 7 bytes.*overwrite: true/),
    });
    expect(await copy({ overwrite: true }, 'copy-3')).toMatchObject({ copiedCount: 1 });
    expect(await verify()).toMatchObject({ objectCount: 1 });
  });

  check(
    'verifyData: what differs or is missing is named with both values, and another attempt looks again',
    async () => {
      for (const key of ['a.bin', 'b.bin']) await put('from', key, 'weights');
      await copy();
      await put('to', 'a.bin', 'rotten!');
      await remove('to', 'b.bin');

      await expect(verify()).rejects.toMatchObject({
        code: 'DataMismatch',
        message: expect.stringMatching(
          /2 of 2 objects differ or are missing: a\.bin: .*\(source crc\w+:\S+, target crc\w+:\S+\); b\.bin: .*target nothing\)/,
        ),
      });
      await copy({ overwrite: true }, 'copy-2');
      expect(await verify()).toMatchObject({ objectCount: 2, byteCount: 14 });
    },
  );

  check('verifyData: with verify: changed it takes the copies’ own proof, and asks nothing of an object', async () => {
    await put('from', 'a.bin', 'weights');
    const copied = await copy();
    front.seen.length = 0;

    expect(await verify({ verify: { kind: 'changed' } })).toMatchObject({ manifestHash: copied.manifestHash });
    expect(requestsFor('a.bin')).toEqual([]);
    await verify({ verify: { kind: 'sample', percent: 100 } }, 'verify-2');
    expect(requestsFor('a.bin')).not.toEqual([]);
  });

  check('copyData: mirrored deletes take what we copied and the source lost, and leave what others wrote', async () => {
    const sync = { everyMs: 1, freezeMaxMs: 1, freeze: 'declared', deletes: 'mirror' } as const;
    const mirrored = (maxDeletePercent: number): Partial<DataSetSpec> =>
      ({ sync: { ...sync, maxDeletePercent } }) as unknown as Partial<DataSetSpec>;
    for (const key of ['a.bin', 'b.bin']) await put('from', key, 'weights');
    await put('to', 'theirs.bin', 'not ours');
    await copy(mirrored(50));
    await remove('from', 'a.bin');
    await verify(mirrored(50));

    await expect(copy(mirrored(1), 'copy-2')).rejects.toMatchObject({ code: 'DeletesRefused' });
    expect(await copy(mirrored(50), 'copy-3')).toMatchObject({ deletedCount: 1 });

    expect(await keysAt(dataSet.to)).toEqual(['b.bin', 'theirs.bin']);
  });

  async function keysAt(url: string): Promise<string[]> {
    const keys: string[] = [];
    for await (const page of (await direct.open(url)).list({}, new AbortController().signal))
      keys.push(...page.map(({ key }) => key));
    return keys;
  }

  check('copyData: a ledger where nobody may delete holds no copy and no verification up', async () => {
    front.habit = ({ url = '' }, response) =>
      url.includes('?delete') ? refuseWith(response, 403, 'AccessDenied') : false;
    await put('from', 'a.bin', 'weights');
    await copy();
    await put('from', 'b.bin', 'more weights');

    expect(await copy({}, 'copy-2')).toMatchObject({ objectCount: 2, copiedCount: 1 });
    await put('to', 'b.bin', 'most weights');
    await expect(verify()).rejects.toMatchObject({ code: 'DataMismatch' });
    await copy({ overwrite: true }, 'copy-3');
    expect(await verify()).toMatchObject({ objectCount: 2 });
    expect(front.seen.some((line) => line.includes('?delete'))).toBe(true);
  });

  check('copyData: a source without objects is a misspelt one', async () => {
    await expect(copy({ from: `${dataSet.from}-misspelt` })).rejects.toMatchObject({ code: 'NotFound' });
  });

  const takeBack = (): Promise<void> =>
    inside('remove', (activities) => activities.removeBucket({ dataSet, owner: OWNER, memory }));

  check('removeBucket: a bucket that is not ours keeps everything', async () => {
    await put('from', 'a.bin', 'weights');
    await copy();
    await takeBack();
    expect(await keysAt(dataSet.to)).toEqual(['a.bin']);
  });

  check('removeBucket: our copies go, also a killed attempt’s, and what others wrote stays', async () => {
    const Bucket = await direct.bucket();
    dataSet = { ...dataSet, to: `s3://${Bucket}/model` };
    await direct.sdk.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: tagList(ownerTags(OWNER)) } }));
    for (const key of ['a.bin', 'b.bin']) await put('from', key, 'weights');
    await copy();
    await put('from', 'c.bin', 'more weights');
    await put('to', 'theirs.bin', 'not ours');
    // The reply to the copy is heard, and nothing after it.
    front.habit = (_request, response) =>
      requestsFor('c.bin').some((line) => line.startsWith('PUT')) && !front.seen.at(-1)?.includes('/model/c.bin')
        ? refuseWith(response, 403, 'AccessDenied')
        : false;
    await expect(copy({}, 'copy-2')).rejects.toBeDefined();
    front.habit = () => false;
    expect(await keysAt(dataSet.to)).toEqual(['a.bin', 'b.bin', 'c.bin', 'theirs.bin']);

    await takeBack();

    expect(await keysAt(dataSet.to)).toEqual(['theirs.bin']);
    await remove('to', 'theirs.bin');
    await takeBack();
    expect(await new S3DataBuckets(direct.sdk).findBucket(Bucket)).toBeUndefined();
  });
});
