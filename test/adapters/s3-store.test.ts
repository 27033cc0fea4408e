import { randomBytes } from 'node:crypto';
import { DeleteObjectCommand, HeadObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import type { S3Store } from '../../src/adapters/s3-store';
import { compareKeys } from '../../src/domain/key-order';
import type { ObjectFacts } from '../../src/ports/object-store';
import {
  checked,
  copierOf,
  collected,
  contentOf,
  entryOf,
  listed,
  NEVER,
  NO_FACTS,
  Places,
} from '../support/s3/places';
import type { S3Server } from '../support/s3/servers';
import { startMinistack, startVersitygw, VERSITYGW } from '../support/s3/servers';

jest.setTimeout(60_000);

const MIB = 1024 ** 2;
const FACTS: ObjectFacts = {
  headers: {
    'content-type': 'application/json',
    'cache-control': 'max-age=5',
    'content-language': 'de',
    'content-disposition': 'attachment; filename="a b.json"',
  },
  metadata: { owner: 'team a', step: '12' },
  tags: { stage: 'a=b: c@d/e', 'cost centre': '4 + 5' },
};

interface Case {
  readonly name: string;
  readonly start: () => Promise<S3Server>;
  readonly program: string | undefined;
  /** ministack forgets the tags of an upload in parts. */
  readonly uploadTags: ObjectFacts['tags'];
}
const SERVERS: Case[] = [
  { name: 'ministack', start: startMinistack, program: 'always there', uploadTags: {} },
  { name: 'versitygw', start: () => startVersitygw(VERSITYGW ?? ''), program: VERSITYGW, uploadTags: FACTS.tags },
];

describe.each(SERVERS)('on $name', ({ name, start, program, uploadTags }) => {
  const check = program === undefined ? test.skip : test;
  let places: Places;
  let source: S3Store;
  let target: S3Store;

  beforeAll(async () => {
    places = await Places.on(start());
  });
  beforeEach(async () => {
    source = await places.openNew({}, '/from/here');
    target = await places.openNew({}, '/to');
  });
  afterAll(() => places.close());

  check('S3Store: what is put is found, listed and read as it was, with everything that goes along', async () => {
    const written = await source.put('a/b.json', checked('{"a":1}'), FACTS, NEVER);
    const found = await source.find('a/b.json', NEVER);
    const [entry] = await listed(source);
    const read = await source.read(await entryOf(source, 'a/b.json'), undefined, NEVER);

    expect(found).toMatchObject({ key: 'a/b.json', sizeBytes: 7, version: written.version, facts: FACTS });
    expect(found?.checksum).toEqual(checked('{"a":1}').checksum);
    expect(entry).toMatchObject({ key: 'a/b.json', sizeBytes: 7, version: written.version });
    expect(Math.abs((found?.modifiedAtMs ?? 0) - (entry?.modifiedAtMs ?? 0))).toBeLessThan(1_001);
    expect(read).toMatchObject({ facts: FACTS, checksum: found?.checksum });
    expect((await collected(read.bytes)).toString()).toBe('{"a":1}');
  });

  check('S3Store: the SDK sees the same object', async () => {
    await source.put('k', checked('abc'), FACTS, NEVER);
    const [Bucket = '', ...prefix] = source.url.slice('s3://'.length).split('/');
    const head = await places.sdk.send(new HeadObjectCommand({ Bucket, Key: [...prefix, 'k'].join('/') }));

    expect(head).toMatchObject({ ContentLength: 3, ContentType: 'application/json', Metadata: FACTS.metadata });
  });

  check('find and read: an empty object, and one that is not there', async () => {
    await source.put('empty', checked(''), NO_FACTS, NEVER);

    expect(await contentOf(source, 'empty')).toBe('');
    expect(await source.find('nothing', NEVER)).toBeUndefined();
  });

  check('read: of a span exactly its bytes', async () => {
    await source.put('k', checked('0123456789'), NO_FACTS, NEVER);
    const entry = await entryOf(source, 'k');
    const { bytes } = await source.read(entry, { first: 3, last: 5 }, NEVER);

    expect((await collected(bytes)).toString()).toBe('345');
  });

  check('read and copy: another version than the one that was listed is DataChanged, and so is none', async () => {
    await source.put('k', checked('before'), NO_FACTS, NEVER);
    const entry = await entryOf(source, 'k');
    await source.put('k', checked('after!'), NO_FACTS, NEVER);
    const copier = copierOf(target, source);

    await expect(source.read(entry, undefined, NEVER)).rejects.toMatchObject({ code: 'DataChanged' });
    await expect(copier.copy(entry, NEVER)).rejects.toMatchObject({ code: 'DataChanged' });
    await source.remove(['k'], NEVER);
    await expect(source.read(entry, undefined, NEVER)).rejects.toMatchObject({ code: 'DataChanged' });
    await expect(copier.copy(entry, NEVER)).rejects.toMatchObject({ code: 'DataChanged' });
    expect(await target.find('k', NEVER)).toBeUndefined();
  });

  check('put: bytes that are not those of their checksum are DataMismatch, and nothing is written', async () => {
    const wrong = { bytes: Buffer.from('abd'), checksum: checked('abc').checksum };

    await expect(source.put('k', wrong, NO_FACTS, NEVER)).rejects.toMatchObject({ code: 'DataMismatch' });
    expect(await source.find('k', NEVER)).toBeUndefined();
  });

  check('copy: one request inside the server, facts and a checksum of the whole included', async () => {
    await source.put('a/k', checked('content'), FACTS, NEVER);
    const copier = copierOf(target, source);
    const written = await copier.copy(await entryOf(source, 'a/k'), NEVER);
    const found = await target.find('a/k', NEVER);

    expect(found).toMatchObject({ version: written.version, facts: FACTS, sizeBytes: 7 });
    expect([undefined, found?.checksum]).toContainEqual(written.checksum);
    expect(await contentOf(target, 'a/k')).toBe('content');
  });

  check('uploads: parts that arrive in any order make the whole, and are told until then', async () => {
    const content = randomBytes(5 * MIB + 1_000);
    const upload = await target.beginUpload('big', FACTS, 5 * MIB, 'crc32', NEVER);
    const second = await target.putPart(upload, 2, checked(content.subarray(5 * MIB)), NEVER);
    const first = await target.putPart(upload, 1, checked(content.subarray(0, 5 * MIB)), NEVER);
    const arrived = await target.uploadedParts(upload, NEVER);
    const written = await target.completeUpload(upload, [first, second], checked(content).checksum, NEVER);
    const found = await target.find('big', NEVER);

    expect(arrived).toMatchObject([
      { number: 1, sizeBytes: 5 * MIB, etag: first.etag },
      { number: 2, sizeBytes: 1_000, etag: second.etag },
    ]);
    const facts = { ...FACTS, tags: uploadTags };
    expect(found).toMatchObject({ sizeBytes: content.length, version: written.version, facts });
    expect([undefined, checked(content).checksum.value]).toContain(found?.checksum?.value);
    const { bytes } = await target.read(await entryOf(target, 'big'), undefined, NEVER);
    expect((await collected(bytes)).equals(content)).toBe(true);
    expect(await target.uploadedParts(upload, NEVER)).toBeUndefined();
  });

  check('uploads: parts are copied inside the server too', async () => {
    const content = randomBytes(5 * MIB + 10);
    await source.put('big', checked(content), FACTS, NEVER);
    const entry = await entryOf(source, 'big');
    const copier = copierOf(target, source);
    const upload = await target.beginUpload('big', FACTS, 5 * MIB, undefined, NEVER);
    const parts = [
      await copier.copyPart(upload, 1, entry, { first: 0, last: 5 * MIB - 1 }, NEVER),
      await copier.copyPart(upload, 2, entry, { first: 5 * MIB, last: 5 * MIB + 9 }, NEVER),
    ];
    await target.completeUpload(upload, parts, undefined, NEVER);

    const { bytes } = await target.read(await entryOf(target, 'big'), undefined, NEVER);
    expect((await collected(bytes)).equals(content)).toBe(true);
  });

  check('uploads: one that is aborted is gone, and may be aborted again', async () => {
    const upload = await target.beginUpload('big', NO_FACTS, 5 * MIB, 'crc32', NEVER);
    await target.abortUpload(upload, NEVER);
    await target.abortUpload(upload, NEVER);

    expect(await target.uploadedParts(upload, NEVER)).toBeUndefined();
  });

  check('completeUpload: done before, by an attempt whose reply was lost, it is found done', async () => {
    const whole = checked('small');
    const upload = await target.beginUpload('k', NO_FACTS, 5 * MIB, 'crc32', NEVER);
    const part = await target.putPart(upload, 1, whole, NEVER);
    const written = await target.completeUpload(upload, [part], whole.checksum, NEVER);
    const found = await target.find('k', NEVER);

    await expect(target.completeUpload(upload, [part], found?.checksum, NEVER)).resolves.toMatchObject({
      version: written.version,
    });
  });

  check(
    'list: in the order of UTF-8’s bytes, of a range only what lies in it, and the prefix itself not at all',
    async () => {
      const keys = ['a', 'a/', 'a/b', 'b', 'ü', '\uFFFD', '\u{1F600}'].filter(
        (key) => name !== 'versitygw' || key !== 'a',
      );
      for (const key of keys) await source.put(key, checked(key.endsWith('/') ? '' : key), NO_FACTS, NEVER);
      const [Bucket = ''] = source.url.slice('s3://'.length).split('/');
      await places.sdk.send(new PutObjectCommand({ Bucket, Key: 'from/here/', Body: '', ContentLength: 0 }));
      await places.sdk.send(new PutObjectCommand({ Bucket, Key: 'from/hereafter', Body: ' ' }));

      const found = (await listed(source)).map(({ key }) => key);
      expect(found).toEqual([...keys].sort(compareKeys));
      const range = (await listed(source, { after: 'a/', upTo: 'ü' })).map(({ key }) => key);
      expect(range).toEqual(['a/b', 'b', 'ü']);
    },
  );

  check('list: pages follow each other without a gap or a key twice', async () => {
    const keys = Array.from({ length: 1_100 }, (_, index) => `k${String(index).padStart(5, '0')}`);
    await Promise.all(keys.map((key) => source.put(key, checked(''), NO_FACTS, NEVER)));
    const passed: string[] = [];
    for await (const page of source.list({}, NEVER)) passed.push(...page.map(({ key }) => key));

    expect(passed).toEqual(keys);
    const ranges = await source.divide(8, NEVER);
    expect(ranges.length).toBeGreaterThan(3);
    expect(ranges.length).toBeLessThanOrEqual(8);
    const byRange = await Promise.all(ranges.map((range) => listed(source, range)));
    expect(byRange.flat().map(({ key }) => key)).toEqual(keys);
    expect(Math.max(...byRange.map((entries) => entries.length))).toBeLessThan(keys.length * 0.6);
  });

  check('divide: what is left of a skewed listing is cut where its keys are, and one page is not cut', async () => {
    const keys = Array.from({ length: 1_300 }, (_, index) => `logs/2026/${String(index).padStart(5, '0')}`);
    await Promise.all(['a', 'z', ...keys].map((key) => source.put(key, checked(''), NO_FACTS, NEVER)));
    const within = { after: 'logs/2026/00100', upTo: 'logs/2026/01299' };
    const ranges = await source.divide(8, NEVER, within);
    expect([ranges[0]?.after, ranges.at(-1)?.upTo]).toEqual([within.after, within.upTo]);
    const byRange = await Promise.all(ranges.map((range) => listed(source, range)));
    expect(byRange.flat().map(({ key }) => key)).toEqual(keys.slice(101));
    expect(Math.max(...byRange.map((entries) => entries.length))).toBeLessThan(700);
    const page = { after: 'logs/2026/00900' };
    expect(await source.divide(8, NEVER, page)).toEqual([page]);
  });

  check('remove: many at once, and what is gone already is no failure', async () => {
    for (const key of ['a', 'b & <c>', 'd']) await source.put(key, checked('x'), NO_FACTS, NEVER);

    expect(await source.remove(['a', 'b & <c>', 'never'], NEVER)).toEqual([]);
    expect((await listed(source)).map(({ key }) => key)).toEqual(['d']);
  });

  check('openS3Store: a bucket that is not there is NotFound', async () => {
    await expect(places.open('s3://no-such-bucket-here')).rejects.toMatchObject({ code: 'NotFound' });
  });

  check('a cancelled call: ends with the caller’s own reason', async () => {
    const stop = new AbortController();
    const reason = new Error('stopped by the operator');
    stop.abort(reason);

    await expect(source.find('k', stop.signal)).rejects.toBe(reason);
    await expect(source.divide(4, stop.signal)).rejects.toBe(reason);
  });
});

const here = VERSITYGW === undefined ? describe.skip : describe;

here('a server that looks at signatures', () => {
  let places: Places;

  beforeAll(async () => {
    places = await Places.on(startVersitygw(VERSITYGW ?? ''));
  });
  afterAll(() => places.close());

  test('put and copy: metadata beyond ASCII comes back as the bytes that they were', async () => {
    const metadata = { greeting: Buffer.from('grüße').toString('latin1') };
    const [source, target] = [await places.openNew(), await places.openNew()];
    await source.put('k', checked('x'), { ...NO_FACTS, metadata }, NEVER);
    await copierOf(target, source).copy(await entryOf(source, 'k'), NEVER);

    expect((await source.find('k', NEVER))?.facts.metadata).toEqual(metadata);
    expect((await target.find('k', NEVER))?.facts.metadata).toEqual(metadata);
  });

  test('openS3Store: another secret than the server’s is AwsDenied', async () => {
    const url = `s3://${await places.bucket()}`;
    const credentials = { ...places.server.credentials, secretAccessKey: 'another' };

    await expect(places.open(url, { credentials })).rejects.toMatchObject({ code: 'AwsDenied' });
  });
});

const ODD_KEYS = [
  ['a plus and a blank', 'a+b c'],
  ['percent signs', '100%/%41%zz'],
  ['quotes, brackets and an ampersand', '"<a>&\'(b)*!'],
  ['a question mark and a hash', 'a?b=c#d'],
  ['dots for folders', './a/../b/.'],
  ['slashes at both ends and doubled', '//a//'],
  ['a backslash, a bar and a tilde', 'a\\b|~'],
  ['beyond U+FFFF', 'модель/模型/\u{1F600}'],
  ['control characters', 'a\u0001\tb\u007f'],
  ['a line break', 'a\r\nb'],
  ['the longest', 'k'.repeat(1_024 - 'odd/'.length)],
] as const;

describe('odd keys', () => {
  let places: Places;

  beforeAll(async () => {
    places = await Places.on(startMinistack());
  });
  afterAll(() => places.close());

  test.each(ODD_KEYS)(
    'S3Store: a key with %s is written, listed, found, copied, read and removed',
    async (_name, key) => {
      const source = await places.openNew({}, '/odd');
      const target = await places.openNew({}, '/odd');
      await source.put(key, checked('x'), NO_FACTS, NEVER);
      const [Bucket = ''] = source.url.slice('s3://'.length).split('/');
      const seen = await places.sdk.send(new ListObjectsV2Command({ Bucket, EncodingType: 'url' }));

      expect(decodeURIComponent((seen.Contents?.[0]?.Key ?? '').replace(/\+/g, ' '))).toBe(`odd/${key}`);
      expect((await listed(source)).map((entry) => entry.key)).toEqual([key]);
      await copierOf(target, source).copy(await entryOf(source, key), NEVER);
      expect(await contentOf(target, key)).toBe('x');
      expect(await target.remove([key], NEVER)).toEqual([]);
      expect(await listed(target)).toEqual([]);
    },
  );

  test('S3Store: what it removes is what the SDK removes', async () => {
    const source = await places.openNew();
    await source.put('a/../b', checked('x'), NO_FACTS, NEVER);
    const Bucket = source.url.slice('s3://'.length);
    await places.sdk.send(new DeleteObjectCommand({ Bucket, Key: 'a/../b' }));

    expect(await listed(source)).toEqual([]);
  });
});
