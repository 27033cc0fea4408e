/** Reads an object's bytes, and nothing but the version that was listed. */
import { MigrationError } from '../domain/errors';
import type { ByteSpan, ObjectEntry } from '../ports/object-store';
import { isChanged } from './s3-read';
import type { S3Wire, WireRequest } from './s3-store-wire';

/** A stream that breaks is taken up where it broke, so often in a row without a byte between. */
const RESUMES_MAX = 3;

export interface ReadTarget {
  /** In the bucket. */
  readonly key: string;
  /** For messages. */
  readonly url: string;
}

/** As ObjectSource.read. */
export async function* readObject(
  wire: S3Wire,
  { key, url }: ReadTarget,
  entry: ObjectEntry,
  span: ByteSpan | undefined,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const last = span?.last ?? entry.sizeBytes - 1;
  let next = span?.first ?? 0;
  let resumes = 0;
  do {
    const isWhole = next === 0 && last === entry.sizeBytes - 1;
    const request: WireRequest = {
      method: 'GET',
      key,
      headers: { 'if-match': entry.version, ...(isWhole ? {} : { range: `bytes=${next}-${last}` }) },
      action: 's3:GetObject',
      signal,
    };
    const from = next;
    try {
      const response = await wire.stream(request);
      // A server that knows no conditions would answer with another version.
      if (response.headers.etag !== entry.version) {
        response.destroy();
        throw changed(url, `${entry.version} was listed, ${response.headers.etag ?? 'no ETag'} came`);
      }
      for await (const chunk of wire.bytesOf(response, request)) {
        next += chunk.length;
        if (next > last + 1) throw changed(url, `more than the ${entry.sizeBytes} bytes that were listed came`);
        yield chunk;
      }
      if (next <= last) throw new MigrationError('AwsUnavailable', `${url}: ended after ${next} of ${last + 1} bytes`);
    } catch (error) {
      if (isChanged(error)) throw changed(url, `${entry.version} was listed`, error);
      const isBroken = error instanceof MigrationError && error.code === 'AwsUnavailable';
      resumes = next > from ? 1 : resumes + 1;
      if (!isBroken || resumes > RESUMES_MAX) throw error;
    }
  } while (next <= last);
}

function changed(url: string, how: string, cause?: unknown): MigrationError {
  return new MigrationError('DataChanged', `${url} changed after it was listed: ${how}`, { cause });
}
