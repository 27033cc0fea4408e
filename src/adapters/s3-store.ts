/**
 * A prefix of a bucket as a place that holds objects. What comes once an object or oftener goes over a wire of our own
 * (s3-store-wire.ts), which takes a fraction of the SDK's processor time (docs/decisions/0014); the rest goes through the
 * SDK.
 */
import type http from 'node:http';
import type {
  ByteSpan,
  CheckedBytes,
  Checksum,
  ChecksumKind,
  FoundObject,
  KeyRange,
  LockSupport,
  ObjectEntry,
  ObjectFacts,
  ObjectSource,
  PassedOver,
  ReadObject,
  ServerSideCopier,
  Upload,
  UploadedPart,
  Written,
} from '../ports/object-store';
import type { KeyHistory, VersionedTarget } from '../ports/object-versions';
import { MigrationError } from '../domain/errors';
import type { EpochMs } from '../domain/quantity';
import { awsCodeOf } from './aws-errors';
import { missingAsUndefined } from './found';
import { keyAt } from './s3-listing';
import { S3Copier } from './s3-store-copier';
import type { WriteDefaults } from './s3-store-facts';
import { checksumFrom, factsFrom, headersOf } from './s3-store-facts';
import { S3Listing } from './s3-store-listing';
import { S3Locks } from './s3-store-lock';
import type { S3Place, S3PlaceOptions } from './s3-store-place';
import { resolvePlace } from './s3-store-place';
import { divideListing } from './s3-store-ranges';
import { openObject } from './s3-store-read';
import { removeObjects } from './s3-store-remove';
import { S3Uploads } from './s3-store-uploads';
import { S3Versions } from './s3-store-versions';
import { S3ReplyError, S3Wire } from './s3-store-wire';
import { parseTags } from './s3-store-xml';
import { CheckedWriter } from './s3-store-write';

export interface S3StoreOptions extends S3PlaceOptions, WriteDefaults {
  /** Told once each: what this place cannot do, in a sentence. */
  readonly onNotice?: (text: string) => void;
  /** One object alone is listed. */
  readonly key?: string;
  /** Objects are written without the retention and the legal hold that they have at their source. */
  readonly withoutLocks?: boolean;
}

/** Servers that say how many tags an object has: where they say nothing, there are none. */
const TELLS_TAG_COUNT = /^(AmazonS3|MinIO|VERSITYGW)/i;
/** What servers answer that know nothing of tags, and what one gets who may not see them. */
const NO_TAGGING = new Set(['AccessDenied', 'Forbidden', 'MethodNotAllowed', 'NotImplemented', 'Http501']);
/** Of uploads that S3 fills from its own objects: the kind that it computes by itself. */
const COPIES_KIND = 'crc64nvme';
const REGION_HEADER = 'x-amz-bucket-region';

/** @throws ConfigInvalid (no region, no credentials), NotFound (no such bucket), AwsDenied, AwsUnavailable. */
export async function openS3Store(options: S3StoreOptions, signal: AbortSignal): Promise<S3Store> {
  const place = await resolvePlace(options);
  const wire = new S3Wire(place);
  const region = await regionOfBucket(wire, signal);
  if (region === undefined || region === place.region || !place.isAws) return new S3Store(options, place, wire);
  wire.close();
  const there = await resolvePlace({ ...options, region });
  return new S3Store(options, there, new S3Wire(there));
}

/** Asked of any region, S3 names the right one, also with its refusal. undefined: the server says nothing of it. */
async function regionOfBucket(wire: S3Wire, signal: AbortSignal): Promise<string | undefined> {
  try {
    const { headers } = await wire.send({ method: 'HEAD', key: '', call: 's3:HeadBucket', signal });
    return headers[REGION_HEADER]?.toString();
  } catch (error) {
    const { cause } = error as Error;
    const region = cause instanceof S3ReplyError ? cause.headers[REGION_HEADER] : undefined;
    const isElsewhere = ['BadRequest', 'PermanentRedirect'].includes(awsCodeOf(error) ?? '');
    if (isElsewhere && typeof region === 'string') return region;
    throw error;
  }
}

export class S3Store implements VersionedTarget {
  readonly url: string;
  private readonly listing: S3Listing;
  private readonly uploads: S3Uploads;
  private readonly writer: CheckedWriter;
  private readonly locks: S3Locks;
  private readonly versions: S3Versions;
  /** With its slash at the end, or empty. */
  private readonly prefix: string;
  /** Whether to ask for tags where the reply to HEAD says nothing of them. */
  private asksForTags: boolean;

  constructor(
    private readonly options: S3StoreOptions,
    private readonly place: S3Place,
    private readonly wire: S3Wire,
  ) {
    this.url = options.url;
    this.prefix = keyAt(place.location, '');
    this.listing = new S3Listing(wire, place.location.bucket, this.prefix);
    this.uploads = new S3Uploads(place, this.keyOf);
    this.versions = new S3Versions(wire, place, this.prefix);
    this.locks = new S3Locks(wire, options.url, options.withoutLocks === true);
    this.writer = new CheckedWriter(wire, (reason) =>
      options.onNotice?.(`${this.url} takes no checksums (${reason}): what is written there is proven by reading it`),
    );
    this.asksForTags = !place.isAws;
  }

  list(
    range: KeyRange,
    signal: AbortSignal,
    onPassedOver?: (passed: PassedOver) => void,
  ): AsyncIterable<readonly ObjectEntry[]> {
    const { key } = this.options;
    return key === undefined ? this.listing.pages(range, signal, onPassedOver) : this.listing.one(key, range, signal);
  }

  divide(countMax: number, signal: AbortSignal, within: KeyRange = {}): Promise<readonly KeyRange[]> {
    if (this.options.key !== undefined) return Promise.resolve([within]);
    return divideListing(this.listing, this.prefix, countMax, signal, within);
  }

  async find(key: string, signal: AbortSignal, versionId?: string): Promise<FoundObject | undefined> {
    const query = versionId === undefined ? {} : { query: [['versionId', versionId] as const] };
    const reply = await missingAsUndefined(
      this.wire.send({
        method: 'HEAD',
        key: this.keyOf(key),
        ...query,
        headers: { 'x-amz-checksum-mode': 'ENABLED' },
        call: 's3:HeadObject',
        signal,
      }),
    );
    if (reply === undefined) return undefined;
    const { headers } = reply;
    if (headers.etag === undefined || headers['content-length'] === undefined)
      throw new MigrationError('AwsUnavailable', `${this.urlOf(key)}: HEAD told no ETag or no length`);
    const tags = await this.tagsOf({ key, versionId }, headers, signal);
    const checksum = checksumFrom(headers);
    return {
      key,
      sizeBytes: Number(headers['content-length']),
      version: headers.etag,
      modifiedAtMs: Date.parse(headers['last-modified'] ?? '') as EpochMs,
      facts: factsFrom(headers, tags),
      ...(versionId === undefined ? {} : { versionId }),
      ...(checksum === undefined ? {} : { checksum }),
    };
  }

  /** Of a span no tags are asked for. */
  async read(entry: ObjectEntry, span: ByteSpan | undefined, signal: AbortSignal): Promise<ReadObject> {
    const { wire } = this;
    const key = this.keyOf(entry.key);
    const opened = await openObject({ wire, key, url: this.urlOf(entry.key), entry, span, signal });
    const { headers, bytes } = opened;
    try {
      const tags = span === undefined ? await this.tagsOf(entry, headers, signal) : {};
      const checksum = span === undefined ? checksumFrom(headers) : undefined;
      return { facts: factsFrom(headers, tags), bytes, ...(checksum === undefined ? {} : { checksum }) };
    } catch (error) {
      opened.discard();
      throw error;
    }
  }

  copierFrom(source: ObjectSource): ServerSideCopier | undefined {
    if (!(source instanceof S3Store) || !isSameService(source.place, this.place)) return undefined;
    return new S3Copier(this.wire, {
      fromBucket: source.place.location.bucket,
      fromKey: source.keyOf,
      fromUrl: source.urlOf,
      toKey: this.keyOf,
      defaults: this.options,
      locks: this.locks,
    });
  }

  async put(key: string, body: CheckedBytes, facts: ObjectFacts, signal: AbortSignal): Promise<Written> {
    const headers = await this.headersFor(key, facts, signal);
    const request = { key: this.keyOf(key), headers, call: 's3:PutObject' as const, signal };
    return this.writer.write(request, body, this.urlOf(key));
  }

  async beginUpload(
    key: string,
    facts: ObjectFacts,
    partBytes: number,
    kind: ChecksumKind | undefined,
    signal: AbortSignal,
  ): Promise<Upload> {
    const taken = this.writer.takesChecksums ? (kind ?? COPIES_KIND) : undefined;
    return this.uploads.begin(key, await this.headersFor(key, facts, signal), partBytes, taken, signal);
  }

  uploadedParts(upload: Upload, signal: AbortSignal): Promise<readonly UploadedPart[] | undefined> {
    return this.uploads.parts(upload, signal);
  }

  async putPart(upload: Upload, number: number, body: CheckedBytes, signal: AbortSignal): Promise<UploadedPart> {
    const query = [
      ['partNumber', String(number)],
      ['uploadId', upload.id],
    ] as const;
    const request = { key: this.keyOf(upload.key), query, call: 's3:UploadPart' as const, signal };
    const { version } = await this.writer.write(request, body, `${this.urlOf(upload.key)} part ${number}`);
    return { number, sizeBytes: body.bytes.length, etag: version, checksum: body.checksum };
  }

  async completeUpload(
    upload: Upload,
    parts: readonly UploadedPart[],
    checksum: Checksum | undefined,
    signal: AbortSignal,
  ): Promise<Written> {
    try {
      return await this.uploads.complete(upload, parts, checksum, signal);
    } catch (error) {
      if (awsCodeOf(error) !== 'NoSuchUpload') throw error;
      // Completed by an attempt whose reply was lost, when what is there now is what this one would have made.
      const found = await this.find(upload.key, signal);
      if (found?.checksum === undefined || found.checksum.value !== checksum?.value) throw error;
      return { version: found.version, checksum: found.checksum };
    }
  }

  abortUpload(upload: Upload, signal: AbortSignal): Promise<void> {
    return this.uploads.abort(upload, signal);
  }

  async remove(keys: readonly string[], signal: AbortSignal): Promise<readonly { key: string; reason: string }[]> {
    const failed = await removeObjects(this.wire, this.place, keys.map(this.keyOf), signal);
    return failed.map(({ key, reason }) => ({ key: key.slice(this.prefix.length), reason }));
  }

  histories(range: KeyRange, signal: AbortSignal): AsyncIterable<readonly KeyHistory[]> {
    return this.versions.histories(range, signal);
  }

  history(key: string, signal: AbortSignal): Promise<KeyHistory | undefined> {
    return this.versions.history(key, signal);
  }

  assertKeepsVersions(signal: AbortSignal): Promise<void> {
    return this.versions.assertKeepsVersions(signal);
  }

  putMarker(key: string, signal: AbortSignal): Promise<string> {
    return this.versions.putMarker(key, signal);
  }

  lockSupport(signal: AbortSignal): Promise<LockSupport> {
    return this.locks.support(signal);
  }

  assertLocksReadable(signal: AbortSignal): Promise<void> {
    return this.locks.assertReadable(this.listing, this.prefix, signal);
  }

  /** Ends connections that are kept for later. */
  async close(): Promise<void> {
    this.wire.close();
    this.place.client.destroy();
  }

  /** @param headers of the reply that the object's other facts came with. */
  private async tagsOf(
    { key, versionId }: { key: string; versionId?: string | undefined },
    headers: http.IncomingHttpHeaders,
    signal: AbortSignal,
  ): Promise<Record<string, string>> {
    const isTagged = Number(headers['x-amz-tagging-count'] ?? 0) > 0;
    if (!isTagged && (!this.asksForTags || TELLS_TAG_COUNT.test(String(headers.server)))) return {};
    const request = {
      method: 'GET',
      key: this.keyOf(key),
      query: [['tagging', ''] as const, ...(versionId === undefined ? [] : [['versionId', versionId] as const])],
      call: 's3:GetObjectTagging',
    } as const;
    try {
      return parseTags((await this.wire.send({ ...request, signal })).text);
    } catch (error) {
      // Some servers only know tags of the newest version.
      const isUnknown = versionId !== undefined && !isTagged && awsCodeOf(error) === 'NoSuchKey';
      if (isUnknown || awsCodeOf(error) === 'NoSuchTagSet') return {};
      if (isTagged || !NO_TAGGING.has(awsCodeOf(error) ?? '')) throw error;
      this.asksForTags = false;
      this.options.onNotice?.(`${this.url} tells no tags (${(error as Error).message}): objects are copied without`);
      return {};
    }
  }

  private async headersFor(key: string, facts: ObjectFacts, signal: AbortSignal): Promise<Record<string, string>> {
    return { ...headersOf(facts, this.options), ...(await this.locks.headersFor(key, facts.lock, signal)) };
  }

  private readonly keyOf = (key: string): string => this.prefix + key;

  private readonly urlOf = (key: string): string => `s3://${this.place.location.bucket}/${this.prefix}${key}`;
}

/** One service, and one identity: the right to read there is asked of whoever writes here. */
function isSameService(from: S3Place, to: S3Place): boolean {
  const isSameProfile =
    from.options.credentials === undefined &&
    to.options.credentials === undefined &&
    from.options.profile === to.options.profile;
  return from.service === to.service && (isSameProfile || from.accessKeyId === to.accessKeyId);
}
