import { createHash } from 'node:crypto';
import { checksumOf } from '../../src/data/checksum';
import { PlaceDigests } from '../../src/data/content-digest';
import type { StoreOptions } from '../../src/ports/data-places';
import { NEVER } from '../support/s3/places';
import { MemoryPlace } from './memory-place';

const sha256 = (content: string): string => createHash('sha256').update(content).digest('hex');

function staged(): { place: MemoryPlace; asked: StoreOptions[]; digests: PlaceDigests } {
  const place = new MemoryPlace('s3://models/llm');
  place.set('b.bin', 'weights');
  place.set('a.json', '{}');
  const asked: StoreOptions[] = [];
  const openStore = async (_url: string, options: StoreOptions): Promise<MemoryPlace> => {
    asked.push(options);
    return place;
  };
  return { place, asked, digests: new PlaceDigests({ openStore }) };
}

test('digestOf: of a prefix the SHA-256 of its list, in the order of the keys; the place is closed', async () => {
  const { place, digests } = staged();
  const seen: number[] = [];
  expect(await digests.digestOf({ url: place.url }, (byteCount) => seen.push(byteCount), NEVER)).toEqual({
    sha256: sha256(`${sha256('{}')}  a.json\n${sha256('weights')}  b.bin\n`),
    objectCount: 2,
    byteCount: 9,
  });
  expect(seen.at(-1)).toBe(9);
  expect(place.isClosed).toBe(true);
});

test('digestOf: of one object its own, asked of a place that lists no other', async () => {
  const { place, asked, digests } = staged();
  place.objects.delete('a.json');
  const { sha256: digest } = await digests.digestOf({ url: place.url, key: 'b.bin' }, () => undefined, NEVER);
  expect(digest).toBe(sha256('weights'));
  expect(asked[0]?.key).toBe('b.bin');
});

test('digestOf: a SHA-256 of the whole content that S3 states is taken without reading', async () => {
  const { place, digests } = staged();
  for (const held of place.objects.values()) held.checksum = checksumOf('sha256', held.bytes);
  const stated = await digests.digestOf({ url: place.url }, () => undefined, NEVER);
  expect(place.count('read')).toBe(0);
  place.states = false;
  expect(await digests.digestOf({ url: place.url }, () => undefined, NEVER)).toEqual(stated);
  expect(place.count('read')).toBe(2);
});

test('digestOf: nothing there, and an object that changes meanwhile, are no digest', async () => {
  const { place, digests } = staged();
  place.trouble = (call, key) => {
    if (call === 'find') place.set(key, 'changed');
  };
  const digest = (): Promise<unknown> => digests.digestOf({ url: place.url }, () => undefined, NEVER);
  await expect(digest()).rejects.toMatchObject({ code: 'DataChanged' });
  place.objects.clear();
  await expect(digest()).rejects.toMatchObject({ code: 'NotFound' });
});
