/** Lists objects below a prefix, and joins two such lists. */
import type { S3Client } from '@aws-sdk/client-s3';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { MigrationError } from '../domain/errors';
import { compareKeys } from '../domain/key-order';
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

export interface Pair {
  readonly source: S3Object;
  /** undefined: the target has no object of this name. */
  readonly target: S3Object | undefined;
}

/** Every object of the source with its counterpart; what only the target has is passed over. Holds one page a side. */
export async function* joinObjects(
  source: AsyncIterable<S3Object>,
  target: AsyncIterable<S3Object>,
): AsyncGenerator<Pair> {
  const candidates = sorted(target)[Symbol.asyncIterator]();
  let candidate = await candidates.next();
  for await (const object of sorted(source)) {
    while (!candidate.done && compareKeys(candidate.value.relativeKey, object.relativeKey) < 0)
      candidate = await candidates.next();
    const matches = !candidate.done && candidate.value.relativeKey === object.relativeKey;
    yield { source: object, target: matches ? (candidate.value as S3Object) : undefined };
  }
}

/** Every object that only the target has. Holds one page a side. */
export async function* extraObjects(
  source: AsyncIterable<S3Object>,
  target: AsyncIterable<S3Object>,
): AsyncGenerator<S3Object> {
  // The same join with the sides changed: what the "target" of it lacks is what only this one has.
  for await (const pair of joinObjects(target, source)) if (pair.target === undefined) yield pair.source;
}

/** A join of unsorted lists would call objects missing that are there. */
async function* sorted(objects: AsyncIterable<S3Object>): AsyncGenerator<S3Object> {
  let before: string | undefined;
  for await (const object of objects) {
    if (before !== undefined && compareKeys(before, object.relativeKey) >= 0) {
      throw new MigrationError(
        'AwsRejected',
        `the listing is not sorted: '${object.relativeKey}' came after '${before}' (a directory bucket?)`,
      );
    }
    before = object.relativeKey;
    yield object;
  }
}
