/** A place in memory that keeps every version, as a bucket with versioning does. */
import { checksumOf } from '../../src/data/checksum';
import { compareKeys } from '../../src/domain/key-order';
import { MigrationError } from '../../src/domain/errors';
import { epochMs } from '../../src/domain/quantity';
import type {
  CheckedBytes,
  FoundObject,
  KeyRange,
  ObjectEntry,
  ObjectFacts,
  ReadObject,
  Written,
} from '../../src/ports/object-store';
import type { KeyHistory, VersionedTarget, VersionEntry } from '../../src/ports/object-versions';
import { MemoryPlace, NO_FACTS } from './memory-place';

interface Kept {
  readonly entry: VersionEntry;
  readonly bytes: Buffer;
  readonly facts: ObjectFacts;
}

export class VersionedPlace extends MemoryPlace implements VersionedTarget {
  readonly kept = new Map<string, Kept[]>();
  keepsVersions = true;
  /** What goes wrong once a write has taken effect. */
  afterWrite: (key: string) => void = () => undefined;
  private ids = 0;

  /** @param content undefined: a delete marker. */
  add(key: string, content: string | undefined, facts = NO_FACTS): VersionEntry {
    const bytes = Buffer.from(content ?? '');
    const isMarker = content === undefined;
    const entry: VersionEntry = {
      key,
      versionId: `${this.url}-${(this.ids += 1)}`,
      isMarker,
      // Alike for like content, as ETags are.
      version: isMarker ? '' : `"${checksumOf('crc32', bytes).value}"`,
      sizeBytes: bytes.length,
      modifiedAtMs: epochMs(this.ids),
    };
    this.kept.set(key, [...(this.kept.get(key) ?? []), { entry, bytes, facts }]);
    return entry;
  }

  /** Oldest first; undefined stands for a delete marker. */
  story(key: string): (string | undefined)[] {
    return (this.kept.get(key) ?? []).map(({ entry, bytes }) => (entry.isMarker ? undefined : bytes.toString()));
  }

  async *histories({ after, upTo }: KeyRange): AsyncGenerator<readonly KeyHistory[]> {
    for (const key of [...this.kept.keys()].sort(compareKeys)) {
      const isInside =
        (after === undefined || compareKeys(key, after) > 0) && (upTo === undefined || compareKeys(key, upTo) <= 0);
      const found = isInside ? await this.history(key) : undefined;
      if (found !== undefined) yield [found];
    }
  }

  async history(key: string): Promise<KeyHistory | undefined> {
    const versions = (this.kept.get(key) ?? []).map(({ entry }) => entry);
    return versions.length === 0 ? undefined : { key, versions, isOrderUnknown: false };
  }

  async assertKeepsVersions(): Promise<void> {
    if (!this.keepsVersions) throw new MigrationError('ConfigInvalid', `${this.url} keeps no versions`);
  }

  async putMarker(key: string): Promise<string> {
    this.calls.push(['put', key]);
    const { versionId } = this.add(key, undefined);
    this.afterWrite(key);
    return versionId;
  }

  override async put(key: string, { bytes, checksum }: CheckedBytes, facts: ObjectFacts): Promise<Written> {
    this.calls.push(['put', key]);
    await this.trouble('put', key);
    const { version, versionId } = this.add(key, Buffer.from(bytes).toString(), facts);
    this.afterWrite(key);
    return { version, versionId, checksum };
  }

  override async find(key: string, _signal?: AbortSignal, versionId?: string): Promise<FoundObject | undefined> {
    const found = this.kept.get(key)?.find(({ entry }) => entry.versionId === versionId);
    if (found === undefined) return undefined;
    return { ...found.entry, facts: found.facts, checksum: checksumOf('crc32', found.bytes) };
  }

  override async read({ key, versionId }: ObjectEntry): Promise<ReadObject> {
    await this.trouble('read', key);
    const found = this.kept.get(key)?.find(({ entry }) => entry.versionId === versionId);
    if (found === undefined) throw new MigrationError('NotFound', key);
    async function* whole(bytes: Buffer): AsyncGenerator<Uint8Array> {
      yield bytes;
    }
    return { facts: found.facts, bytes: whole(found.bytes), checksum: checksumOf('crc32', found.bytes) };
  }
}
