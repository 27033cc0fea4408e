/**
 * Compression on the way, for formats where it pays. Such an object lies at the target as gzip with
 * `Content-Encoding: gzip`; the size and the checksum of what it was stand in its metadata, and in the manifest.
 */
import { pipeline } from 'node:stream';
import { promisify } from 'node:util';
import { createGunzip, gzip } from 'node:zlib';
import picomatch from 'picomatch';
import type { Checksum, ChecksumKind, ObjectFacts } from '../ports/object-store';
import { showChecksum } from './checksum';

const CODING = 'gzip';
const ENCODING = 'content-encoding';
const BYTES = 'crossfade-original-bytes';
const CHECKSUM = 'crossfade-original-checksum';

/** What an object was before it was compressed. */
export interface Original {
  readonly sizeBytes: number;
  readonly checksum: Checksum;
}

type Matcher = (key: string) => boolean;
const matchers = new WeakMap<readonly string[], Matcher>();

/** @param globs as of a shell; one without a slash is held against the last part of the key. */
export function isChosen(key: string, globs: readonly string[] | undefined): boolean {
  if (globs === undefined) return false;
  const matcher = matchers.get(globs) ?? matcherOf(globs);
  matchers.set(globs, matcher);
  return matcher(key);
}

function matcherOf(globs: readonly string[]): Matcher {
  const each = globs.map((glob) => picomatch(glob, { dot: true, basename: !glob.includes('/') }));
  return (key) => each.some((matches) => matches(key));
}

/** What has a coding already, also one of ours, stays as it is. */
export function hasCoding({ headers }: ObjectFacts): boolean {
  return headers[ENCODING] !== undefined;
}

export function compressedFacts(facts: ObjectFacts, { sizeBytes, checksum }: Original): ObjectFacts {
  return {
    ...facts,
    headers: { ...facts.headers, [ENCODING]: CODING },
    metadata: { ...facts.metadata, [BYTES]: String(sizeBytes), [CHECKSUM]: showChecksum(checksum) },
  };
}

/** undefined: it was not compressed by us. */
export function originalOf({ headers, metadata }: ObjectFacts): Original | undefined {
  const sizeBytes = Number(metadata[BYTES]);
  const stated = /^(crc64nvme|crc32c|crc32|sha256):(\S+)$/.exec(metadata[CHECKSUM] ?? '');
  if (headers[ENCODING] !== CODING || !Number.isSafeInteger(sizeBytes) || stated === null) return undefined;
  return { sizeBytes, checksum: { kind: stated[1] as ChecksumKind, value: stated[2] as string } };
}

const compress = promisify(gzip);

/** @returns undefined when it would not be smaller. */
export async function gzipped(bytes: Uint8Array): Promise<Buffer | undefined> {
  const packed = await compress(bytes);
  return packed.length < bytes.length ? packed : undefined;
}

/** @returns false when it is no gzip, or not whole. @throws what the reading of the bytes throws. */
export async function unpacked(
  bytes: AsyncIterable<Uint8Array>,
  onChunk: (chunk: Uint8Array) => void,
): Promise<boolean> {
  const unpack = createGunzip();
  // Its error comes out of the iteration.
  pipeline(bytes, unpack, () => undefined);
  try {
    for await (const chunk of unpack as AsyncIterable<Uint8Array>) onChunk(chunk);
    return true;
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (typeof code === 'string' && code.startsWith('Z_')) return false;
    throw error;
  }
}
