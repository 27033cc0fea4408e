/** The ledger's objects in S3: written once, because every write says "only if nothing is there". */
import type { S3Client } from '@aws-sdk/client-s3';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { compareKeys } from '../domain/key-order';
import type { BucketLocation } from '../domain/resources';
import type { LedgerStore, OpenLedger } from '../ports/ledger';
import { awsCall, awsCodeOf } from './aws-errors';
import { undefinedFor } from './found';
import { keyAt, keysFrom, locationOf } from './s3-listing';

export function createOpenLedger(client: S3Client): OpenLedger {
  return (url) => new S3Ledger(client, locationOf(url));
}

/** Keys are relative to the ledger's URL. */
class S3Ledger implements LedgerStore {
  constructor(
    private readonly client: S3Client,
    private readonly location: BucketLocation,
  ) {}

  async putIfAbsent(key: string, body: string, contentType = 'application/json'): Promise<'written' | 'exists'> {
    const Key = keyAt(this.location, key);
    const command = new PutObjectCommand({
      Bucket: this.location.bucket,
      Key,
      Body: body,
      ContentType: contentType,
      IfNoneMatch: '*',
    });
    try {
      await awsCall('s3:PutObject', this.urlOf(Key), (abortSignal) => this.client.send(command, { abortSignal }));
      return 'written';
    } catch (error) {
      // Also when our own first try got through and its reply was lost: the caller compares what is there.
      if (awsCodeOf(error) === 'PreconditionFailed') return 'exists';
      throw error;
    }
  }

  async get(key: string): Promise<string | undefined> {
    const Key = keyAt(this.location, key);
    const read = async (abortSignal: AbortSignal): Promise<string> => {
      const { Body } = await this.client.send(new GetObjectCommand({ Bucket: this.location.bucket, Key }), {
        abortSignal,
      });
      return (await Body?.transformToString('utf8')) ?? '';
    };
    return undefinedFor(awsCall('s3:GetObject', this.urlOf(Key), read), 'NoSuchKey');
  }

  async list(prefix: string): Promise<string[]> {
    const base = keyAt(this.location, '');
    const keys = await keysFrom(this.client, this.location.bucket, base + prefix);
    return keys.map((key) => key.slice(base.length)).sort(compareKeys);
  }

  private urlOf(key: string): string {
    return `s3://${this.location.bucket}/${key}`;
  }
}
