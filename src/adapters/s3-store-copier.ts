/** Copies inside S3, without the bytes passing through here, of exactly the version that was listed. */
import { MigrationError } from '../domain/errors';
import type {
  ByteSpan,
  ObjectEntry,
  ObjectLock,
  ServerSideCopier,
  Upload,
  UploadedPart,
  Written,
} from '../ports/object-store';
import { copySource } from './s3-listing';
import { isChanged } from './s3-store-read';
import type { WriteDefaults } from './s3-store-facts';
import { checksumIn, defaultHeaders, versionFrom } from './s3-store-facts';
import type { S3Locks } from './s3-store-lock';
import { escapeForS3 } from './s3-store-sign';
import type { S3Wire, WireReply } from './s3-store-wire';
import { textOf } from './s3-store-xml';

/** What CopyObject takes. */
const SINGLE_BYTES_MAX = 5 * 1024 ** 3;
/** One request copies at S3's own speed, and says nothing meanwhile. */
const COPY_DEADLINE_MS = 10 * 60_000;

export interface CopyPlaces {
  readonly fromBucket: string;
  /** Keys in the buckets of keys in the places. */
  readonly fromKey: (key: string) => string;
  readonly toKey: (key: string) => string;
  readonly fromUrl: (key: string) => string;
  readonly defaults: WriteDefaults;
  /** Of the target. */
  readonly locks: S3Locks;
}

export class S3Copier implements ServerSideCopier {
  readonly singleBytesMax = SINGLE_BYTES_MAX;

  constructor(
    private readonly wire: S3Wire,
    private readonly places: CopyPlaces,
  ) {}

  /** No kind of checksum is asked for: S3 then keeps the source's, so that both sides state the same. */
  async copy(entry: ObjectEntry, signal: AbortSignal, lock?: ObjectLock): Promise<Written> {
    const { places } = this;
    const headers = {
      ...this.sourceHeaders(entry),
      'x-amz-metadata-directive': 'COPY',
      ...defaultHeaders(places.defaults, entry.storageClass),
      ...(await places.locks.headersFor(entry.key, lock, signal)),
    };
    const reply = await this.put(entry, { key: places.toKey(entry.key), headers }, signal);
    const checksum = checksumIn(reply.text);
    const version = this.etagIn(reply.text, entry);
    return { version, ...(checksum === undefined ? {} : { checksum }), ...versionFrom(reply.headers) };
  }

  async copyPart(
    upload: Upload,
    number: number,
    entry: ObjectEntry,
    span: ByteSpan,
    signal: AbortSignal,
  ): Promise<UploadedPart> {
    const headers = {
      ...this.sourceHeaders(entry),
      'x-amz-copy-source-range': `bytes=${span.first}-${span.last}`,
    };
    const query = [
      ['partNumber', String(number)],
      ['uploadId', upload.id],
    ] as const;
    const { text } = await this.put(entry, { key: this.places.toKey(upload.key), headers, query }, signal);
    const checksum = checksumIn(text);
    return {
      number,
      sizeBytes: span.last - span.first + 1,
      etag: this.etagIn(text, entry),
      ...(checksum === undefined ? {} : { checksum }),
    };
  }

  private async put(
    entry: ObjectEntry,
    request: Pick<Parameters<S3Wire['send']>[0], 'key' | 'headers' | 'query'>,
    signal: AbortSignal,
  ): Promise<WireReply> {
    try {
      return await this.wire.send({
        ...request,
        method: 'PUT',
        call: request.query === undefined ? 's3:CopyObject' : 's3:UploadPartCopy',
        deadlineMs: COPY_DEADLINE_MS,
        signal,
      });
    } catch (error) {
      if (!isChanged(error)) throw error;
      const url = this.places.fromUrl(entry.key);
      throw new MigrationError('DataChanged', `${url} changed after it was listed: ${entry.version} was listed`, {
        cause: error,
      });
    }
  }

  private sourceHeaders(entry: ObjectEntry): Record<string, string> {
    const { fromBucket, fromKey } = this.places;
    const ofVersion = entry.versionId === undefined ? '' : `?versionId=${escapeForS3(entry.versionId)}`;
    return {
      'x-amz-copy-source': `/${copySource(fromBucket, fromKey(entry.key))}${ofVersion}`,
      'x-amz-copy-source-if-match': entry.version,
    };
  }

  private etagIn(text: string, entry: ObjectEntry): string {
    const etag = textOf(text, 'ETag');
    if (etag === undefined)
      throw new MigrationError('AwsUnavailable', `${this.places.fromUrl(entry.key)}: copied, but no ETag came`);
    return etag;
  }
}
