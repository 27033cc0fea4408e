import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { checksumOf } from '../../src/data/checksum';
import { isChosen } from '../../src/data/compression';
import type { ManifestLine } from '../../src/data/manifest-line';
import { readerOf } from '../../src/data/manifest';
import { Copying } from './copying';
import { NO_FACTS } from './memory-place';

const MIB = 1_048_576;
const TEXT = 'name,value\n'.repeat(1_000);
/** Becomes smaller, but not much: several parts are left of it. */
const LARGE = Buffer.from(randomBytes(3 * MIB).toString('hex'));

let copying: Copying;
beforeEach(() => {
  copying = new Copying();
  copying.limits = { ...copying.limits, sizes: { wholeBytesMax: 64 * 1_024, partBytes: MIB } };
  copying.policy = { ...copying.policy, compress: ['*.csv'] };
});

const held = (key: string): { bytes: Buffer; facts: typeof NO_FACTS } => {
  const { bytes, facts } = copying.to.objects.get(key) ?? { bytes: Buffer.alloc(0), facts: NO_FACTS };
  return { bytes: Buffer.from(bytes), facts };
};

async function lines(): Promise<ManifestLine[]> {
  const all: ManifestLine[] = [];
  if (copying.manifest === undefined) return all;
  for await (const page of readerOf(copying.store, copying.manifest)({})) all.push(...page);
  return all;
}

test.each([
  ['in one piece', Buffer.from(TEXT)],
  ['as a stream of parts', LARGE],
])('copy: what is compressed %s unpacks to the original, whose size and checksum are kept', async (_name, content) => {
  copying.from.set('a/b.csv', content);
  expect(await copying.run()).toMatchObject({ isProven: true, tally: { copied: 1, copiedBytes: content.length } });
  const { bytes, facts } = held('a/b.csv');
  const checksum = checksumOf('crc32', content);
  expect(gunzipSync(bytes).equals(content)).toBe(true);
  expect(bytes.length).toBeLessThan(content.length);
  expect(facts).toMatchObject({
    headers: { 'content-encoding': 'gzip' },
    metadata: {
      'crossfade-original-bytes': String(content.length),
      'crossfade-original-checksum': `crc32:${checksum.value}`,
    },
  });
  expect(await lines()).toMatchObject([{ sizeBytes: content.length, storedBytes: bytes.length, checksum }]);
  expect(copying.to.uploads.size).toBe(0);
});

test('copy: a source that states nothing of a large object is read once more for the checksum that is kept', async () => {
  copying.from.states = false;
  copying.from.set('b.csv', LARGE);
  expect(await copying.run()).toMatchObject({ isProven: true });
  expect(await lines()).toMatchObject([{ checksum: checksumOf('crc32', LARGE) }]);
});

test.each([
  ['what no pattern names', 'b.bin', Buffer.from(TEXT), NO_FACTS],
  ['what has a coding already', 'b.csv', Buffer.from(TEXT), { ...NO_FACTS, headers: { 'content-encoding': 'br' } }],
  ['what would grow', 'b.csv', randomBytes(1_000), NO_FACTS],
  ['what would grow, and is large', 'b.csv', randomBytes(3 * MIB), NO_FACTS],
  ['an empty one', 'b.csv', Buffer.alloc(0), NO_FACTS],
])('copy: %s is copied as it is', async (_name, key, content, facts) => {
  copying.from.set(key, content);
  Object.assign(copying.from.objects.get(key) ?? {}, { facts });
  expect(await copying.run()).toMatchObject({ isProven: true });
  expect(held(key).bytes.equals(content)).toBe(true);
  expect(held(key).facts).toEqual(facts);
  expect(copying.to.uploads.size).toBe(0);
});

test('copy: a compressed object is not taken for changed, with the manifest, without it, or without the patterns', async () => {
  copying.from.set('a.csv', TEXT);
  const { root } = await copying.run();
  expect(await copying.run()).toMatchObject({ root, tally: { unchanged: 1 } });
  copying.policy = { ...copying.policy, verify: { kind: 'full' } };
  delete (copying.policy as { compress?: unknown }).compress;
  expect(await copying.run()).toMatchObject({ root, tally: { same: 1, proofs: { read: 1 } } });
  copying.policy = { ...copying.policy, verify: { kind: 'changed' }, compress: ['*.csv'] };
  copying.manifest = undefined;
  expect(await copying.run()).toMatchObject({ root, isProven: true, tally: { same: 1, copied: 0 } });
  expect(copying.to.count('put')).toBe(1);
});

test('copy: what changed at the source is compressed and copied again', async () => {
  copying.from.set('a.csv', TEXT);
  await copying.run();
  copying.from.set('a.csv', TEXT.replaceAll('value', 'VALUE'));
  expect(await copying.run()).toMatchObject({ isProven: true, tally: { copied: 1 } });
  expect(gunzipSync(held('a.csv').bytes).toString()).toContain('VALUE');
});

test.each([
  ['other bytes', (bytes: Buffer) => bytes.fill(0, 20, 40)],
  ['a piece of it', (bytes: Buffer) => bytes.subarray(0, 30)],
])(
  'verify: %s behind the same version is found out, though the metadata still tells the original',
  async (_name, spoil) => {
    copying.from.set('a.csv', TEXT);
    await copying.run();
    const object = copying.to.objects.get('a.csv');
    if (object !== undefined) object.bytes = spoil(Buffer.from(object.bytes));
    copying.policy = { ...copying.policy, mode: 'verify', verify: { kind: 'full' } };
    const { isProven, findings } = await copying.run();
    expect(isProven).toBe(false);
    expect(findings).toMatchObject([{ kind: 'mismatch', key: 'a.csv', target: 'broken gzip' }]);
  },
);

test('copy: the read-back compares the original bytes', async () => {
  copying.from.set('a.csv', TEXT);
  copying.policy = { ...copying.policy, readBack: true };
  expect(await copying.run()).toMatchObject({ isProven: true, tally: { proofs: { read: 1 } } });
});

test('copy: stopped between two parts of a compressed object, it begins that one anew and leaves nothing behind', async () => {
  copying.from.set('a.csv', LARGE);
  copying.to.trouble = (call, key) => {
    if (call !== 'putPart' || key !== 'a.csv#2') return;
    copying.stop.abort(new Error('stopped'));
    throw new Error('cut off');
  };
  await expect(copying.run()).rejects.toThrow('stopped');
  expect(copying.to.uploads.size).toBe(1);
  copying.stop = new AbortController();
  copying.to.trouble = () => undefined;
  expect(await copying.run()).toMatchObject({ isProven: true });
  expect(copying.to.uploads.size).toBe(0);
  expect(gunzipSync(held('a.csv').bytes).equals(LARGE)).toBe(true);
});

test.each([
  ['a/b/c.csv', ['*.csv'], true],
  ['.hidden.csv', ['*.csv'], true],
  ['a.CSV', ['*.csv'], false],
  ['logs/a.txt', ['logs/**'], true],
  ['other/a.txt', ['logs/**'], false],
  ['a.jsonl', ['*.{json,jsonl}'], true],
])('isChosen: %s by %j is %s', (key, globs, expected) => {
  expect(isChosen(key, globs)).toBe(expected);
});
