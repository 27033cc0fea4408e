/** What a copy has proven of one object: one line of JSON in a manifest that is sorted by key. */
import { compareKeys } from '../domain/key-order';
import type { EpochMs } from '../domain/quantity';
import type { Checksum, ChecksumKind, ObjectEntry } from '../ports/object-store';

/**
 * How it is known that source and target hold the same bytes.
 * - `stored`: both places state the same checksum of the whole content.
 * - `streamed`: computed of the source's bytes on their way, and accepted by the target over those that arrived.
 * - `read`: both were read back and compared.
 * - `none`: copied, and nobody was asked.
 */
export const PROOFS = ['stored', 'streamed', 'read', 'none'] as const;
export type Proof = (typeof PROOFS)[number];

export interface ManifestLine {
  readonly key: string;
  readonly sizeBytes: number;
  /** Of the whole content; missing only with proof `none`. */
  readonly checksum?: Checksum;
  /** As the places' listings said them when the proof was made. */
  readonly sourceVersion: string;
  readonly targetVersion: string;
  readonly provenAtMs: EpochMs;
  readonly proof: Proof;
  /** A delete marker, of a data set of all versions: it has no bytes and no checksum. */
  readonly isMarker?: true;
  /** Of what the target holds of an object that was compressed on its way; `sizeBytes` and `checksum` are the source's. */
  readonly storedBytes?: number;
}

const KINDS: readonly string[] = ['crc64nvme', 'crc32c', 'crc32', 'sha256'] satisfies ChecksumKind[];

/** Without a line's end. The short names are what people read in the file; docs/data-command.md describes them. */
export function formatLine(line: ManifestLine): string {
  const { key, sizeBytes, checksum, sourceVersion, targetVersion, provenAtMs, proof, storedBytes, isMarker } = line;
  return JSON.stringify({
    key,
    bytes: sizeBytes,
    ...(storedBytes === undefined ? {} : { stored: storedBytes }),
    ...(isMarker === true ? { marker: true } : {}),
    ...(checksum === undefined ? {} : { [checksum.kind]: checksum.value }),
    source: sourceVersion,
    target: targetVersion,
    at: provenAtMs,
    proof,
  });
}

/** @throws RangeError when it is not what formatLine writes. */
export function parseLine(text: string): ManifestLine {
  const { key, bytes, stored, marker, source, target, at, proof, ...rest } = asObject(text);
  const isWhole =
    typeof key === 'string' &&
    typeof source === 'string' &&
    typeof target === 'string' &&
    isCount(bytes) &&
    (stored === undefined || isCount(stored)) &&
    (marker === undefined || marker === true) &&
    isCount(at);
  if (!isWhole || !PROOFS.includes(proof as Proof))
    throw new RangeError(`not a line of a manifest: ${text.slice(0, 200)}`);
  const stated = Object.entries(rest).find(([kind, value]) => KINDS.includes(kind) && typeof value === 'string');
  return {
    key,
    sizeBytes: bytes,
    ...(stored === undefined ? {} : { storedBytes: stored }),
    ...(marker === undefined ? {} : { isMarker: true }),
    ...(stated === undefined ? {} : { checksum: { kind: stated[0] as ChecksumKind, value: stated[1] as string } }),
    sourceVersion: source,
    targetVersion: target,
    provenAtMs: at as EpochMs,
    proof: proof as Proof,
  };
}

function asObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Told below, with the text.
  }
  throw new RangeError(`not a line of a manifest: ${text.slice(0, 200)}`);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/**
 * What the Merkle tree is built over: content alone, so that the root stays the same while nothing changes, whoever
 * proves it again and when. JSON, so that no key can look like a separator.
 */
export function contentOf(line: ManifestLine): string {
  const { key, sizeBytes, checksum, isMarker } = line;
  if (isMarker === true) return JSON.stringify([key, 'deleted']);
  return JSON.stringify([key, sizeBytes, checksum === undefined ? null : `${checksum.kind}:${checksum.value}`]);
}

/** Whether both sides are still what the line was proven of. */
export function stillHolds(line: ManifestLine, source: ObjectEntry, target: ObjectEntry): boolean {
  return isSource(line, source) && isTarget(line, target);
}

export function isSource(line: ManifestLine, source: ObjectEntry): boolean {
  return line.sourceVersion === source.version && line.sizeBytes === source.sizeBytes;
}

export function isTarget(line: ManifestLine, target: ObjectEntry): boolean {
  return line.targetVersion === target.version && (line.storedBytes ?? line.sizeBytes) === target.sizeBytes;
}

export function byKey(a: { readonly key: string }, b: { readonly key: string }): number {
  return compareKeys(a.key, b.key);
}
