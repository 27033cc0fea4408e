import fc from 'fast-check';
import { cutAtKeys, evenRanges } from '../../src/data/even-ranges';
import type { WeighedRange } from '../../src/data/even-ranges';
import { digitsIn, estimateCount } from '../../src/data/key-count';
import { holdsKey } from '../../src/data/key-range';
import { shareOut } from '../../src/data/share-out';
import { compareKeys } from '../../src/domain/key-order';
import type { KeyRange } from '../../src/ports/object-store';
import { MemoryPlace } from './memory-place';

const NEVER = new AbortController().signal;

const keysOf = (minLength: number): fc.Arbitrary<string[]> =>
  fc
    .uniqueArray(fc.string({ unit: 'binary', minLength: 1, maxLength: 6 }), { minLength, maxLength: 60 })
    .map((keys) => keys.sort(compareKeys));

/** How many of the ranges hold each key, and whether they stand in the keys' order. */
function holders(ranges: readonly KeyRange[], keys: readonly string[]): number[][] {
  return keys.map((key) => ranges.flatMap((range, index) => (holdsKey(range, key) ? [index] : [])));
}

function expectEachOnceInOrder(ranges: readonly KeyRange[], keys: readonly string[]): void {
  const held = holders(ranges, keys);
  expect(held.filter((places) => places.length !== 1)).toEqual([]);
  const places = held.flat();
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect([ranges[0]?.after, ranges.at(-1)?.upTo]).toEqual([undefined, undefined]);
}

/** Pieces that adjoin at the given keys. */
function piecesBetween(borders: readonly string[], counts: readonly number[]): WeighedRange[] {
  return [undefined, ...borders].map((after, index) => {
    const upTo = borders[index];
    const range = { ...(after === undefined ? {} : { after }), ...(upTo === undefined ? {} : { upTo }) };
    return { range, objectCount: counts[index % counts.length] ?? 0 };
  });
}

test('evenRanges: every key is in exactly one range, in order, and none holds more than a share and a piece', () => {
  const counts = fc.array(fc.nat(1_000), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(keysOf(1), counts, fc.integer({ min: 1, max: 64 }), (keys, weights, countMax) => {
      const pieces = piecesBetween(
        keys.filter((_key, index) => index % 3 === 1),
        weights,
      );
      const ranges = evenRanges(pieces, countMax);
      expect(ranges.length).toBeLessThanOrEqual(countMax);
      expectEachOnceInOrder(ranges, keys);
      const sizes = ranges.map((range) =>
        pieces
          .filter((piece) => holdsKey(range, piece.range.upTo ?? '\u{10FFFF}\u{10FFFF}'))
          .reduce((sum, { objectCount }) => sum + objectCount, 0),
      );
      const total = pieces.reduce((sum, { objectCount }) => sum + objectCount, 0);
      const heaviest = Math.max(...pieces.map(({ objectCount }) => objectCount));
      expect(Math.max(...sizes)).toBeLessThanOrEqual(total / countMax + heaviest);
    }),
  );
});

test('cutAtKeys: every key is in exactly one piece, in order, and pieces differ by one key at most', () => {
  fc.assert(
    fc.property(keysOf(0), fc.integer({ min: 1, max: 80 }), (keys, countMax) => {
      const pieces = cutAtKeys({}, keys, countMax);
      expectEachOnceInOrder(
        pieces.map(({ range }) => range),
        keys,
      );
      const counts = pieces.map(({ objectCount }) => objectCount);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(keys.length);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }),
  );
});

const padded = (value: number): string => String(value).padStart(9, '0');
const hashed = (value: number): string => ((value * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, '0');

test.each([
  ['running numbers', 100_000, padded, { after: 'run/00009', upTo: 'run/0001' }],
  ['the last ones of running numbers', 100_000, padded, { after: 'run/00009' }],
  ['hashes', 160_000, hashed, { after: 'run/3', upTo: 'run/4' }],
  ['hashes with an ending', 160_000, (value: number) => `${hashed(value)}.bin`, { after: 'run/3', upTo: 'run/4' }],
] as const)('estimateCount: %s are counted within a factor of two', (_name, total, nameOf, range) => {
  const all = Array.from({ length: total }, (_, value) => `run/${nameOf(value)}`).sort(compareKeys);
  const mine = all.filter((key) => holdsKey(range, key));
  const page = mine.slice(0, 1_000);
  const estimate = estimateCount(
    { range, first: page[0] ?? '', last: page.at(-1) ?? '', count: page.length },
    digitsIn(page),
  );
  expect(mine.length).toBeGreaterThan(5_000);
  expect(estimate / mine.length).toBeGreaterThan(0.5);
  expect(estimate / mine.length).toBeLessThan(2);
});

/** A place that can be cut, as S3's listing is: `divide` finds borders, and tells nothing of what lies between them. */
function placeOf(keys: readonly string[]): MemoryPlace {
  const place = new MemoryPlace('memory:from');
  for (const key of keys) place.set(key, key);
  place.splits = true;
  return place;
}

const numbers = (folder: string, count: number): string[] =>
  Array.from({ length: count }, (_, value) => `${folder}/${padded(value)}`);

test.each([
  ['one folder', numbers('a', 900)],
  [
    'nearly everything in one of many folders',
    [...'bcdefghij'].flatMap((name) => numbers(name, name === 'e' ? 900 : 3)),
  ],
])('shareOut: %s is cut into ranges of about as many objects', async (_name, keys) => {
  const place = placeOf(keys);
  // As coarse as a place may be: a range for each folder.
  place.ranges = [...new Set(keys.map((key) => key.slice(0, 1)))].map((folder, index, all) => ({
    ...(index === 0 ? {} : { after: folder }),
    ...(all[index + 1] === undefined ? {} : { upTo: all[index + 1] as string }),
  }));
  const ranges = await shareOut(place, 8, NEVER);
  const counts = ranges.map((range) => keys.filter((key) => holdsKey(range, key)).length);
  expectEachOnceInOrder(ranges, [...keys].sort(compareKeys));
  expect(ranges).toHaveLength(8);
  expect(Math.max(...counts)).toBeLessThan((1.5 * keys.length) / 8);
});

test('shareOut: whatever the keys, each is in exactly one range, in order', async () => {
  await fc.assert(
    fc.asyncProperty(keysOf(0), fc.integer({ min: 1, max: 12 }), async (keys, countMax) => {
      const ranges = await shareOut(placeOf(keys), countMax, NEVER);
      expect(ranges.length).toBeLessThanOrEqual(Math.max(1, Math.min(countMax, keys.length)));
      expectEachOnceInOrder(ranges, keys);
    }),
    { numRuns: 50 },
  );
});

test('shareOut: a few huge objects are shared out one by one', async () => {
  const ranges = await shareOut(placeOf(['a', 'b', 'c']), 8, NEVER);
  expect(ranges).toEqual([{ upTo: 'a' }, { after: 'a', upTo: 'b' }, { after: 'b' }]);
});
