/**
 * A directory as a place for objects: a file is an object, an empty directory one of no bytes whose key ends with `/`.
 * Sparse files are copied as their logical bytes. Links are passed over, or followed inside the directory.
 */
import type { BigIntStats } from 'node:fs';
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { lstat, open, readdir, realpath, stat } from 'node:fs/promises';
import { MigrationError } from '../domain/errors';
import { compareKeys } from '../domain/key-order';
import type {
  ByteSpan,
  FoundObject,
  KeyRange,
  ObjectEntry,
  ObjectFacts,
  ObjectSource,
  PassedOver,
  ReadObject,
} from '../ports/object-store';
import { assertInside, DRAFTS, pathOf } from './directory-keys';
import { entryOf, versionOf, walk } from './directory-walk';
import { fileCodeOf, onFile } from './file-errors';

export interface DirectoryOptions {
  /** Links to files and directories inside the root count as what they lead to. */
  readonly followsLinks: boolean;
  /** A root that is not there is an empty one, made when something is written. */
  readonly isCreated: boolean;
}

const READ_BYTES = 1_048_576;

export class DirectorySource implements ObjectSource {
  constructor(
    readonly url: string,
    protected readonly options: DirectoryOptions,
  ) {}

  async *list(
    range: KeyRange,
    signal: AbortSignal,
    onPassedOver: (passed: PassedOver) => void = () => undefined,
  ): AsyncGenerator<readonly ObjectEntry[]> {
    const root = await this.realRoot();
    if (root !== undefined) yield* walk({ root, range, signal, onPassedOver, followsLinks: this.options.followsLinks });
  }

  /** By the names in the root, and the names below where those are few: nobody counts files for it. */
  async divide(countMax: number, signal: AbortSignal, within?: KeyRange): Promise<readonly KeyRange[]> {
    // A directory is listed faster than its files are read.
    if (within !== undefined) return [within];
    const root = await this.realRoot();
    let names = root === undefined ? [] : await childNames(root, '');
    if (names.length < countMax * 4) {
      signal.throwIfAborted();
      const deeper = await Promise.all(
        names.map(async (name) => (name.endsWith('/') ? childNames(this.url, name) : [name])),
      );
      names = deeper.flat();
    }
    names.sort(compareKeys);
    const count = Math.max(1, Math.min(countMax, names.length));
    const borders = Array.from(
      { length: count - 1 },
      (_, index) => names[Math.floor(((index + 1) * names.length) / count)],
    );
    const ends = [...new Set(borders.filter((border) => border !== undefined))];
    return [...ends, undefined].map((upTo, index) => {
      const after = ends[index - 1];
      return { ...(after === undefined ? {} : { after }), ...(upTo === undefined ? {} : { upTo }) };
    });
  }

  async find(key: string, signal: AbortSignal): Promise<FoundObject | undefined> {
    signal.throwIfAborted();
    const path = pathOf(this.url, key);
    const stats = await this.statsOf(path);
    if (stats === undefined || stats.isDirectory() !== key.endsWith('/')) return undefined;
    if (!stats.isFile() && !stats.isDirectory()) return undefined;
    return { ...entryOf(key, stats), facts: factsOf(stats) };
  }

  async read(entry: ObjectEntry, span: ByteSpan | undefined, signal: AbortSignal): Promise<ReadObject> {
    const path = pathOf(this.url, entry.key);
    if (entry.key.endsWith('/')) {
      if ((await this.find(entry.key, signal)) === undefined) throw changed(path, 'gone');
      return { facts: NO_FACTS, bytes: nothing() };
    }
    await onFile('read', path, async () => this.assertReadable(path));
    const noFollow = this.options.followsLinks ? 0 : constants.O_NOFOLLOW;
    const file = await onFile('open', path, () => open(path, constants.O_RDONLY | noFollow));
    try {
      const stats = await file.stat({ bigint: true });
      if (versionOf(stats) !== entry.version) throw changed(path, 'another version');
      const [first, last] = span === undefined ? [0, entry.sizeBytes - 1] : [span.first, span.last];
      return { facts: factsOf(stats), bytes: readBytes(file, path, { first, last }, entry.version, signal) };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    // Nothing is held open between calls.
  }

  /** Without links; undefined for one that is not there and need not be. @throws NotFound, FileRejected */
  protected async realRoot(): Promise<string | undefined> {
    try {
      const root = await realpath(this.url);
      if (!(await stat(root)).isDirectory()) throw new MigrationError('FileRejected', `${this.url} is not a directory`);
      return root;
    } catch (error) {
      if (this.options.isCreated && fileCodeOf(error) === 'ENOENT') return undefined;
      return onFile('read', this.url, () => Promise.reject(error as Error));
    }
  }

  /** undefined: nothing is there. */
  private async statsOf(path: string): Promise<BigIntStats | undefined> {
    try {
      return await (this.options.followsLinks ? stat : lstat)(path, { bigint: true });
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes(fileCodeOf(error))) return undefined;
      return onFile('look at', path, () => Promise.reject(error as Error));
    }
  }

  /** A directory on the way may have become a link since it was listed. */
  private async assertReadable(path: string): Promise<void> {
    await assertInside((await this.realRoot()) ?? this.url, path);
  }
}

const NO_FACTS: ObjectFacts = { headers: {}, metadata: {}, tags: {} };

/** The time goes along as rclone writes it, so that it can be set again. Unit: seconds, with nanoseconds. */
function factsOf(stats: BigIntStats): ObjectFacts {
  if (stats.isDirectory()) return NO_FACTS;
  const seconds = stats.mtimeNs / 1_000_000_000n;
  const rest = (stats.mtimeNs % 1_000_000_000n).toString().padStart(9, '0');
  return { ...NO_FACTS, metadata: stats.mtimeNs < 0n ? {} : { mtime: `${seconds}.${rest}` } };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

async function* readBytes(
  file: FileHandle,
  path: string,
  { first, last }: ByteSpan,
  version: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    for (let at = first; at <= last;) {
      signal.throwIfAborted();
      const length = Math.min(READ_BYTES, last - at + 1);
      // Its own memory for each piece: whoever gets it may keep it.
      const { bytesRead, buffer } = await onFile('read', path, () =>
        file.read(Buffer.allocUnsafeSlow(length), 0, length, at),
      );
      if (bytesRead === 0) throw changed(path, 'shorter');
      at += bytesRead;
      yield bytesRead === length ? buffer : buffer.subarray(0, bytesRead);
    }
    if (versionOf(await file.stat({ bigint: true })) !== version) throw changed(path, 'written to while it was read');
  } finally {
    await file.close();
  }
}

function changed(path: string, how: string): MigrationError {
  return new MigrationError('DataChanged', `${path} is not the version that was listed any more: ${how}`);
}

/** @param prefix empty, or with its slash. */
async function childNames(root: string, prefix: string): Promise<string[]> {
  try {
    const entries = await readdir(`${root}/${prefix}`, { withFileTypes: true });
    return entries
      .filter(({ name }) => name !== DRAFTS)
      .map((entry) => `${prefix}${entry.name}${entry.isDirectory() ? '/' : ''}`);
  } catch {
    // Whoever lists it will say what is wrong; here it only makes the ranges less even.
    return [prefix];
  }
}
