/**
 * Places that hold objects: a prefix of a bucket, or a directory. Keys are relative to the place and compared by the
 * bytes of their UTF-8 form, as S3 lists them.
 *
 * Errors of every call: `NotFound` (bucket or directory), `DataChanged` (not the version that was listed any more);
 * of S3 `AwsDenied`, `AwsRejected`, `AwsUnavailable` (also throttling); of a directory `FileDenied`, `FileRejected`,
 * `FileUnavailable`, `DiskFull`.
 */
import type { EpochMs } from '../domain/quantity';

export interface ObjectEntry {
  readonly key: string;
  readonly sizeBytes: number;
  /** Changes with the content: an ETag with its quotes, or size, times and inode of a file. Never a hash of the content. */
  readonly version: string;
  readonly modifiedAtMs: EpochMs;
  /** As a listing of S3 tells it: a copy inside S3 would forget it otherwise. Missing: the place's default. */
  readonly storageClass?: string;
  /** Of a bucket that keeps versions, where one of them is meant. Missing: the newest. */
  readonly versionId?: string;
}

/** Keys after `after` (not itself) up to `upTo` (itself included); a missing end is open. */
export interface KeyRange {
  readonly after?: string;
  readonly upTo?: string;
}

/** First and last byte, both included, from 0. */
export interface ByteSpan {
  readonly first: number;
  readonly last: number;
}

export type ChecksumKind = 'crc64nvme' | 'crc32c' | 'crc32' | 'sha256';

/** Of the object's whole content; checksums of checksums (COMPOSITE) are never told. */
export interface Checksum {
  readonly kind: ChecksumKind;
  /** Base64 of the big-endian bytes, as S3 writes it. */
  readonly value: string;
}

/** What goes along with an object's bytes. */
export interface ObjectFacts {
  /** Of Content-Type, -Encoding, -Language, -Disposition, Cache-Control and Expires: those that are set, in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** User metadata, names in lower case without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  /** Missing: the place's default. */
  readonly storageClass?: string;
  /** Missing: it may be removed and written over by whoever may do so. */
  readonly lock?: ObjectLock;
}

/** What keeps one version of an object from being removed. */
export interface ObjectLock {
  readonly retention?: { readonly mode: string; readonly until: EpochMs };
  readonly isHeld: boolean;
}

/** Whether a bucket can lock objects. `unknown`: it does not say. */
export type LockSupport = 'on' | 'off' | 'unknown';

export interface FoundObject extends ObjectEntry {
  readonly facts: ObjectFacts;
  /** What the place itself says of the whole content; missing where it says nothing. */
  readonly checksum?: Checksum;
}

/** An object that is being read. */
export interface ReadObject {
  /** As `find` says them, so that a copy needs no request of its own for them. */
  readonly facts: ObjectFacts;
  /** Of the whole content, where the place says it together with the bytes; never with a span. */
  readonly checksum?: Checksum;
  /** Throws DataChanged when the version changes while it is read. To be read to its end, or ended by its signal. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Something that lies there and is listed as no entry. */
export interface PassedOver {
  /** As much of its key as can be told. */
  readonly key: string;
  readonly reason: string;
  /** false: by a stated policy (links, sockets). true: content that should have been listed and cannot be. */
  readonly isLost: boolean;
}

export interface ObjectSource {
  /** As an operator wrote it: `s3://bucket/prefix` or a directory. */
  readonly url: string;
  /** Pages of entries in ascending order of their keys. "Directory" keys (they end with `/`) are entries like others. */
  list(
    range: KeyRange,
    signal: AbortSignal,
    onPassedOver?: (passed: PassedOver) => void,
  ): AsyncIterable<readonly ObjectEntry[]>;
  /**
   * Adjoining ranges that cover every key, about alike in size, for work at once.
   * @param countMax 1 or more. @param within what is to be divided; itself where that is not worth it. Missing: all.
   */
  divide(countMax: number, signal: AbortSignal, within?: KeyRange): Promise<readonly KeyRange[]>;
  /** undefined: no such object. @param versionId missing: the newest. */
  find(key: string, signal: AbortSignal, versionId?: string): Promise<FoundObject | undefined>;
  /** @param span missing: all. @throws DataChanged when the version differs from the entry's. */
  read(entry: ObjectEntry, span: ByteSpan | undefined, signal: AbortSignal): Promise<ReadObject>;
  /** Missing: the place knows no locks. */
  lockSupport?(signal: AbortSignal): Promise<LockSupport>;
  /** S3 keeps silent about locks to those who may not see them. @throws AwsDenied */
  assertLocksReadable?(signal: AbortSignal): Promise<void>;
  /** Ends connections and removes empty leftovers of ours. Nothing is asked of the place afterwards. */
  close(): Promise<void>;
}

/** Bytes with the checksum that was computed over them as they came; the place refuses them when they do not match. */
export interface CheckedBytes {
  readonly bytes: Uint8Array;
  readonly checksum: Checksum;
}

export interface Written {
  readonly version: string;
  /** What the place says of the whole content that it holds now. */
  readonly checksum?: Checksum;
  /** Of a bucket that keeps versions. */
  readonly versionId?: string;
}

/** An upload in parts. Plain JSON: it is kept in heartbeats. */
export interface Upload {
  readonly key: string;
  readonly id: string;
  /** Of every part but the last, which may be shorter. Unit: bytes. */
  readonly partBytes: number;
}

export interface UploadedPart {
  /** 1 to 10,000. */
  readonly number: number;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly checksum?: Checksum;
}

export interface ObjectTarget extends ObjectSource {
  /**
   * Server-side copies from that source; undefined where the two places cannot (other servers, other rights).
   * They are conditional on the entry's version.
   */
  copierFrom(source: ObjectSource): ServerSideCopier | undefined;
  /** One request. @throws DataMismatch when the bytes that arrived have another checksum. */
  put(key: string, body: CheckedBytes, facts: ObjectFacts, signal: AbortSignal): Promise<Written>;
  /** @param kind of the checksums that its parts and its end will bring; undefined: none are known (server-side copies). */
  beginUpload(
    key: string,
    facts: ObjectFacts,
    partBytes: number,
    kind: ChecksumKind | undefined,
    signal: AbortSignal,
  ): Promise<Upload>;
  /** What has arrived of it; undefined: there is no such upload any more. */
  uploadedParts(upload: Upload, signal: AbortSignal): Promise<readonly UploadedPart[] | undefined>;
  putPart(upload: Upload, number: number, body: CheckedBytes, signal: AbortSignal): Promise<UploadedPart>;
  /** @param checksum of the whole content, combined from the parts'; the place refuses when it finds another. */
  completeUpload(
    upload: Upload,
    parts: readonly UploadedPart[],
    checksum: Checksum | undefined,
    signal: AbortSignal,
  ): Promise<Written>;
  /** Accepts that it is gone. */
  abortUpload(upload: Upload, signal: AbortSignal): Promise<void>;
  /** Accepts keys that are gone. @returns keys that could not be removed, with the reason. */
  remove(keys: readonly string[], signal: AbortSignal): Promise<readonly { key: string; reason: string }[]>;
}

export interface ServerSideCopier {
  /** Largest object that one request copies. Unit: bytes. */
  readonly singleBytesMax: number;
  /**
   * Facts of the source go along; the target states the kind of checksum that the source states.
   * @param lock of the source's object: the only fact that S3 does not take along by itself.
   */
  copy(entry: ObjectEntry, signal: AbortSignal, lock?: ObjectLock): Promise<Written>;
  copyPart(
    upload: Upload,
    number: number,
    entry: ObjectEntry,
    span: ByteSpan,
    signal: AbortSignal,
  ): Promise<UploadedPart>;
}
