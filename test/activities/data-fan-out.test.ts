/** A copy in key ranges over the copy engine and a real S3 server: what is left of a range's attempt, and one proof of all. */
import { ListMultipartUploadsCommand, PutBucketTaggingCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { CancelledFailure } from '@temporalio/common';
import type { MockActivityEnvironment } from '@temporalio/testing';
import { createDataActivities } from '../../src/activities/data';
import { tagList } from '../../src/adapters/aws-tags';
import { S3DataBuckets } from '../../src/adapters/s3-data-buckets';
import { s3Places } from '../../src/adapters/s3-places';
import type { CopyResult, DataActivities, RangeResult } from '../../src/contracts/activities';
import { COPY_LIMITS } from '../../src/data/copy';
import { holdsKey } from '../../src/data/key-range';
import { EngineMover } from '../../src/data/mover';
import { processClock } from '../../src/data/process-clock';
import { shareOut } from '../../src/data/share-out';
import { ownerTags } from '../../src/domain/resources';
import type { DataSetSpec } from '../../src/domain/spec';
import type { DataPlaces } from '../../src/ports/data-places';
import { fakePorts, World } from '../support/fakes';
import type { Forwarder } from '../support/s3/in-front';
import { refuseWith, startForwarder } from '../support/s3/in-front';
import { listed, NEVER, Places } from '../support/s3/places';
import type { S3Server } from '../support/s3/servers';
import { startMinistack, startVersitygw, VERSITYGW } from '../support/s3/servers';
import { inActivity, quietActivity } from '../support/temporal/activity';

jest.setTimeout(60_000);

const OWNER = { workload: 'ranker', run: 'run-1' };
const PART_BYTES = 5 * 1024 ** 2;
const LARGE_PARTS = 4;
const LIMITS = {
  ...COPY_LIMITS,
  objectsMax: 1,
  rangesMax: 1,
  sizes: { wholeBytesMax: PART_BYTES, partBytes: PART_BYTES },
  attemptsMax: 1,
  keepEveryMs: 5,
};
const SMALL = ['a', 'b', 'c'];
const LARGE = ['x-large', 'y-large'];
const PUTS_AT_ONCE = 50;
/** Of the division itself up to 256, and two pages of each of 32 pieces. */
const REQUESTS_MAX = 400;
const OBJECTS = SMALL.length + LARGE.length;

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
  let dataSet: DataSetSpec;
  let memory: { ledger: string; workload: string };
  /** Of the newest activity. */
  let environment: MockActivityEnvironment;

  beforeAll(async () => {
    server = await start();
    front = await startForwarder(server.endpoint);
    direct = new Places(server);
    fronted = new Places({ ...server, endpoint: front.endpoint });
  });
  beforeEach(async () => {
    const [from, to, ledger] = [await direct.bucket(), await direct.bucket(), await direct.bucket()];
    const places = { from: `s3://${from}/ranker`, to: `s3://${to}/model` };
    dataSet = { name: 'models', ...places, method: 'auto', infrequentAccessAfterDays: 30, fanOut: 3 };
    memory = { ledger: `s3://${ledger}/migrations`, workload: 'ranker' };
    for (const key of SMALL) await put(from, key, Buffer.from(`content of ${key}`));
    for (const key of LARGE) await put(from, key, Buffer.alloc(LARGE_PARTS * PART_BYTES, key));
    front.habit = () => false;
    front.seen.length = 0;
  });
  afterAll(async () => {
    await Promise.all([direct.close(), fronted.close()]);
    await front.stop();
    await server.stop();
  });

  const put = (Bucket: string, key: string, Body: Buffer): Promise<unknown> =>
    direct.sdk.send(new PutObjectCommand({ Bucket, Key: `ranker/${key}`, Body }));

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

  /** On a worker of its own. @param activityId the same for attempts of one activity. */
  async function inside<T>(activityId: string, run: (activities: DataActivities) => Promise<T>): Promise<T> {
    const data = new EngineMover(places(), processClock(), LIMITS);
    const ports = { ...fakePorts(new World(Date.now)), data, buckets: new S3DataBuckets(direct.sdk) };
    environment = quietActivity(undefined, activityId);
    return inActivity(() => run(createDataActivities(ports)), environment);
  }

  const divide = (activityId = 'divide-1'): Promise<{ orderId: string; rangeCount: number }> =>
    inside(activityId, (activities) => activities.divideData({ dataSet, memory, rangesMax: 3 }));
  const copyRange = (orderId: string, place: number): Promise<RangeResult> =>
    inside(`range-${place}`, (activities) => activities.copyRange({ dataSet, memory, orderId, place }));
  const prove = (orderId: string): Promise<CopyResult> =>
    inside('copy', (activities) => activities.copyData({ dataSet, memory, orderId }));

  /** Of a copy by one worker, to another place. */
  async function rootOfOne(): Promise<string | undefined> {
    const elsewhere = { ...dataSet, to: `s3://${await direct.bucket()}/model` };
    const other = { ...memory, workload: 'another' };
    const done = await inside('alone', (activities) => activities.copyData({ dataSet: elsewhere, memory: other }));
    return done.manifestHash;
  }

  async function unfinishedUploads(): Promise<number> {
    const Bucket = dataSet.to.split('/')[2];
    const { Uploads = [] } = await direct.sdk.send(new ListMultipartUploadsCommand({ Bucket }));
    return Uploads.length;
  }

  const seen = (method: string, words: string): string[] =>
    front.seen.filter((line) => line.startsWith(method) && line.includes(words));

  check(
    'copyRange: a killed attempt’s successor goes on inside the object; the whole is proven as by one',
    async () => {
      const { orderId, rangeCount } = await divide();
      const others = await Promise.all([0, 1].map((place) => copyRange(orderId, place)));
      front.seen.length = 0;
      // As a worker that is killed: from then on nothing of it is heard, also not what it would like to keep.
      front.habit = (_request, response) =>
        seen('PUT', 'partNumber=').length > 2 ? refuseWith(response, 403, 'AccessDenied') : false;
      await expect(copyRange(orderId, 2)).rejects.toBeDefined();
      const left = await unfinishedUploads();
      front.habit = () => false;
      front.seen.length = 0;

      const last = await copyRange(orderId, 2);
      const begunAgain = seen('POST', '?uploads');
      const done = await prove(orderId);

      expect(rangeCount).toBe(3);
      expect(left).toBe(1);
      expect(begunAgain).toEqual([]);
      expect(seen('PUT', 'partNumber=').length).toBeLessThan(LARGE_PARTS);
      const sum = [...others, last].reduce((total, { copiedCount }) => total + copiedCount, 0);
      expect([sum, done.copiedCount, done.objectCount]).toEqual([OBJECTS, OBJECTS, OBJECTS]);
      expect(done.manifestHash).toBe(await rootOfOne());
      expect(await inside('verify', (activities) => activities.verifyData({ dataSet, memory }))).toMatchObject({
        objectCount: OBJECTS,
        manifestHash: done.manifestHash,
      });
      expect(await unfinishedUploads()).toBe(0);
    },
  );

  /** The last range, stopped with an upload under way. */
  async function cancelledInside(): Promise<void> {
    const { orderId } = await divide();
    front.habit = ({ url = '' }) => {
      if (url.includes('partNumber=2')) environment.cancel('CANCELLED');
      return false;
    };
    await expect(copyRange(orderId, 2)).rejects.toBeInstanceOf(CancelledFailure);
    front.habit = () => false;
    front.seen.length = 0;
  }

  check('copyRange: a cancellation ends it as one, and the next copy goes on with its upload', async () => {
    await cancelledInside();
    const left = await unfinishedUploads();

    const { orderId, rangeCount } = await divide('divide-2');
    for (let place = 0; place < rangeCount; place += 1) await copyRange(orderId, place);
    const done = await prove(orderId);

    expect(left).toBe(1);
    expect(seen('POST', '?uploads')).toHaveLength(LARGE.length - left);
    expect(done).toMatchObject({ objectCount: OBJECTS });
    expect(await unfinishedUploads()).toBe(0);
  });

  check('removeBucket: what ranges had under way is ended, and the bucket goes', async () => {
    const Bucket = dataSet.to.split('/')[2] ?? '';
    await direct.sdk.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: tagList(ownerTags(OWNER)) } }));
    await cancelledInside();
    expect(await unfinishedUploads()).toBe(1);

    await inside('remove', (activities) => activities.removeBucket({ dataSet, owner: OWNER, memory }));

    expect(await new S3DataBuckets(direct.sdk).findBucket(Bucket)).toBeUndefined();
  });

  check('shareOut: a listing of several pages is cut into even ranges, and asks for few of its pages', async () => {
    const Bucket = dataSet.from.split('/')[2] ?? '';
    const keys = Array.from({ length: 2_400 }, (_, at) => `runs/${String(at).padStart(6, '0')}`);
    for (let at = 0; at < keys.length; at += PUTS_AT_ONCE)
      await Promise.all(keys.slice(at, at + PUTS_AT_ONCE).map((key) => put(Bucket, key, Buffer.from(key))));
    const source = await fronted.open(dataSet.from);
    front.seen.length = 0;

    const ranges = await shareOut(source, 4, NEVER);

    const requests = front.seen.length;
    const all = (await listed(source)).map(({ key }) => key);
    const counts = ranges.map((range) => all.filter((key) => holdsKey(range, key)).length);
    expect(all).toHaveLength(OBJECTS + keys.length);
    expect(counts).toHaveLength(4);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(all.length);
    expect(Math.max(...counts)).toBeLessThan((1.3 * all.length) / 4);
    expect(requests).toBeLessThan(REQUESTS_MAX);
  });
});
