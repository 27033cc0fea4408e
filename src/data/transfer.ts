/** One version of one object, from the source to the target. */
import type { ObjectEntry, ServerSideCopier } from '../ports/object-store';
import { checksumOf, DEFAULT_KIND } from './checksum';
import type { Copied, CopyWish } from './copied';
import { assertSame, assertVersion, outcomeOf, storedOutcome } from './copied';
import type { Moving } from './moving';
import { attempt, attemptWrite, inMemory, readWhole } from './moving';
import { copyInParts } from './transfer-parts';

/** @throws DataChanged, NotFound, DataMismatch (what arrived, or what the source says of itself, is something else). */
export async function copyObject(moving: Moving, wish: CopyWish): Promise<Copied> {
  const { entry } = wish;
  const { copier, sizes } = moving;
  if (copier !== undefined && entry.sizeBytes <= copier.singleBytesMax) return copyOnServer(moving, copier, wish);
  if (copier === undefined && entry.sizeBytes <= sizes.wholeBytesMax)
    return inMemory(moving, entry.sizeBytes, () => attemptWrite(moving, entry.key, () => copyWhole(moving, entry)));
  return copyInParts(moving, wish);
}

async function copyWhole(moving: Moving, entry: ObjectEntry): Promise<Copied> {
  const { from, to, signal } = moving;
  const { bytes, read } = await readWhole(from, entry, undefined, signal, () => undefined);
  const kind = read.checksum?.kind ?? DEFAULT_KIND;
  const checksum = checksumOf(kind, bytes);
  assertSame(from.url, entry.key, read.checksum, checksum);
  const written = await to.put(entry.key, { bytes, checksum }, read.facts, signal);
  moving.onMoved(entry.sizeBytes);
  return outcomeOf(moving, entry.key, written, checksum, read.checksum);
}

async function copyOnServer(moving: Moving, copier: ServerSideCopier, wish: CopyWish): Promise<Copied> {
  const { entry } = wish;
  const isLookedAt = wish.isProven || moving.keepsLocks;
  const { from, bandwidth, signal } = moving;
  await bandwidth.pay(entry.sizeBytes, signal);
  const found = isLookedAt
    ? await attempt(moving, entry.key, () => from.find(entry.key, signal, entry.versionId))
    : undefined;
  if (isLookedAt) assertVersion(from.url, entry, found);
  const written = await attemptWrite(moving, entry.key, () => copier.copy(entry, signal, found?.facts.lock));
  moving.onMoved(entry.sizeBytes);
  return storedOutcome(moving, entry.key, written, found?.checksum);
}
