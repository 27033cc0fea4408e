import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { checksumOf, combineParts, summing } from '../../src/data/checksum';
import { MerkleTree } from '../../src/data/merkle';
import { OBJECT_BYTES_MAX, partBytesFor, PARTS_MAX, partsOf } from '../../src/data/parts';
import { isSampled } from '../../src/data/sample';
import { compareKeys } from '../../src/domain/key-order';
import type { ChecksumKind } from '../../src/ports/object-store';

const MIB = 1_048_576;
const KINDS = ['crc32', 'crc32c', 'crc64nvme'] as const;

// The check values of the catalogue of parametrised CRC algorithms, over the ASCII digits 1 to 9.
test.each<[ChecksumKind, string]>([
  ['crc32', 'cbf43926'],
  ['crc32c', 'e3069283'],
  ['crc64nvme', 'ae8b14860a799888'],
])('checksumOf %s: gives the published check value', (kind, hex) => {
  const { value } = checksumOf(kind, Buffer.from('123456789'));
  expect(Buffer.from(value, 'base64').toString('hex')).toBe(hex);
});

test.each(KINDS)('%s: of parts combined is that of the whole, however it is cut', (kind) => {
  const cuts = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(cuts, (parts) => {
      const sums = parts.map((bytes) => ({ sizeBytes: bytes.length, checksum: checksumOf(kind, bytes) }));
      expect(combineParts(sums)).toEqual(checksumOf(kind, Buffer.concat(parts)));
    }),
  );
});

test.each([...KINDS, 'sha256' as const])('%s: does not depend on the pieces that bytes come in', (kind) => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (pieces) => {
      const sum = summing(kind);
      for (const piece of pieces) sum.add(piece);
      expect(sum.done()).toEqual(checksumOf(kind, Buffer.concat(pieces)));
    }),
  );
});

test('combineParts: large parts combine, too', () => {
  const bytes = randomBytes(3 * MIB + 5);
  const parts = partsOf(bytes.length, MIB).map(({ first, last, sizeBytes }) => ({
    sizeBytes,
    checksum: checksumOf('crc64nvme', bytes.subarray(first, last + 1)),
  }));
  expect(combineParts(parts)).toEqual(checksumOf('crc64nvme', bytes));
});

test('combineParts: what does not combine is not guessed', () => {
  const part = (kind: ChecksumKind): { sizeBytes: number; checksum: ReturnType<typeof checksumOf> } => ({
    sizeBytes: 1,
    checksum: checksumOf(kind, Buffer.from('a')),
  });
  expect(combineParts([])).toBeUndefined();
  expect(combineParts([part('sha256'), part('sha256')])).toBeUndefined();
  expect(combineParts([part('crc32'), part('crc32c')])).toBeUndefined();
});

// The reference tree of Certificate Transparency's own tests: these leaves, these roots.
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

test('MerkleTree: gives the roots that are known of RFC 6962’s reference tree', () => {
  const tree = new MerkleTree();
  const roots = [tree.root()];
  for (const leaf of LEAVES) {
    tree.add(Buffer.from(leaf, 'hex'));
    roots.push(tree.root());
  }
  expect(roots).toEqual(ROOTS);
});

test('MerkleTree: one pass gives what the RFC’s recursion gives', () => {
  const sha = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
  const recursive = (leaves: readonly string[]): Buffer => {
    if (leaves.length === 1) return sha(Buffer.from([0]), Buffer.from(leaves[0] as string));
    let left = 1;
    while (left * 2 < leaves.length) left *= 2;
    return sha(Buffer.from([1]), recursive(leaves.slice(0, left)), recursive(leaves.slice(left)));
  };
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 40 }), (leaves) => {
      const tree = new MerkleTree();
      for (const leaf of leaves) tree.add(leaf);
      expect(tree.root()).toBe(recursive(leaves).toString('hex'));
    }),
  );
});

test('compareKeys: orders as the bytes of UTF-8 do', () => {
  const key = fc.string({ unit: 'binary', maxLength: 6 });
  fc.assert(
    fc.property(key, key, fc.string({ unit: 'binary', maxLength: 3 }), (a, b, prefix) => {
      const expected = Buffer.compare(Buffer.from(prefix + a), Buffer.from(prefix + b));
      expect(Math.sign(compareKeys(prefix + a, prefix + b))).toBe(expected);
    }),
    { numRuns: 1_000 },
  );
  expect(compareKeys('\u{1F600}', '\uFFFD')).toBeGreaterThan(0);
});

test.each([
  [1, 16 * MIB, 16],
  [PARTS_MAX * 16 * MIB, 16 * MIB, 16],
  [PARTS_MAX * 16 * MIB + 1, 16 * MIB, 17],
  [OBJECT_BYTES_MAX, 16 * MIB, 525],
])('partBytesFor: %d bytes in parts of %d want parts of %d MiB', (sizeBytes, wanted, mib) => {
  const partBytes = partBytesFor(sizeBytes, wanted);
  expect(partBytes).toBe(mib * MIB);
  expect(Math.ceil(sizeBytes / partBytes)).toBeLessThanOrEqual(PARTS_MAX);
});

test('partsOf: parts adjoin, cover everything, and none is empty', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 200 }), (sizeBytes, partBytes) => {
      const parts = partsOf(sizeBytes, partBytes);
      expect(parts.map(({ number }) => number)).toEqual(parts.map((_, index) => index + 1));
      expect(parts.flatMap(({ first, last }) => [first, last + 1])).toEqual([
        0,
        ...parts.slice(1).flatMap(({ first }) => [first, first]),
        sizeBytes,
      ]);
      expect(Math.min(...parts.map((part) => part.sizeBytes))).toBeGreaterThan(0);
    }),
  );
});

test('isSampled: takes about the share it was asked for, of keys that are much alike', () => {
  const keys = Array.from({ length: 10_000 }, (_, index) => `features/part-${String(index).padStart(6, '0')}.parquet`);
  const share = (percent: number, seed: number): number => keys.filter((key) => isSampled(key, percent, seed)).length;
  for (const seed of [0, 1, 4_294_967_295]) {
    expect(share(0, seed)).toBe(0);
    expect(share(100, seed)).toBe(keys.length);
    expect(Math.abs(share(10, seed) - 1_000)).toBeLessThan(150);
  }
});
