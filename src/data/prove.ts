/** Whether two objects of one key hold the same bytes, by their places' own words or by reading. */
import type { Checksum, ChecksumKind, FoundObject, ObjectEntry, ObjectSource } from '../ports/object-store';
import { agree, combineParts, DEFAULT_KIND, showChecksum, summing } from './checksum';
import { originalOf, unpacked } from './compression';
import { assertSame, assertVersion } from './copied';
import type { Proof } from './manifest-line';
import type { Moving } from './moving';
import { attempt } from './moving';
import type { Part } from './parts';
import { partsOf } from './parts';

export interface Pair {
  readonly source: ObjectEntry;
  readonly target: ObjectEntry;
}

export type Comparison =
  | { readonly isSame: true; readonly proof: Proof; readonly checksum: Checksum; readonly storedBytes?: number }
  /** What each side holds: a checksum, or a size. */
  | { readonly isSame: false; readonly source: string; readonly target: string };

/** What the places say themselves; undefined where they say nothing. */
export interface Stated {
  readonly source: Checksum | undefined;
  readonly target: Checksum | undefined;
}

/** Asks both places, and reads only where they do not say enough. @throws DataChanged, NotFound, DataMismatch */
export async function compare(moving: Moving, pair: Pair, readBack: boolean): Promise<Comparison> {
  const [source, target] = await Promise.all([
    foundAt(moving, moving.from, pair.source),
    foundAt(moving, moving.to, pair.target),
  ]);
  const isPacked = originalOf(target.facts) !== undefined && originalOf(source.facts) === undefined;
  if (isPacked) return comparePacked(moving, pair, source.checksum, readBack);
  if (source.sizeBytes !== target.sizeBytes)
    return { isSame: false, source: `${source.sizeBytes} bytes`, target: `${target.sizeBytes} bytes` };
  return compareStated(moving, pair, { source: source.checksum, target: target.checksum }, readBack);
}

async function foundAt(moving: Moving, place: ObjectSource, entry: ObjectEntry): Promise<FoundObject> {
  const found = await attempt(moving, entry.key, () => place.find(entry.key, moving.signal, entry.versionId));
  assertVersion(place.url, entry, found);
  return found;
}

/** The target's bytes are read and unpacked: what its metadata says of the original is nobody's proof. */
export async function comparePacked(
  moving: Moving,
  { source, target }: Pair,
  stated: Checksum | undefined,
  readBack: boolean,
): Promise<Comparison> {
  const kind = stated?.kind ?? DEFAULT_KIND;
  const [ours, theirs] = await Promise.all([
    stated !== undefined && !readBack ? stated : sumOf(moving, moving.from, source, kind),
    unpackedSum(moving, target, kind),
  ]);
  assertSame(moving.from.url, source.key, stated, ours);
  if (agree(ours, theirs) === true)
    return { isSame: true, proof: 'read', checksum: ours, storedBytes: target.sizeBytes };
  return { isSame: false, source: showChecksum(ours), target: theirs ? showChecksum(theirs) : 'broken gzip' };
}

/** @returns undefined when it is not gzip, or not whole. */
async function unpackedSum(moving: Moving, entry: ObjectEntry, kind: ChecksumKind): Promise<Checksum | undefined> {
  await moving.bandwidth.pay(entry.sizeBytes, moving.signal);
  return attempt(moving, entry.key, async () => {
    const sum = summing(kind);
    const { bytes } = await moving.to.read(entry, undefined, moving.signal);
    const isWhole = await unpacked(bytes, (chunk) => sum.add(chunk));
    return isWhole ? sum.done() : undefined;
  });
}

/**
 * - Both state one kind: that decides, unless `readBack` wants their bytes.
 * - One states something: the other one is read for it.
 * - Neither does, or `readBack`: both are read.
 */
export async function compareStated(
  moving: Moving,
  { source, target }: Pair,
  stated: Stated,
  readBack: boolean,
): Promise<Comparison> {
  if (!readBack && agree(stated.source, stated.target) !== undefined)
    return resultOf('stored', stated.source as Checksum, stated.target as Checksum);
  const kind = stated.target?.kind ?? stated.source?.kind ?? DEFAULT_KIND;
  const sum = async (place: ObjectSource, entry: ObjectEntry, said: Checksum | undefined): Promise<Checksum> => {
    if (!readBack && said?.kind === kind) return said;
    const computed = await sumOf(moving, place, entry, kind);
    assertSame(place.url, entry.key, said, computed);
    return computed;
  };
  const sums = await Promise.all([sum(moving.from, source, stated.source), sum(moving.to, target, stated.target)]);
  return resultOf('read', ...sums);
}

function resultOf(proof: Proof, source: Checksum, target: Checksum): Comparison {
  return agree(source, target) === true
    ? { isSame: true, proof, checksum: source }
    : { isSame: false, source: showChecksum(source), target: showChecksum(target) };
}

/** Unit: bytes. */
const SPAN_BYTES = 16 * 1_048_576;
const SPANS_AT_ONCE = 4;

/** Nothing of it is held but the piece that has just come; a large object is read at several places at once. */
export async function sumOf(
  moving: Moving,
  place: ObjectSource,
  entry: ObjectEntry,
  kind: ChecksumKind,
): Promise<Checksum> {
  const isOne = entry.sizeBytes <= SPAN_BYTES || kind === 'sha256';
  if (isOne) return sumOfSpan(moving, place, entry, undefined, kind);
  const parts = partsOf(entry.sizeBytes, SPAN_BYTES);
  const sums: Checksum[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let part = parts[next++]; part !== undefined; part = parts[next++])
      sums[part.number - 1] = await sumOfSpan(moving, place, entry, part, kind);
  };
  await Promise.all(Array.from({ length: SPANS_AT_ONCE }, lane));
  const whole = combineParts(
    parts.map(({ number, sizeBytes }) => ({ sizeBytes, checksum: sums[number - 1] as Checksum })),
  );
  if (whole === undefined) throw new Error(`parts of ${kind} do not combine`);
  return whole;
}

async function sumOfSpan(
  moving: Moving,
  place: ObjectSource,
  entry: ObjectEntry,
  span: Part | undefined,
  kind: ChecksumKind,
): Promise<Checksum> {
  await moving.bandwidth.pay(span?.sizeBytes ?? entry.sizeBytes, moving.signal);
  return attempt(moving, entry.key, async () => {
    const sum = summing(kind);
    const { bytes } = await place.read(entry, span, moving.signal);
    for await (const chunk of bytes) sum.add(chunk);
    return sum.done();
  });
}
