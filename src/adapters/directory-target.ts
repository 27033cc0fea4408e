/**
 * Writes objects into a directory. A reader of it finds an object whole or not at all: content is written to a draft,
 * flushed to the disk, read back, and renamed.
 */
import { randomUUID } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { appendFile, lstat, mkdir, open, readFile, rename, rm, rmdir, unlink, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { MigrationError } from '../domain/errors';
import type {
  Checksum,
  CheckedBytes,
  ObjectFacts,
  ObjectTarget,
  ServerSideCopier,
  Upload,
  UploadedPart,
  Written,
} from '../ports/object-store';
import { assertInside, DRAFTS, pathOf } from './directory-keys';
import { DirectorySource } from './directory-store';
import { versionOf } from './directory-walk';
import { fileCodeOf, onFile } from './file-errors';

const CHECK_BYTES = 1_048_576;

export class DirectoryTarget extends DirectorySource implements ObjectTarget {
  /** Bytes go through this process, so that they can be proven. */
  copierFrom(): ServerSideCopier | undefined {
    return undefined;
  }

  async put(key: string, body: CheckedBytes, facts: ObjectFacts, signal: AbortSignal): Promise<Written> {
    const path = await this.placeFor(key);
    if (key.endsWith('/')) return this.makeDirectory(path, body);
    const draft = await this.draft(randomUUID());
    try {
      await onFile('write', path, async () => {
        const file = await open(draft, 'wx+');
        try {
          await file.writeFile(body.bytes);
          await file.datasync();
          await assertArrived(file, path, body.bytes.length, body, signal);
        } finally {
          await file.close();
        }
      });
      return { ...(await this.moveIn(draft, path, facts)), checksum: body.checksum };
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }

  async beginUpload(key: string, facts: ObjectFacts, partBytes: number): Promise<Upload> {
    await this.placeFor(key);
    const id = randomUUID();
    const draft = await this.draft(id);
    await onFile('write', draft, async () => {
      await (await open(draft, 'wx')).close();
      await appendFile(`${draft}.parts`, `${JSON.stringify(facts)}\n`);
    });
    return { key, id, partBytes };
  }

  async uploadedParts(upload: Upload): Promise<readonly UploadedPart[] | undefined> {
    return (await this.noted(upload))?.parts;
  }

  async putPart(upload: Upload, number: number, body: CheckedBytes, signal: AbortSignal): Promise<UploadedPart> {
    const draft = await this.draft(upload.id);
    const part = { number, sizeBytes: body.bytes.length, etag: body.checksum.value, checksum: body.checksum };
    const first = (number - 1) * upload.partBytes;
    await onFile('write', draft, async () => {
      const file = await open(draft, 'r+');
      try {
        for (let at = 0; at < body.bytes.length;)
          at += (await file.write(body.bytes, at, body.bytes.length - at, first + at)).bytesWritten;
        await file.datasync();
        await assertArrived(file, draft, body.bytes.length, body, signal, first);
      } finally {
        await file.close();
      }
      await appendFile(`${draft}.parts`, `${JSON.stringify(part)}\n`);
    });
    return part;
  }

  async completeUpload(
    upload: Upload,
    parts: readonly UploadedPart[],
    checksum: Checksum | undefined,
  ): Promise<Written> {
    const path = await this.placeFor(upload.key);
    const draft = await this.draft(upload.id);
    const facts = (await this.noted(upload))?.facts;
    // Its own first try may have got through while the answer was lost.
    if (facts === undefined) throw new MigrationError('NotFound', `${path}: there is no upload ${upload.id} any more`);
    const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
    await onFile('write', draft, async () => {
      const { size } = await lstat(draft);
      if (size !== sizeBytes)
        throw new MigrationError('DataMismatch', `${path}: ${size} bytes arrived of ${sizeBytes}`);
    });
    const written = await this.moveIn(draft, path, facts);
    await rm(`${draft}.parts`, { force: true });
    // Every part was read back when it was written, and the whole follows from them.
    return checksum === undefined ? written : { ...written, checksum };
  }

  async abortUpload(upload: Upload): Promise<void> {
    const draft = await this.draft(upload.id);
    await onFile('remove', draft, async () => {
      await rm(draft, { force: true });
      await rm(`${draft}.parts`, { force: true });
    });
  }

  async remove(keys: readonly string[], signal: AbortSignal): Promise<readonly { key: string; reason: string }[]> {
    const kept: { key: string; reason: string }[] = [];
    for (const key of keys) {
      signal.throwIfAborted();
      try {
        const path = await this.placeFor(key);
        await (key.endsWith('/') ? rmdir(path) : unlink(path));
      } catch (error) {
        const code = fileCodeOf(error);
        if (code !== 'ENOENT') kept.push({ key, reason: error instanceof Error ? error.message : String(error) });
      }
    }
    return kept;
  }

  override async close(): Promise<void> {
    await rmdir(join(this.url, DRAFTS)).catch(() => undefined);
  }

  /** @throws FileRejected when it lies outside, or cannot be a name. */
  private async placeFor(key: string): Promise<string> {
    const path = pathOf(this.url, key);
    return onFile('write', path, async () => {
      await this.makeRoot();
      await assertInside((await this.realRoot()) ?? this.url, path);
      return path;
    });
  }

  private async makeRoot(): Promise<void> {
    if (this.options.isCreated) await mkdir(this.url, { recursive: true });
  }

  private async makeDirectory(path: string, { bytes, checksum }: CheckedBytes): Promise<Written> {
    if (bytes.length > 0)
      throw new MigrationError(
        'FileRejected',
        `${path}: an object of ${bytes.length} bytes is called like a directory`,
      );
    await onFile('make', path, () => mkdir(path, { recursive: true }));
    return { version: 'directory', checksum };
  }

  private async draft(id: string): Promise<string> {
    const folder = join(this.url, DRAFTS);
    await onFile('make', folder, () => mkdir(folder, { recursive: true, mode: 0o700 }));
    return join(folder, id);
  }

  private async moveIn(draft: string, path: string, facts: ObjectFacts): Promise<Written> {
    return onFile('write', path, async () => {
      const seconds = Number(facts.metadata['mtime']);
      if (Number.isFinite(seconds) && seconds >= 0) await utimes(draft, seconds, seconds);
      await mkdir(dirname(path), { recursive: true });
      await rename(draft, path);
      // Renaming sets the second time, so the version is known only now.
      return { version: versionOf(await lstat(path, { bigint: true })) };
    });
  }

  /** What beginUpload and putPart have written down; undefined: there is no such upload. */
  private async noted(upload: Upload): Promise<{ facts: ObjectFacts; parts: UploadedPart[] } | undefined> {
    const file = `${await this.draft(upload.id)}.parts`;
    try {
      // A line that was cut off by a crash belongs to a part that is not known to be whole.
      const lines = (await readFile(file, 'utf8')).split('\n').slice(0, -1);
      const [facts, ...parts] = lines.map((line) => JSON.parse(line) as unknown);
      const byNumber = new Map((parts as UploadedPart[]).map((part) => [part.number, part]));
      return { facts: facts as ObjectFacts, parts: [...byNumber.values()] };
    } catch (error) {
      if (fileCodeOf(error) === 'ENOENT') return undefined;
      return onFile('read', file, () => Promise.reject(error as Error));
    }
  }
}

/** Reads back what was written. @throws DataMismatch */
async function assertArrived(
  file: FileHandle,
  path: string,
  length: number,
  { checksum, bytes }: CheckedBytes,
  signal: AbortSignal,
  first = 0,
): Promise<void> {
  let crc = 0;
  const piece = Buffer.allocUnsafe(Math.min(CHECK_BYTES, Math.max(1, length)));
  for (let at = 0; at < length;) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(piece, 0, Math.min(piece.length, length - at), first + at);
    if (bytesRead === 0) break;
    crc = crc32(piece.subarray(0, bytesRead), crc);
    at += bytesRead;
  }
  // Of the other kinds the bytes in memory are what the sum was made of.
  const expected = checksum.kind === 'crc32' ? checksum.value : base64Of(crc32(bytes));
  if (base64Of(crc) !== expected)
    throw new MigrationError('DataMismatch', `${path}: other bytes came back than were written (${checksum.kind})`);
}

function base64Of(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc);
  return bytes.toString('base64');
}
