/** Reads of single objects: what describes them, and what is in them. */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { HeadObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { MigrationError } from '../domain/errors';
import type { BucketLocation } from '../domain/resources';
import { awsCall, awsCodeOf } from './aws-errors';
import { missingAsUndefined } from './found';
import type { S3Object } from './s3-listing';
import { keyAt } from './s3-listing';

const ALIVE_EVERY_BYTES = 64 * 1024 ** 2;

/** @returns undefined: no such object. */
export async function headObject(
  client: S3Client,
  at: BucketLocation,
  relativeKey: string,
  signal: AbortSignal,
): Promise<HeadObjectCommandOutput | undefined> {
  const Key = keyAt(at, relativeKey);
  const command = new HeadObjectCommand({ Bucket: at.bucket, Key });
  return missingAsUndefined(
    awsCall('s3:GetObject', `s3://${at.bucket}/${Key}`, (abortSignal) => client.send(command, { abortSignal }), {
      signal,
    }),
  );
}

export interface ReadOptions {
  readonly signal: AbortSignal;
  /** Called now and then while one large object takes its time. */
  readonly onAlive: () => void;
}

/** Reads one object whole. @returns SHA-256, hex. @throws DataChanged when it is not the listed version any more. */
export async function hashObject(
  client: S3Client,
  at: BucketLocation,
  object: S3Object,
  options: ReadOptions,
): Promise<string> {
  const Key = keyAt(at, object.relativeKey);
  const resource = `s3://${at.bucket}/${Key}`;
  const read = async (abortSignal: AbortSignal): Promise<string> => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: at.bucket, Key, IfMatch: object.etag }), {
      abortSignal,
    });
    const hash = createHash('sha256');
    let sizeBytes = 0;
    if (Body !== undefined) {
      const stream = Body as Readable;
      abortSignal.addEventListener('abort', () => stream.destroy(), { once: true });
      for await (const chunk of stream) {
        hash.update(chunk as Buffer);
        const beforeBytes = sizeBytes;
        sizeBytes += (chunk as Buffer).length;
        if (Math.floor(sizeBytes / ALIVE_EVERY_BYTES) > Math.floor(beforeBytes / ALIVE_EVERY_BYTES)) options.onAlive();
      }
    }
    if (sizeBytes !== object.sizeBytes)
      throw new MigrationError('AwsUnavailable', `${resource}: ${sizeBytes} of ${object.sizeBytes} bytes came`);
    return hash.digest('hex');
  };
  try {
    // No deadline: a large object takes as long as it takes; the client ends a connection that falls silent.
    return await awsCall('s3:GetObject', resource, read, { signal: options.signal, deadlineMs: 0 });
  } catch (error) {
    if (isChanged(error)) throw changed(at, object.relativeKey, error);
    throw error;
  }
}

/** The version that was listed is gone. */
export function isChanged(error: unknown): boolean {
  return ['PreconditionFailed', 'NoSuchKey'].includes(awsCodeOf(error) ?? '');
}

export function changed(at: BucketLocation, relativeKey: string, cause?: unknown): MigrationError {
  return new MigrationError('DataChanged', `s3://${at.bucket}/${keyAt(at, relativeKey)} changed after it was listed`, {
    cause,
  });
}
