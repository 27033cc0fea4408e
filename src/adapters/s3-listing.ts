/** Lists objects below a prefix. */
import type { S3Client } from '@aws-sdk/client-s3';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { MigrationError } from '../domain/errors';
import type { BucketLocation } from '../domain/resources';
import { parseS3Url } from '../domain/resources';
import { awsCall } from './aws-errors';

export interface S3Object {
  /** Below the location's prefix. */
  readonly relativeKey: string;
  readonly sizeBytes: number;
  /** With its quotes. Names this version of the object; it is not a hash of the content. */
  readonly etag: string;
  /** Milliseconds since 1970. */
  readonly modifiedAtMs?: number;
}

/** @throws AwsRejected when the text is no S3 URL: the spec was checked, so this is for callers without one. */
export function locationOf(url: string): BucketLocation {
  const location = parseS3Url(url);
  if (location === undefined) throw new MigrationError('AwsRejected', `${url} is not s3://bucket[/prefix]`);
  return location;
}

export function keyAt(location: BucketLocation, relativeKey: string): string {
  return location.prefix === '' ? relativeKey : `${location.prefix}/${relativeKey}`;
}

/** The `x-amz-copy-source` header: the SDK sends it as it is, so every byte outside the safe ones is escaped here. */
export function copySource(bucket: string, key: string): string {
  return `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
}

/** Keys are asked for URL-encoded, because XML cannot carry every character that a key may have. */
export function decodeListedKey(encoded: string): string {
  return decodeURIComponent(encoded.replace(/\+/g, ' '));
}

/** Every object below the location, in S3's order, page by page. */
export async function* listObjects(
  client: S3Client,
  location: BucketLocation,
  signal?: AbortSignal,
): AsyncGenerator<S3Object> {
  const prefix = keyAt(location, '');
  let ContinuationToken: string | undefined;
  do {
    const command = new ListObjectsV2Command({
      Bucket: location.bucket,
      Prefix: prefix,
      EncodingType: 'url',
      ContinuationToken,
    });
    const page = await awsCall(
      's3:ListBucket',
      `s3://${location.bucket}/${prefix}`,
      (abortSignal) => client.send(command, { abortSignal }),
      {
        ...(signal === undefined ? {} : { signal }),
      },
    );
    const isEncoded = page.EncodingType === 'url';
    for (const { Key = '', Size = 0, ETag = '', LastModified } of page.Contents ?? []) {
      const key = isEncoded ? decodeListedKey(Key) : Key;
      // The prefix itself can be an object, a "folder" made by a console: it has no name below the prefix.
      if (key === prefix) continue;
      yield {
        relativeKey: key.slice(prefix.length),
        sizeBytes: Size,
        etag: ETag,
        ...(LastModified === undefined ? {} : { modifiedAtMs: LastModified.getTime() }),
      };
    }
    ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (ContinuationToken !== undefined);
}

/** Every key of the bucket that begins so, in S3's order. */
export async function keysFrom(client: S3Client, bucket: string, start: string): Promise<string[]> {
  const keys: string[] = [];
  let ContinuationToken: string | undefined;
  do {
    const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: start, EncodingType: 'url', ContinuationToken });
    const page = await awsCall('s3:ListBucket', `s3://${bucket}/${start}`, (abortSignal) =>
      client.send(command, { abortSignal }),
    );
    const isEncoded = page.EncodingType === 'url';
    for (const { Key = '' } of page.Contents ?? []) keys.push(isEncoded ? decodeListedKey(Key) : Key);
    ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (ContinuationToken !== undefined);
  return keys;
}
