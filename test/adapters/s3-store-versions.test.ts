import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { DeleteObjectCommand, ListObjectVersionsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { S3Store } from '../../src/adapters/s3-store';
import { parseVersions } from '../../src/adapters/s3-store-versions-xml';
import { beginRange, CHECKPOINT_VERSION } from '../../src/data/checkpoint';
import { COPY_LIMITS, runCopy, UNWATCHED } from '../../src/data/copy';
import type { Manifest, ManifestReader } from '../../src/data/manifest';
import { NO_MANIFEST, readerOf } from '../../src/data/manifest';
import type { CopyResult } from '../../src/data/result';
import type { ManifestStore } from '../../src/ports/manifest-store';
import type { KeyHistory, VersionEntry } from '../../src/ports/object-versions';
import { MemoryManifests, POLICY } from '../data/copying';
import { checked, collected, copierOf, NEVER, NO_FACTS, Places } from '../support/s3/places';
import { startMinistack, startVersitygw, VERSITYGW } from '../support/s3/servers';

jest.setTimeout(60_000);

/** versitygw tells versions' times in whole seconds and lists deletions apart, so only the last one's place is known. */
const SERVERS = [
  {
    name: 'ministack',
    start: startMinistack,
    program: 'always there',
    story: ['one', undefined, 'two', 'one', undefined],
  },
  {
    name: 'versitygw',
    start: () => startVersitygw(VERSITYGW ?? '', undefined, true),
    program: VERSITYGW,
    story: ['one', 'two', 'one', undefined],
  },
];

function copyAll(
  from: S3Store,
  to: S3Store,
  store: ManifestStore,
  proven: ManifestReader,
): Promise<{ result: CopyResult; manifest: Manifest }> {
  const run = randomUUID();
  const range = beginRange({});
  return runCopy(
    {
      ...{ from, to, versioned: { from, to }, policy: POLICY, deletePercentMax: 0, proven, store },
      ...{ limits: COPY_LIMITS, bandwidth: [], signal: NEVER },
      clock: { now: Date.now, random: Math.random, sleep: (ms, signal) => delay(ms, undefined, { signal }) },
      ...UNWATCHED,
    },
    { version: CHECKPOINT_VERSION, run, job: 'job', ranges: [range] },
  );
}

async function historiesOf(store: S3Store, range = {}): Promise<KeyHistory[]> {
  const all: KeyHistory[] = [];
  for await (const page of store.histories(range, NEVER)) all.push(...page);
  return all;
}

describe.each(SERVERS)('versions on $name', ({ start, program, story }) => {
  const check = program === undefined ? test.skip : test;
  let places: Places;
  let bucket: string;
  let store: S3Store;

  beforeAll(async () => {
    places = await Places.on(start());
  });
  beforeEach(async () => {
    bucket = await places.bucket({ isVersioned: true });
    store = await places.open(`s3://${bucket}/p`);
  });
  afterAll(() => places.close());

  const put = (Key: string, Body: string): Promise<unknown> =>
    places.sdk.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  const remove = (Key: string): Promise<unknown> => places.sdk.send(new DeleteObjectCommand({ Bucket: bucket, Key }));

  async function told({ versions }: KeyHistory): Promise<(string | undefined)[]> {
    const contentOf = async (entry: VersionEntry): Promise<string | undefined> => {
      if (entry.isMarker) return undefined;
      return (await collected((await store.read(entry, undefined, NEVER)).bytes)).toString();
    };
    return Promise.all(versions.map(contentOf));
  }

  check('histories: every key once, in order, each with its versions from the oldest to a deletion', async () => {
    for (const body of ['one', 'two', 'three']) await put('p/a', body);
    await put('p/b ü', 'x');
    await remove('p/b ü');
    await put('outside', 'y');
    const histories = await historiesOf(store);
    expect(histories.map(({ key, isOrderUnknown }) => [key, isOrderUnknown])).toEqual([
      ['a', false],
      ['b ü', false],
    ]);
    expect(await Promise.all(histories.map(told))).toEqual([
      ['one', 'two', 'three'],
      ['x', undefined],
    ]);
    expect((await historiesOf(store, { after: 'a' })).map(({ key }) => key)).toEqual(['b ü']);
    expect((await historiesOf(store, { upTo: 'a' })).map(({ key }) => key)).toEqual(['a']);
  });

  check('history: of one key and no other that begins with it; undefined for none', async () => {
    for (const key of ['p/a', 'p/ab', 'p/a']) await put(key, key);
    expect((await store.history('a', NEVER))?.versions).toHaveLength(2);
    expect(await store.history('nothing', NEVER)).toBeUndefined();
  });

  check('histories: pages that cut a key’s versions apart lose none and change no order', async () => {
    await put('p/0', 'before');
    await put('p/a', '0');
    // More than a page.
    for (let left = 1_018; left > 0; left -= 40)
      await Promise.all(Array.from({ length: Math.min(left, 40) }, () => put('p/a', 'between')));
    await put('p/a', '1019');
    await put('p/z', 'after');
    const histories = await historiesOf(store);
    expect(histories.map(({ key, versions }) => [key, versions.length])).toEqual([
      ['0', 1],
      ['a', 1_020],
      ['z', 1],
    ]);
    expect(new Set(histories[1]?.versions.map(({ versionId }) => versionId)).size).toBe(1_020);
    const [first, last] = [histories[1]?.versions[0], histories[1]?.versions.at(-1)];
    expect(await told({ key: 'a', versions: [first, last] as VersionEntry[], isOrderUnknown: false })).toEqual([
      '0',
      '1019',
    ]);
  });

  check('find, read and copy: of the version that is meant; what is written tells its version ID', async () => {
    await put('p/a', 'one');
    await put('p/a', 'two');
    const [oldest] = (await store.history('a', NEVER))?.versions ?? [];
    const entry = oldest as VersionEntry;
    expect(await store.find('a', NEVER, entry.versionId)).toMatchObject({ sizeBytes: 3, version: entry.version });
    const target = await places.open(`s3://${await places.bucket({ isVersioned: true })}`);
    const copied = await copierOf(target, store).copy(entry, NEVER);
    const put2 = await target.put('a', checked('three'), NO_FACTS, NEVER);
    const ids = (await target.history('a', NEVER))?.versions.map(({ versionId }) => versionId);
    expect([copied.versionId, put2.versionId]).toEqual(ids);
    const found = await target.find('a', NEVER, copied.versionId);
    expect(found?.version).toBe(entry.version);
  });

  check('copy of all versions: the other bucket tells the same story, and a second run writes nothing', async () => {
    for (const step of story) await (step === undefined ? remove('p/a') : put('p/a', step));
    const to = await places.open(`s3://${await places.bucket({ isVersioned: true })}`);
    const manifests = new MemoryManifests();
    const first = await copyAll(store, to, manifests, NO_MANIFEST);
    expect(first.result).toMatchObject({ isProven: true, tally: { copied: story.length } });
    const [ours, theirs] = [await store.history('a', NEVER), await to.history('a', NEVER)];
    expect(theirs?.versions.map(({ version, isMarker }) => [version, isMarker])).toEqual(
      ours?.versions.map(({ version, isMarker }) => [version, isMarker]),
    );
    const again = await copyAll(store, to, manifests, readerOf(manifests, first.manifest));
    expect(again.result).toMatchObject({ isProven: true, tally: { unchanged: story.length, copied: 0 } });
  });

  check('putMarker: the SDK sees the deletion, under the ID that was told', async () => {
    await put('p/a', 'one');
    const versionId = await store.putMarker('a', NEVER);
    const { DeleteMarkers } = await places.sdk.send(new ListObjectVersionsCommand({ Bucket: bucket }));
    expect(DeleteMarkers).toMatchObject([{ Key: 'p/a', VersionId: versionId, IsLatest: true }]);
  });

  check('assertKeepsVersions: a bucket without versioning is one clear error', async () => {
    await expect(store.assertKeepsVersions(NEVER)).resolves.toBeUndefined();
    const plain = await places.openNew();
    await expect(plain.assertKeepsVersions(NEVER)).rejects.toMatchObject({
      code: 'ConfigInvalid',
      message: expect.stringContaining('never enabled') as string,
    });
  });
});

function page(...entries: string[]): string {
  return `<ListVersionsResult><IsTruncated>false</IsTruncated>${entries.join('')}</ListVersionsResult>`;
}
function version(id: string, key: string, time: string, isLatest = false): string {
  return `<Version><Key>${key}</Key><VersionId>${id}</VersionId><IsLatest>${isLatest}</IsLatest><LastModified>2026-01-01T00:00:${time}Z</LastModified><ETag>&quot;e&quot;</ETag><Size>1</Size></Version>`;
}
function marker(id: string, key: string, time: string, isLatest = false): string {
  return `<DeleteMarker><Key>${key}</Key><VersionId>${id}</VersionId><IsLatest>${isLatest}</IsLatest><LastModified>2026-01-01T00:00:${time}Z</LastModified></DeleteMarker>`;
}
const idsOf = (xml: string, isOrdered = false): string[] =>
  parseVersions(xml, isOrdered).versions.map(({ versionId }) => versionId);

test.each<[string, string, boolean, string[]]>([
  [
    'in one order, as S3 writes them',
    page(version('3', 'a', '01.000'), marker('2', 'a', '01.000'), version('1', 'a', '01.000')),
    false,
    ['3', '2', '1'],
  ],
  ['kept apart by S3 by chance', page(version('2', 'a', '01.000'), marker('1', 'a', '09.000')), true, ['2', '1']],
  [
    'kept apart: the time decides',
    page(version('3', 'a', '03.000'), version('1', 'a', '01.000'), marker('2', 'a', '02.000')),
    false,
    ['3', '2', '1'],
  ],
  [
    'kept apart: keys come in their order',
    page(version('b1', 'b', '01.000'), marker('a1', 'a', '01.000', true)),
    false,
    ['a1', 'b1'],
  ],
  [
    'kept apart: the newest is said to be',
    page(version('1', 'a', '01.000'), marker('2', 'a', '01.000', true)),
    false,
    ['2', '1'],
  ],
])('parseVersions: %s', (_name, xml, isOrdered, ids) => {
  expect(idsOf(xml, isOrdered)).toEqual(ids);
  expect(parseVersions(xml, isOrdered).versions.some(({ isOrderUnknown }) => isOrderUnknown)).toBe(false);
});

test('parseVersions: a deletion of the very second of a version, in lists apart, is an order that nobody knows', () => {
  const xml = page(version('3', 'a', '02.000', true), version('1', 'a', '01.000'), marker('2', 'a', '01.500'));
  expect(parseVersions(xml, false).versions.map(({ isOrderUnknown }) => isOrderUnknown)).toContain(true);
});

test.each(['', page('<Version><Key>a</Key></Version>'), page(version('1', 'a', '01.000')).slice(0, -5)])(
  'parseVersions: refuses what is no whole listing: %s',
  (xml) => {
    expect(() => parseVersions(xml, true)).toThrow(SyntaxError);
  },
);
