/** Reads an object's bytes, and nothing but the version that was listed. */
import type http from 'node:http';
import { MigrationError } from '../domain/errors';
import type { ByteSpan, ObjectEntry } from '../ports/object-store';
import { awsCodeOf } from './aws-errors';
import type { S3Wire, WireRequest } from './s3-store-wire';

/** A stream that breaks is taken up where it broke, so often in a row without a byte between. */
const RESUMES_MAX = 3;

/** What is read, and for whom. */
export interface Reading {
  readonly wire: S3Wire;
  /** In the bucket. */
  readonly key: string;
  /** For messages. */
  readonly url: string;
  readonly entry: ObjectEntry;
  readonly span: ByteSpan | undefined;
  readonly signal: AbortSignal;
}

export interface OpenedObject {
  readonly headers: http.IncomingHttpHeaders;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Instead of reading the bytes. */
  discard(): void;
}

/** Resolves with the reply's headers, the bytes still to come. @throws DataChanged. */
export async function openObject(reading: Reading): Promise<OpenedObject> {
  const first = await open(reading, reading.span?.first ?? 0);
  return {
    headers: first.response.headers,
    bytes: bytesFrom(reading, first),
    discard: () => void first.response.destroy(),
  };
}

interface Opened {
  readonly request: WireRequest;
  readonly response: http.IncomingMessage;
}

async function* bytesFrom(reading: Reading, opened: Opened): AsyncGenerator<Uint8Array> {
  const { wire, url, entry, span } = reading;
  const last = span?.last ?? entry.sizeBytes - 1;
  let next = span?.first ?? 0;
  let current = opened;
  for (let failures = 0; ;) {
    const from = next;
    try {
      for await (const chunk of wire.bytesOf(current.response, current.request)) {
        next += chunk.length;
        if (next > last + 1) throw changed(url, `more than the ${entry.sizeBytes} bytes that were listed came`);
        yield chunk;
      }
      if (next > last) return;
      throw new MigrationError('AwsUnavailable', `${url}: ended after ${next} of ${last + 1} bytes`);
    } catch (error) {
      failures = next > from ? 1 : failures + 1;
      const isBroken = error instanceof MigrationError && error.code === 'AwsUnavailable';
      if (!isBroken || failures > RESUMES_MAX) throw error;
    }
    current = await open(reading, next);
  }
}

/** @param first byte to come. */
async function open({ wire, key, url, entry, span, signal }: Reading, first: number): Promise<Opened> {
  const last = span?.last ?? entry.sizeBytes - 1;
  const isWhole = span === undefined && first === 0;
  const request: WireRequest = {
    method: 'GET',
    key,
    ...(entry.versionId === undefined ? {} : { query: [['versionId', entry.versionId]] }),
    headers: {
      'if-match': entry.version,
      ...(isWhole ? { 'x-amz-checksum-mode': 'ENABLED' } : { range: `bytes=${first}-${last}` }),
    },
    call: 's3:GetObject',
    signal,
  };
  try {
    const response = await wire.stream(request);
    // A server that knows no conditions would answer with another version, and one that knows no ranges with all of it.
    const isPart = isWhole || response.statusCode === 206 || (first === 0 && last === entry.sizeBytes - 1);
    if (response.headers.etag === entry.version && isPart) return { request, response };
    response.destroy();
    if (!isPart) throw new MigrationError('AwsRejected', `${url}: the server does not read from byte ${first}`);
    throw changed(url, `${entry.version} was listed, ${response.headers.etag ?? 'no ETag'} came`);
  } catch (error) {
    if (isChanged(error)) throw changed(url, `${entry.version} was listed`, error);
    throw error;
  }
}

function changed(url: string, how: string, cause?: unknown): MigrationError {
  return new MigrationError('DataChanged', `${url} changed after it was listed: ${how}`, { cause });
}

/** The version that was listed is gone. */
export function isChanged(error: unknown): boolean {
  return ['PreconditionFailed', 'NoSuchKey'].includes(awsCodeOf(error) ?? '');
}
