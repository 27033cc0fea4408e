import type { Owner } from '../domain/resources';
import type { DataSetSpec } from '../domain/spec';
import type { Found } from './traffic-router';

export interface CopyProgress {
  readonly copiedCount: number;
  readonly copiedBytes: number;
  /** Already there and equal. */
  readonly unchangedCount: number;
  /** Copies of ours that the source has no more; only where the data set mirrors deletes. */
  readonly deletedCount: number;
}

export interface CopyOutcome extends CopyProgress {
  /** Of the whole run: listing, copying, deleting. Unit: milliseconds. */
  readonly durationMs: number;
}

export interface DataProof {
  readonly objectCount: number;
  readonly byteCount: number;
  /** Keys that differ or are missing, at most 20; `mismatchCount` counts all. */
  readonly mismatches: readonly string[];
  readonly mismatchCount: number;
  /** SHA-256, hex, over the sorted list of key, size and content hash. */
  readonly manifestHash: string;
}

/** Moves and proves data. Errors: `NotFound`, `DataChanged`, `DeletesRefused`, `AwsDenied`, `AwsRejected`, `AwsUnavailable`. */
export interface DataMover {
  /** undefined: no such bucket. */
  findBucket(bucket: string): Promise<Found<{ bucket: string }> | undefined>;
  /** Whether there is an object at this `s3://` address that may be read. */
  hasObject(url: string): Promise<boolean>;
  /** Creates it private, encrypted with KMS, with lifecycle and tags; finishes one that is half made. */
  createBucket(dataSet: DataSetSpec, region: string, owner: Owner): Promise<void>;
  /**
   * Copies what is missing or differs, then deletes where `sync.deletes` mirrors. May be stopped and called again.
   * @throws DeletesRefused before the first delete, when it would be more than `sync.maxDeletePercent`.
   */
  copy(dataSet: DataSetSpec, onProgress: (progress: CopyProgress) => void, signal: AbortSignal): Promise<CopyOutcome>;
  /** Reads both sides whole and compares content; an ETag is not taken for content. */
  verify(dataSet: DataSetSpec, onProgress: (checkedCount: number) => void, signal: AbortSignal): Promise<DataProof>;
  /** Deletes the copies and, when nothing else is in it, the bucket. @returns what had to be left, empty when nothing. */
  removeCopies(dataSet: DataSetSpec): Promise<string[]>;
}
