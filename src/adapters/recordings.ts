/** Recordings in S3 or in a directory. They hold what users sent: nobody but their owner reads them. */
import { createReadStream } from 'node:fs';
import { link, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { compareKeys } from '../domain/key-order';
import type { BucketLocation } from '../domain/resources';
import type { RecordedFile, Recordings } from '../ports/recordings';
import { awsCall, awsCodeOf } from './aws-errors';
import { keyAt, listObjects } from './s3-listing';

export class S3Recordings implements Recordings {
  constructor(
    private readonly client: S3Client,
    private readonly location: BucketLocation,
  ) {}

  async write(name: string, content: Uint8Array): Promise<void> {
    const Key = keyAt(this.location, name);
    const command = new PutObjectCommand({
      Bucket: this.location.bucket,
      Key,
      Body: content,
      ContentType: name.endsWith('.gz') ? 'application/gzip' : 'application/x-ndjson',
      IfNoneMatch: '*',
    });
    try {
      await awsCall('s3:PutObject', this.urlOf(Key), (abortSignal) => this.client.send(command, { abortSignal }));
    } catch (error) {
      // Our own first try got through and its reply was lost.
      if (awsCodeOf(error) !== 'PreconditionFailed') throw error;
    }
  }

  async *list(): AsyncGenerator<RecordedFile> {
    for await (const { relativeKey, modifiedAtMs } of listObjects(this.client, this.location)) {
      const key = keyAt(this.location, relativeKey);
      yield {
        name: this.urlOf(key),
        ...(modifiedAtMs === undefined ? {} : { modifiedAtMs }),
        open: () => this.read(key),
      };
    }
  }

  private async *read(key: string): AsyncGenerator<Uint8Array> {
    const command = new GetObjectCommand({ Bucket: this.location.bucket, Key: key });
    const { Body } = await awsCall('s3:GetObject', this.urlOf(key), (abortSignal) =>
      this.client.send(command, { abortSignal }),
    );
    if (Body !== undefined) yield* Body as Readable as AsyncIterable<Uint8Array>;
  }

  private urlOf(key: string): string {
    return `s3://${this.location.bucket}/${key}`;
  }
}

const OWNER_ONLY = { directory: 0o700, file: 0o600 } as const;

/** A directory, with all below it; or one file, which can only be read. */
export class LocalRecordings implements Recordings {
  constructor(private readonly path: string) {}

  async write(name: string, content: Uint8Array): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: OWNER_ONLY.directory });
    const [file, draft] = [join(this.path, name), join(this.path, `.${name}.draft`)];
    await writeFile(draft, content, { mode: OWNER_ONLY.file });
    try {
      // A reader finds it whole or not at all, and a link replaces nothing.
      await link(draft, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      await rm(draft, { force: true });
    }
  }

  async *list(): AsyncGenerator<RecordedFile> {
    if (!(await stat(this.path)).isDirectory()) {
      yield { name: this.path, open: () => createReadStream(this.path) };
      return;
    }
    const entries = await readdir(this.path, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    for (const file of files.sort(compareKeys))
      yield { name: file.slice(join(this.path, '/').length), open: () => createReadStream(file) };
  }
}
