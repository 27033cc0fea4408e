/** A copy's state below an `s3://` address: one object a document or file of lines. Who may read it, the bucket's policy says. */
import type { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { DeleteObjectsCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { MigrationError } from '../domain/errors';
import type { BucketLocation } from '../domain/resources';
import type { ManifestStore } from '../ports/manifest-store';
import { awsCall } from './aws-errors';
import { undefinedFor } from './found';
import { keyAt, keysFrom, locationOf } from './s3-listing';

const DOCUMENT = { ending: '.json', type: 'application/json' } as const;
const LINES = { ending: '.jsonl', type: 'application/x-ndjson' } as const;
/** As many as DeleteObjects takes. */
const REMOVED_AT_ONCE = 1_000;

export class S3ManifestStore implements ManifestStore {
  private readonly location: BucketLocation;

  constructor(
    private readonly client: S3Client,
    url: string,
  ) {
    this.location = locationOf(url);
  }

  async readDocument(name: string): Promise<unknown> {
    const key = this.keyOf(name + DOCUMENT.ending);
    const text = await undefinedFor(
      awsCall('s3:GetObject', this.urlOf(key), async (abortSignal) => {
        const { Body } = await this.client.send(this.get(key), { abortSignal });
        return (await Body?.transformToString('utf8')) ?? '';
      }),
      'NoSuchKey',
    );
    if (text === undefined) return undefined;
    try {
      return JSON.parse(text) as unknown;
    } catch (cause) {
      throw new MigrationError('AwsRejected', `${this.urlOf(key)} is not JSON: ${(cause as Error).message}`, { cause });
    }
  }

  writeDocument(name: string, value: object): Promise<void> {
    return this.write(name, DOCUMENT, `${JSON.stringify(value)}\n`);
  }

  writeLines(name: string, lines: readonly string[]): Promise<void> {
    return this.write(name, LINES, lines.map((line) => `${line}\n`).join(''));
  }

  async *readLines(name: string): AsyncGenerator<readonly string[]> {
    const key = this.keyOf(name + LINES.ending);
    const { Body } = await awsCall('s3:GetObject', this.urlOf(key), (abortSignal) =>
      this.client.send(this.get(key), { abortSignal }),
    );
    let rest = '';
    const stream = (Body as Readable | undefined)?.setEncoding('utf8') ?? [];
    for await (const chunk of stream) {
      const lines = (rest + (chunk as string)).split('\n');
      rest = lines.pop() ?? '';
      yield lines;
    }
    if (rest !== '') throw new MigrationError('AwsRejected', `${this.urlOf(key)}: its last line is cut off`);
  }

  async removeAll(prefix: string): Promise<void> {
    const keys = await keysFrom(this.client, this.location.bucket, this.keyOf(prefix));
    for (let from = 0; from < keys.length; from += REMOVED_AT_ONCE)
      await this.remove(keys.slice(from, from + REMOVED_AT_ONCE));
  }

  /** A ledger's bucket may be one where nobody deletes: what is old is in nobody's way, so there it stays. */
  private async remove(keys: readonly string[]): Promise<void> {
    const { bucket } = this.location;
    const command = new DeleteObjectsCommand({
      Bucket: bucket,
      Delete: { Objects: keys.map((Key) => ({ Key })), Quiet: true },
    });
    const url = this.urlOf(keys[0] ?? '');
    const reply = await undefinedFor(
      awsCall('s3:DeleteObject', url, (abortSignal) => this.client.send(command, { abortSignal })),
      'AccessDenied',
    );
    const first = reply?.Errors?.find(({ Code = '' }) => !['AccessDenied', 'NoSuchKey'].includes(Code));
    if (first === undefined) return;
    const { Key = '', Code, Message } = first;
    throw new MigrationError('AwsUnavailable', `s3:DeleteObject on ${this.urlOf(Key)}: ${Code} ${Message}`);
  }

  private async write(name: string, { ending, type }: { ending: string; type: string }, Body: string): Promise<void> {
    const Key = this.keyOf(name + ending);
    const command = new PutObjectCommand({ Bucket: this.location.bucket, Key, Body, ContentType: type });
    await awsCall('s3:PutObject', this.urlOf(Key), (abortSignal) => this.client.send(command, { abortSignal }));
  }

  private get(Key: string): GetObjectCommand {
    return new GetObjectCommand({ Bucket: this.location.bucket, Key });
  }

  private keyOf(name: string): string {
    return keyAt(this.location, name);
  }

  private urlOf(key: string): string {
    return `s3://${this.location.bucket}/${key}`;
  }
}
