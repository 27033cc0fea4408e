/**
 * Copies one object inside S3, without the bytes passing through here.
 *
 * A copy carries the ETag of the source version that it was made from (MARKER). Equal marker and equal size mean that
 * nothing is to be done: the copy's own ETag differs with encryption and part size, and reading both sides to find out
 * costs more than copying again.
 */
import type { HeadObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import type { BucketLocation } from '../domain/resources';
import { awsCall } from './aws-errors';
import { mapOrdered } from './ordered';
import type { Pair, S3Object } from './s3-listing';
import { copySource, keyAt } from './s3-listing';
import type { ReadOptions } from './s3-read';
import { changed, headObject, isChanged } from './s3-read';

export const MARKER = 'crossfade-source-etag';

/** Largest object that is copied in one request. CopyObject would take 5 GiB, but gives no sign of life meanwhile. */
const SINGLE_COPY_BYTES_MAX = 256 * 1024 ** 2;
const PART_BYTES = 128 * 1024 ** 2;
const PARTS_MAX = 10_000;
const PARTS_AT_ONCE = 4;
/** One request copies at S3's own speed; a part of 5 TiB / 10,000 is the largest. */
const COPY_DEADLINE_MS = 5 * 60_000;

export interface CopySizes {
  readonly singleBytesMax: number;
  readonly partBytes: number;
}

export const COPY_SIZES: CopySizes = { singleBytesMax: SINGLE_COPY_BYTES_MAX, partBytes: PART_BYTES };

export interface CopyOptions extends ReadOptions {
  readonly sizes: CopySizes;
}

export interface Sides {
  readonly from: BucketLocation;
  readonly to: BucketLocation;
}

/** @returns whether the target already holds this version of the source. */
export async function isCopied(
  client: S3Client,
  sides: Sides,
  { source, target }: Pair,
  signal: AbortSignal,
): Promise<boolean> {
  if (target === undefined || target.sizeBytes !== source.sizeBytes) return false;
  const head = await headObject(client, sides.to, source.relativeKey, signal);
  return head?.Metadata?.[MARKER] === markerOf(source);
}

/** @throws DataChanged when the source is no longer the version that was listed. */
export async function copyObject(
  client: S3Client,
  sides: Sides,
  source: S3Object,
  options: CopyOptions,
): Promise<void> {
  const { signal, sizes } = options;
  const head = await headObject(client, sides.from, source.relativeKey, signal);
  if (head === undefined || head.ETag !== source.etag) throw changed(sides.from, source.relativeKey);
  const request = {
    Bucket: sides.to.bucket,
    Key: keyAt(sides.to, source.relativeKey),
    CopySource: copySource(sides.from.bucket, keyAt(sides.from, source.relativeKey)),
    CopySourceIfMatch: source.etag,
  };
  try {
    if (source.sizeBytes > sizes.singleBytesMax) await copyInParts(client, request, head, source, options);
    else {
      const command = new CopyObjectCommand({ ...request, ...describedAs(head, source), MetadataDirective: 'REPLACE' });
      await awsCall('s3:PutObject', urlOf(request), (abortSignal) => client.send(command, { abortSignal }), {
        signal,
        deadlineMs: COPY_DEADLINE_MS,
      });
    }
  } catch (error) {
    if (isChanged(error)) throw changed(sides.from, source.relativeKey, error);
    throw error;
  }
}

interface CopyRequest {
  readonly Bucket: string;
  readonly Key: string;
  readonly CopySource: string;
  readonly CopySourceIfMatch: string;
}

async function copyInParts(
  client: S3Client,
  request: CopyRequest,
  head: HeadObjectCommandOutput,
  source: S3Object,
  { signal, sizes, onAlive }: CopyOptions,
): Promise<void> {
  const at = { Bucket: request.Bucket, Key: request.Key };
  const resource = urlOf(request);
  const { UploadId } = await awsCall(
    's3:PutObject',
    resource,
    (abortSignal) =>
      client.send(new CreateMultipartUploadCommand({ ...at, ...describedAs(head, source) }), { abortSignal }),
    { signal },
  );
  try {
    const copyPart = async (part: Part): Promise<{ PartNumber: number; ETag: string | undefined }> => {
      const command = new UploadPartCopyCommand({
        ...request,
        UploadId,
        PartNumber: part.number,
        CopySourceRange: `bytes=${part.first}-${part.last}`,
      });
      const reply = await awsCall('s3:PutObject', resource, (abortSignal) => client.send(command, { abortSignal }), {
        signal,
        deadlineMs: COPY_DEADLINE_MS,
      });
      onAlive();
      return { PartNumber: part.number, ETag: reply.CopyPartResult?.ETag };
    };
    const Parts = [];
    for await (const part of mapOrdered(asAsync(partsOf(source.sizeBytes, sizes.partBytes)), PARTS_AT_ONCE, copyPart))
      Parts.push(part);
    const complete = new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts } });
    await awsCall('s3:PutObject', resource, (abortSignal) => client.send(complete, { abortSignal }), {
      signal,
      deadlineMs: COPY_DEADLINE_MS,
    });
  } catch (error) {
    // Best effort: the bucket's lifecycle removes what this cannot, and the first error matters more.
    await client.send(new AbortMultipartUploadCommand({ ...at, UploadId })).catch(() => undefined);
    throw error;
  }
}

interface Part {
  readonly number: number;
  /** Both ends are included. */
  readonly first: number;
  readonly last: number;
}

/** Parts of equal size, the last one shorter; larger than asked for where 10,000 would not do. */
export function partsOf(sizeBytes: number, partBytes: number): Part[] {
  const stepBytes = Math.max(partBytes, Math.ceil(sizeBytes / PARTS_MAX));
  const count = Math.ceil(sizeBytes / stepBytes);
  return Array.from({ length: count }, (_, index) => ({
    number: index + 1,
    first: index * stepBytes,
    last: Math.min((index + 1) * stepBytes, sizeBytes) - 1,
  }));
}

async function* asAsync<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

/** Without quotes, which not every store keeps in metadata. */
function markerOf(source: S3Object): string {
  return source.etag.replace(/"/g, '');
}

/** What users of the object see beside its bytes, and our marker. */
function describedAs(head: HeadObjectCommandOutput, source: S3Object): object {
  const { ContentType, ContentEncoding, ContentLanguage, ContentDisposition, CacheControl, ExpiresString } = head;
  const expires = ExpiresString === undefined ? undefined : new Date(ExpiresString);
  return {
    ContentType,
    ContentEncoding,
    ContentLanguage,
    ContentDisposition,
    CacheControl,
    ...(expires === undefined || Number.isNaN(expires.getTime()) ? {} : { Expires: expires }),
    Metadata: { ...head.Metadata, [MARKER]: markerOf(source) },
  };
}

function urlOf(request: CopyRequest): string {
  return `s3://${request.Bucket}/${request.Key}`;
}
