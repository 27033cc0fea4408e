/** A place for objects in memory that can be in trouble: the port as S3 behaves, with versions and upload parts. */
import { MigrationError } from '../../src/domain/errors';
import { compareKeys } from '../../src/domain/key-order';
import { epochMs } from '../../src/domain/quantity';
import { checksumOf } from '../../src/data/checksum';
import type {
  ByteSpan,
  CheckedBytes,
  Checksum,
  FoundObject,
  KeyRange,
  ObjectEntry,
  ObjectFacts,
  ObjectTarget,
  ReadObject,
  ServerSideCopier,
  Upload,
  UploadedPart,
  Written,
} from '../../src/ports/object-store';

interface Held {
  bytes: Uint8Array;
  version: string;
  facts: ObjectFacts;
  checksum: Checksum | undefined;
}

export const NO_FACTS: ObjectFacts = { headers: {}, metadata: {}, tags: {} };

type Call = 'list' | 'find' | 'read' | 'put' | 'beginUpload' | 'putPart' | 'completeUpload' | 'copy';

export class MemoryPlace implements ObjectTarget {
  readonly objects = new Map<string, Held>();
  readonly uploads = new Map<
    string,
    { upload: Upload; facts: ObjectFacts; parts: Map<number, { part: UploadedPart; bytes: Uint8Array }> }
  >();
  readonly calls: [Call, string][] = [];
  /** Called before every call; throws what shall go wrong. */
  trouble: (call: Call, key: string) => void | Promise<void> = () => undefined;
  /** Whether it states checksums of what it holds. */
  states = true;
  /** What it does to the bytes of a put before it keeps them, and says nothing. */
  spoil: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes;
  ranges: KeyRange[] = [{}];
  /** Whether a range that is being worked on can be cut. */
  splits = false;
  isClosed = false;
  private versions = 0;

  constructor(readonly url: string) {}

  set(key: string, content: string | Uint8Array): void {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    this.versions += 1;
    this.objects.set(key, {
      bytes,
      version: `"v${this.versions}"`,
      facts: NO_FACTS,
      checksum: checksumOf('crc32', bytes),
    });
  }

  contents(): Record<string, string> {
    return Object.fromEntries([...this.objects].map(([key, { bytes }]) => [key, Buffer.from(bytes).toString()]));
  }

  count(call: Call): number {
    return this.calls.filter(([name]) => name === call).length;
  }

  async *list({ after, upTo }: KeyRange, signal: AbortSignal): AsyncGenerator<readonly ObjectEntry[]> {
    const keys = [...this.objects.keys()].sort(compareKeys);
    const mine = keys.filter(
      (key) =>
        (after === undefined || compareKeys(key, after) > 0) && (upTo === undefined || compareKeys(key, upTo) <= 0),
    );
    for (let at = 0; at < mine.length; at += 3) {
      signal.throwIfAborted();
      await this.before('list', mine[at] as string);
      yield mine.slice(at, at + 3).flatMap((key) => this.entry(key) ?? []);
    }
  }

  async divide(countMax: number, _signal?: AbortSignal, within?: KeyRange): Promise<readonly KeyRange[]> {
    if (within === undefined) return this.ranges;
    const { after, upTo } = within;
    const isInside = (key: string): boolean =>
      (after === undefined || compareKeys(key, after) > 0) && (upTo === undefined || compareKeys(key, upTo) <= 0);
    const keys = [...this.objects.keys()].sort(compareKeys).filter(isInside);
    if (!this.splits || keys.length <= countMax) return [within];
    const borders = Array.from(
      { length: countMax - 1 },
      (_, at) => keys[Math.floor((keys.length * (at + 1)) / countMax)],
    );
    return [after, ...borders].map((from, at) => {
      const to = borders[at] ?? upTo;
      return { ...(from === undefined ? {} : { after: from }), ...(to === undefined ? {} : { upTo: to }) };
    });
  }

  async find(key: string): Promise<FoundObject | undefined> {
    await this.before('find', key);
    const [held, entry] = [this.objects.get(key), this.entry(key)];
    if (held === undefined || entry === undefined) return undefined;
    return { ...entry, facts: held.facts, ...(this.states && held.checksum && { checksum: held.checksum }) };
  }

  async read(entry: ObjectEntry, span: ByteSpan | undefined): Promise<ReadObject> {
    const held = this.objects.get(entry.key);
    await this.before('read', entry.key);
    if (held === undefined) throw new MigrationError('NotFound', entry.key);
    if (held.version !== entry.version) throw new MigrationError('DataChanged', entry.key);
    const bytes = span === undefined ? held.bytes : held.bytes.subarray(span.first, span.last + 1);
    const stated = this.states && span === undefined && held.checksum;
    return { facts: held.facts, bytes: inTwo(bytes), ...(stated ? { checksum: stated } : {}) };
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  copierFrom(): ServerSideCopier | undefined {
    return undefined;
  }

  async put(key: string, { bytes, checksum }: CheckedBytes, facts: ObjectFacts): Promise<Written> {
    await this.before('put', key);
    return this.keep(key, this.spoil(bytes), checksum, facts);
  }

  async beginUpload(key: string, facts: ObjectFacts, partBytes: number): Promise<Upload> {
    await this.before('beginUpload', key);
    const upload = { key, id: `upload-${this.uploads.size + 1}`, partBytes };
    this.uploads.set(upload.id, { upload, facts, parts: new Map() });
    return upload;
  }

  async uploadedParts({ id }: Upload): Promise<readonly UploadedPart[] | undefined> {
    const found = this.uploads.get(id);
    return found && [...found.parts.values()].map(({ part }) => part);
  }

  async putPart({ id, key }: Upload, number: number, { bytes, checksum }: CheckedBytes): Promise<UploadedPart> {
    await this.before('putPart', `${key}#${number}`);
    const part = { number, sizeBytes: bytes.length, etag: `"${id}-${number}"`, checksum };
    this.uploads.get(id)?.parts.set(number, { part, bytes: Buffer.from(bytes) });
    return part;
  }

  async completeUpload(
    { id, key }: Upload,
    _parts: readonly UploadedPart[],
    checksum: Checksum | undefined,
  ): Promise<Written> {
    await this.before('completeUpload', key);
    const found = this.uploads.get(id);
    if (found === undefined) throw new MigrationError('NotFound', id);
    this.uploads.delete(id);
    const parts = [...found.parts.values()].sort((a, b) => a.part.number - b.part.number);
    return this.keep(key, Buffer.concat(parts.map(({ bytes }) => bytes)), checksum, found.facts);
  }

  async abortUpload({ id }: Upload): Promise<void> {
    this.uploads.delete(id);
  }

  async remove(keys: readonly string[]): Promise<readonly { key: string; reason: string }[]> {
    for (const key of keys) this.objects.delete(key);
    return [];
  }

  private keep(key: string, bytes: Uint8Array, checksum: Checksum | undefined, facts: ObjectFacts): Written {
    this.set(key, Buffer.from(bytes));
    const held = this.objects.get(key) as Held;
    held.facts = facts;
    if (!this.states) return { version: held.version };
    held.checksum = checksumOf(checksum?.kind ?? 'crc32', bytes);
    return { version: held.version, checksum: held.checksum };
  }

  private entry(key: string): ObjectEntry | undefined {
    const held = this.objects.get(key);
    return held && { key, sizeBytes: held.bytes.length, version: held.version, modifiedAtMs: epochMs(0) };
  }

  private async before(call: Call, key: string): Promise<void> {
    this.calls.push([call, key]);
    await this.trouble(call, key);
  }
}

async function* inTwo(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const middle = bytes.length >> 1;
  if (middle > 0) yield bytes.subarray(0, middle);
  yield bytes.subarray(middle);
}
