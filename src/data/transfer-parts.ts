/** An object that goes in parts: several at once, and after a stop only those that have not arrived. */
import type { Checksum, FoundObject, ObjectEntry, Upload, UploadedPart } from '../ports/object-store';
import { checksumOf, combineParts } from './checksum';
import type { Copied, CopyWish } from './copied';
import { assertSame, assertVersion, kindForParts, outcomeOf, storedOutcome } from './copied';
import type { Moving } from './moving';
import { attempt, attemptWrite, inMemory, readWhole } from './moving';
import type { Part } from './parts';
import { partBytesFor, partsOf } from './parts';
import { eitherSignal } from './signals';
import type { UploadBook } from './uploads';

export async function copyInParts(moving: Moving, wish: CopyWish): Promise<Copied> {
  const { from, to, signal } = moving;
  const { entry, uploads } = wish;
  const found = await attempt(moving, entry.key, () => from.find(entry.key, signal, entry.versionId));
  assertVersion(from.url, entry, found);
  const kind = moving.copier === undefined ? kindForParts(found.checksum) : found.checksum?.kind;
  try {
    const { upload, arrived } = await openUpload(moving, wish, found, kind);
    const parts = await sendParts(moving, entry, upload, { arrived, uploads, kind });
    const whole = moving.copier === undefined ? combineParts(parts.map(withSum)) : found.checksum;
    if (moving.copier === undefined) assertSame(from.url, entry.key, found.checksum, whole);
    const written = await attemptWrite(moving, entry.key, () => to.completeUpload(upload, parts, whole, signal));
    uploads.end(entry.key);
    return moving.copier === undefined && whole !== undefined
      ? outcomeOf(moving, entry.key, written, whole, found.checksum)
      : storedOutcome(moving, entry.key, written, found.checksum);
  } catch (error) {
    // Stopped, not failed: the next run goes on with what has arrived.
    if (!signal.aborted) await dropUpload(moving, uploads, entry.key);
    throw error;
  }
}

/** Best effort: the first error matters more, and what cannot be aborted stays in the book for the range's end. */
export async function dropUpload(moving: Moving, uploads: UploadBook, key: string): Promise<void> {
  const state = uploads.find(key);
  if (state === undefined) return;
  try {
    await attempt(moving, key, () => moving.to.abortUpload(state.upload, moving.signal));
    uploads.end(key);
  } catch {
    // Stays in the book.
  }
}

interface OpenUpload {
  readonly upload: Upload;
  readonly arrived: readonly UploadedPart[];
}

async function openUpload(
  moving: Moving,
  { entry, uploads }: CopyWish,
  found: FoundObject,
  kind: Checksum['kind'] | undefined,
): Promise<OpenUpload> {
  const { to, signal } = moving;
  const before = uploads.find(entry.key);
  if (before?.sourceVersion === entry.version) {
    const there = await attempt(moving, entry.key, () => to.uploadedParts(before.upload, signal));
    if (there !== undefined) return { upload: before.upload, arrived: reconcile(before.parts, there, kind) };
  } else if (before !== undefined) await dropUpload(moving, uploads, entry.key);
  const partBytes = partBytesFor(entry.sizeBytes, moving.sizes.partBytes);
  const upload = await attempt(moving, entry.key, () =>
    to.beginUpload(entry.key, found.facts, partBytes, kind, signal),
  );
  await uploads.begin(upload, entry.version);
  return { upload, arrived: [] };
}

/**
 * What counts is what the place has; our book adds the checksum where the place does not tell it. A part whose checksum
 * nobody knows is sent again.
 */
function reconcile(
  noted: readonly UploadedPart[],
  there: readonly UploadedPart[],
  kind: Checksum['kind'] | undefined,
): UploadedPart[] {
  return there.flatMap((part) => {
    const ours = noted.find(
      ({ number, etag, sizeBytes }) => number === part.number && etag === part.etag && sizeBytes === part.sizeBytes,
    );
    const checksum = part.checksum ?? ours?.checksum;
    if (kind !== undefined && checksum?.kind !== kind && ours === undefined) return [];
    return [checksum === undefined ? part : { ...part, checksum }];
  });
}

interface Sending {
  readonly arrived: readonly UploadedPart[];
  readonly uploads: UploadBook;
  readonly kind: Checksum['kind'] | undefined;
}

async function sendParts(
  moving: Moving,
  entry: ObjectEntry,
  upload: Upload,
  { arrived, uploads, kind }: Sending,
): Promise<UploadedPart[]> {
  const done = new Map(arrived.map((part) => [part.number, part]));
  const missing = partsOf(entry.sizeBytes, upload.partBytes).filter(
    ({ number, sizeBytes }) => done.get(number)?.sizeBytes !== sizeBytes,
  );
  // The first failure ends its siblings, and they are waited for: an upload must not grow while it is aborted.
  const failed = new AbortController();
  const signal = eitherSignal(moving.signal, failed.signal);
  const sendOne = async (part: Part): Promise<void> => {
    try {
      const sent = await sendPart({ ...moving, signal }, entry, upload, part, kind);
      done.set(part.number, sent);
      uploads.addPart(entry.key, sent);
      moving.onMoved(part.sizeBytes);
    } catch (error) {
      failed.abort(error);
    }
  };
  await inLanes(missing, PARTS_AT_ONCE, sendOne);
  moving.signal.throwIfAborted();
  failed.signal.throwIfAborted();
  return [...done.values()].sort((a, b) => a.number - b.number);
}

/** Of one object; the bound of memory decides how many really are. */
const PARTS_AT_ONCE = 16;

async function inLanes<T>(items: readonly T[], count: number, work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(count, items.length) }, lane));
}

async function sendPart(
  moving: Moving,
  entry: ObjectEntry,
  upload: Upload,
  part: Part,
  kind: Checksum['kind'] | undefined,
): Promise<UploadedPart> {
  const { copier, from, to, signal } = moving;
  signal.throwIfAborted();
  if (copier !== undefined) {
    await moving.bandwidth.pay(part.sizeBytes, signal);
    return attempt(moving, entry.key, () => copier.copyPart(upload, part.number, entry, part, signal));
  }
  return inMemory(moving, part.sizeBytes, () =>
    attempt(moving, entry.key, async () => {
      const { bytes } = await readWhole(from, entry, part, signal, () => undefined);
      const checksum = checksumOf(kind ?? 'crc32', bytes);
      const sent = await to.putPart(upload, part.number, { bytes, checksum }, signal);
      return { ...sent, checksum };
    }),
  );
}

function withSum(part: UploadedPart): { sizeBytes: number; checksum: Checksum } {
  if (part.checksum === undefined) throw new Error(`part ${part.number} has no checksum`);
  return { sizeBytes: part.sizeBytes, checksum: part.checksum };
}
