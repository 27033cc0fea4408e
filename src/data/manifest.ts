/** The proven state of a data set: an index document over files of sorted lines, with the root of their Merkle tree. */
import { MigrationError } from '../domain/errors';
import { compareKeys } from '../domain/key-order';
import type { EpochMs } from '../domain/quantity';
import type { ManifestStore } from '../ports/manifest-store';
import type { KeyRange } from '../ports/object-store';
import type { RangeCheckpoint } from './checkpoint';
import { holdsKey } from './key-range';
import type { ManifestLine, Proof } from './manifest-line';
import { contentOf, parseLine } from './manifest-line';
import { MerkleTree } from './merkle';
import { fileName } from './spool';

export const MANIFEST_VERSION = 1;

/** One file of lines. */
export interface Segment {
  readonly name: string;
  readonly first: string;
  readonly last: string;
  readonly count: number;
}

export interface Manifest {
  readonly version: typeof MANIFEST_VERSION;
  readonly run: string;
  readonly from: string;
  readonly to: string;
  readonly finishedAtMs: EpochMs;
  /** RFC 6962, hex, over key, size and checksum of every line in the order of the keys. */
  readonly root: string;
  readonly count: number;
  readonly bytes: number;
  /** Lines whose proof is `none`. */
  readonly unproven: number;
  /** Lines by their proof. Missing in manifests of an earlier version. */
  readonly proofs?: Readonly<Record<Proof, number>>;
  readonly segments: readonly Segment[];
  /** A line for every version, oldest first; missing: for the newest of every key. */
  readonly versions?: 'all';
}

/** Lines of a range, in pages. */
export type ManifestReader = (range: KeyRange) => AsyncIterable<readonly ManifestLine[]>;

export const NO_MANIFEST: ManifestReader = async function* () {};

export function readerOf(store: ManifestStore, manifest: Manifest): ManifestReader {
  return async function* (range) {
    for (const { name, first, last } of manifest.segments) {
      if (range.after !== undefined && compareKeys(last, range.after) <= 0) continue;
      if (range.upTo !== undefined && compareKeys(first, range.upTo) > 0) return;
      for await (const texts of store.readLines(name))
        yield texts.map(parseLine).filter(({ key }) => holdsKey(range, key));
    }
  };
}

/** Of a document that was kept; undefined for none. @throws DataChanged when it is of another form. */
export function asManifest(document: unknown): Manifest | undefined {
  if (document === undefined) return undefined;
  const { version } = (document ?? {}) as { version?: unknown };
  if (version !== MANIFEST_VERSION)
    throw new MigrationError(
      'AwsRejected',
      `the manifest is of version ${String(version)}; this is version ${MANIFEST_VERSION}`,
    );
  return document as Manifest;
}

export type Summed = Pick<Manifest, 'root' | 'count' | 'bytes' | 'unproven' | 'segments'> &
  Required<Pick<Manifest, 'proofs'>>;

/**
 * One pass over the files of all ranges, in the order of their keys.
 * @param nameOf of a range's lines, by its index.
 * @param isOfVersions a key may have several lines.
 */
export async function sumUp(
  store: ManifestStore,
  ranges: readonly RangeCheckpoint[],
  nameOf: (range: number) => string,
  isOfVersions = false,
): Promise<Summed> {
  const tree = new MerkleTree();
  const segments: Segment[] = [];
  const proofs: Record<Proof, number> = { stored: 0, streamed: 0, read: 0, none: 0 };
  let [bytes, last]: [number, string | undefined] = [0, undefined];
  for (const [index, { lineFiles }] of ranges.entries()) {
    for (let file = 0; file < lineFiles; file += 1) {
      const name = fileName(nameOf(index), file);
      let [first, count]: [string | undefined, number] = [undefined, 0];
      for await (const texts of store.readLines(name)) {
        for (const text of texts) {
          const line = parseLine(text);
          const order = last === undefined ? -1 : compareKeys(last, line.key);
          if (order > 0 || (order === 0 && !isOfVersions)) throw new Error(`manifest: ${line.key} after ${last}`);
          tree.add(contentOf(line));
          first ??= line.key;
          last = line.key;
          count += 1;
          bytes += line.sizeBytes;
          proofs[line.proof] += 1;
        }
      }
      if (first !== undefined && last !== undefined) segments.push({ name, first, last, count });
    }
  }
  return { root: tree.root(), count: tree.leafCount, bytes, unproven: proofs.none, proofs, segments };
}
