/** An object that is compressed on its way: small ones in one piece, others as a stream that is cut into parts. */
import { pipeline } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Checksum, ObjectEntry, Upload, UploadedPart, Written } from '../ports/object-store';
import { checksumOf, combineParts, DEFAULT_KIND, summing } from './checksum';
import type { Original } from './compression';
import { compressedFacts, gzipped, hasCoding } from './compression';
import type { Copied, CopyWish } from './copied';
import { assertSame, assertVersion, outcomeOf } from './copied';
import type { Moving } from './moving';
import { attempt, attemptWrite, inMemory, readWhole } from './moving';
import { partBytesFor } from './parts';
import { sumOf } from './prove';
import { dropUpload } from './transfer-parts';

/** @returns undefined when it is not worth it, or is compressed already: nothing was written. */
export function copyCompressed(moving: Moving, wish: CopyWish): Promise<Copied | undefined> {
  const { entry } = wish;
  if (entry.sizeBytes > moving.sizes.wholeBytesMax) return copyStream(moving, wish);
  // Both forms of it are held.
  return inMemory(moving, 2 * entry.sizeBytes, () => attemptWrite(moving, entry.key, () => copyWhole(moving, entry)));
}

async function copyWhole(moving: Moving, entry: ObjectEntry): Promise<Copied | undefined> {
  const { from, to, signal } = moving;
  const { bytes, read } = await readWhole(from, entry, undefined, signal, () => undefined);
  if (hasCoding(read.facts)) return undefined;
  const original = { sizeBytes: bytes.length, checksum: checksumOf(read.checksum?.kind ?? DEFAULT_KIND, bytes) };
  assertSame(from.url, entry.key, read.checksum, original.checksum);
  const packed = await gzipped(bytes);
  if (packed === undefined) return undefined;
  const body = { bytes: packed, checksum: checksumOf(DEFAULT_KIND, packed) };
  const written = await to.put(entry.key, body, compressedFacts(read.facts, original), signal);
  moving.onMoved(packed.length);
  return outcome(moving, entry, original, { written, checksum: body.checksum, storedBytes: packed.length });
}

async function copyStream(moving: Moving, wish: CopyWish): Promise<Copied | undefined> {
  const { from, signal } = moving;
  const { entry } = wish;
  const found = await attempt(moving, entry.key, () => from.find(entry.key, signal, entry.versionId));
  assertVersion(from.url, entry, found);
  if (hasCoding(found.facts)) return undefined;
  // It stands in the metadata, which goes before the bytes.
  const checksum = found.checksum ?? (await sumOf(moving, from, entry, DEFAULT_KIND));
  const original = { sizeBytes: entry.sizeBytes, checksum };
  const partBytes = partBytesFor(entry.sizeBytes, moving.sizes.partBytes);
  const giveBack = await moving.memory.take(2 * partBytes, signal);
  try {
    const sending = new Sending(moving, wish, partBytes, () => compressedFacts(found.facts, original));
    const stored = await sending.run(original);
    return stored && outcome(moving, entry, original, stored);
  } catch (error) {
    // A stream of this kind does not go on in the middle.
    if (!signal.aborted) await dropUpload(moving, wish.uploads, entry.key);
    throw error;
  } finally {
    giveBack();
  }
}

interface Stored {
  readonly written: Written;
  /** Of the compressed bytes. */
  readonly checksum: Checksum;
  readonly storedBytes: number;
}

function outcome(moving: Moving, entry: ObjectEntry, original: Original, stored: Stored): Copied {
  const { written, checksum, storedBytes } = stored;
  const { targetStated: _, ...copied } = outcomeOf(moving, entry.key, written, checksum, undefined);
  return { ...copied, checksum: original.checksum, storedBytes };
}

/** What gzip hands out at once. Unit: bytes. */
const CHUNK_BYTES = 262_144;

class Sending {
  private readonly parts: UploadedPart[] = [];
  private upload: Upload | undefined;
  private readBytes = 0;
  private storedBytes = 0;

  constructor(
    private readonly moving: Moving,
    private readonly wish: CopyWish,
    private readonly partBytes: number,
    private readonly facts: () => ReturnType<typeof compressedFacts>,
  ) {}

  /** @returns undefined when it does not become smaller. */
  async run(original: Original): Promise<Stored | undefined> {
    const { moving, wish, partBytes } = this;
    const { entry } = wish;
    const sum = summing(original.checksum.kind);
    const packed = createGzip({ chunkSize: CHUNK_BYTES });
    // Its error comes out of the iteration.
    pipeline(
      this.source((chunk) => sum.add(chunk)),
      packed,
      () => undefined,
    );
    let [rest, restBytes]: [Buffer[], number] = [[], 0];
    for await (const chunk of packed as AsyncIterable<Buffer>) {
      rest.push(chunk);
      restBytes += chunk.length;
      if (restBytes < partBytes) continue;
      if (this.storedBytes + restBytes >= this.readBytes) return this.giveUp();
      const whole = Buffer.concat(rest);
      await this.send(whole.subarray(0, partBytes));
      [rest, restBytes] = [[whole.subarray(partBytes)], restBytes - partBytes];
    }
    assertSame(moving.from.url, entry.key, original.checksum, sum.done());
    if (this.storedBytes + restBytes >= original.sizeBytes) return this.giveUp();
    return this.end(Buffer.concat(rest));
  }

  private async *source(onChunk: (chunk: Uint8Array) => void): AsyncGenerator<Uint8Array> {
    const { from, bandwidth, signal } = this.moving;
    const { entry } = this.wish;
    const { bytes } = await attempt(this.moving, entry.key, () => from.read(entry, undefined, signal));
    for await (const chunk of bytes) {
      await bandwidth.pay(chunk.length, signal);
      onChunk(chunk);
      this.readBytes += chunk.length;
      yield chunk;
    }
  }

  private async send(bytes: Buffer): Promise<void> {
    const { moving, wish } = this;
    const { to, signal } = moving;
    const { key, version } = wish.entry;
    if (this.upload === undefined) {
      await dropUpload(moving, wish.uploads, key);
      this.upload = await attempt(moving, key, () =>
        to.beginUpload(key, this.facts(), this.partBytes, DEFAULT_KIND, signal),
      );
      await wish.uploads.begin(this.upload, version);
    }
    const upload = this.upload;
    const body = { bytes, checksum: checksumOf(DEFAULT_KIND, bytes) };
    const sent = await attempt(moving, key, () => to.putPart(upload, this.parts.length + 1, body, signal));
    this.parts.push({ ...sent, checksum: body.checksum });
    this.storedBytes += bytes.length;
    moving.onMoved(bytes.length);
  }

  private async end(rest: Buffer): Promise<Stored> {
    const { moving, wish } = this;
    const { to, signal } = moving;
    const { key } = wish.entry;
    if (this.upload === undefined) {
      const body = { bytes: rest, checksum: checksumOf(DEFAULT_KIND, rest) };
      const written = await attemptWrite(moving, key, () => to.put(key, body, this.facts(), signal));
      moving.onMoved(rest.length);
      return { written, checksum: body.checksum, storedBytes: rest.length };
    }
    if (rest.length > 0) await this.send(rest);
    const upload = this.upload;
    const checksum = combineParts(this.parts.map((part) => ({ ...part, checksum: part.checksum as Checksum })));
    if (checksum === undefined) throw new Error(`parts of ${DEFAULT_KIND} do not combine`);
    const written = await attemptWrite(moving, key, () => to.completeUpload(upload, this.parts, checksum, signal));
    wish.uploads.end(key);
    return { written, checksum, storedBytes: this.storedBytes };
  }

  private async giveUp(): Promise<undefined> {
    if (this.upload !== undefined) await dropUpload(this.moving, this.wish.uploads, this.wish.entry.key);
    return undefined;
  }
}
