import type { Milliseconds } from './quantity';
import type { ReadCheckSpec } from './read-check';
import type { DataSyncSpec } from './spec-datasync';
import type { Timetable } from './timetable';
import type { DirectConnectSpec, SnowballSpec } from './spec-roads';

/** What the data is: decides which ways there are to move it. */
export type DataKind = 'objects' | 'files' | 'database';

/** Every way to move data that the choice knows. */
export type DataMethod =
  'sdk' | 'datasync' | 'transfer-acceleration' | 'snowball' | 'direct-connect' | 'dms' | 'bulk-continuous';

/** Ways on which people have to do something; Crossfade asks at gates and proves what arrives. */
export type HumanRoad = 'snowball' | 'direct-connect' | 'dms';

/** Where the source is, seen from the target's region. `near`, `far`: outside AWS, on its continent or another. */
export type DataDistance = 'same-region' | 'other-region' | 'near' | 'far';

export interface DataSetSpec {
  readonly name: string;
  /** `s3://bucket/prefix`; of a database `postgres://host/name` or the like; of a DataSync source that is no bucket, its address for people. */
  readonly from: string;
  readonly to: string;
  /** One object below `from` alone, and its copy. Not there, as in every spec that was written: all. */
  readonly key?: string;
  readonly method: 'auto' | 'sdk' | 'datasync' | 'bulk-continuous' | HumanRoad;
  /** There where DataSync moves it, by `method` or because `auto` chose it when the spec was read. */
  readonly datasync?: DataSyncSpec;
  /** With the method of that name only; not there: people do all of it. */
  readonly snowball?: SnowballSpec;
  readonly directConnect?: DirectConnectSpec;
  /** Not there: objects. */
  readonly kind?: DataKind;
  readonly expected?: ExpectedData;
  /** How long all of the move may take. */
  readonly deadlineMs?: Milliseconds;
  /** Not there: copied once. */
  readonly sync?: FollowSpec;
  readonly kmsKeyId?: string;
  /** What a verification compares. Not there: everything. */
  readonly verify?: DataVerify;
  /** Not there: what is newer in the target, or was changed there, is refused. */
  readonly overwrite?: boolean;
  /** In the worker's local time. Not there: no limit. */
  readonly bandwidth?: Timetable;
  /** Of S3; not there: each object keeps its source's. */
  readonly storageClass?: string;
  /** Keys that are written as gzip where that makes them smaller: patterns as of a shell. Not there: none. */
  readonly compress?: readonly string[];
  /** Key ranges that workers copy side by side, 2 to 64. Not there: one worker copies all. */
  readonly fanOut?: number;
  /** Days after which objects move to Infrequent Access; at least 30, S3's own minimum. */
  readonly infrequentAccessAfterDays: number;
  /** Not there: the bucket is private, encrypted and TLS only, and has none of these. */
  readonly storage?: DataStorageSpec;
  /** Not there: nothing reads the data through a file system. */
  readonly fileSystem?: FileSystemNeed;
  /** Not there: how fast the target is read is not measured. */
  readonly readCheck?: ReadCheckSpec;
}

/** `changed`: what changed since it was proven last; `sample`: that, and a share of the rest. */
export type DataVerify =
  { readonly kind: 'changed' } | { readonly kind: 'full' } | { readonly kind: 'sample'; readonly percent: number };

/** What the operator knows of the data. What is not there is not known. */
export interface ExpectedData {
  readonly bytes?: number;
  readonly objects?: number;
  readonly changeBytesPerDay?: number;
  /** What the line to AWS, or the copy within it, may use. */
  readonly bandwidthBytesPerSecond?: number;
  readonly distance?: DataDistance;
}

/** The source goes on changing: it is followed until the cutover. */
export interface FollowSpec {
  readonly everyMs: Milliseconds;
  /** Longest accepted stand-still of the writers: final delta and full verification. */
  readonly freezeMaxMs: Milliseconds;
  /** `read-only`: nobody writes there, so nobody needs to be asked to stop. */
  readonly freeze: 'declared' | 'read-only';
  /** `mirror`: what the source has no more is deleted in the target, too. */
  readonly deletes: 'keep' | 'mirror';
  /** Largest share of the target's objects that one run may delete. Unit: percent. */
  readonly maxDeletePercent: number;
}

export interface DataStorageSpec {
  /** Days after which objects move to Glacier Flexible Retrieval. */
  readonly glacierAfterDays?: number;
  readonly intelligentTiering?: { readonly archiveAfterDays?: number; readonly deepArchiveAfterDays?: number };
  /** A list of all objects, written to the same bucket under `crossfade-inventory/`. */
  readonly inventory?: 'daily' | 'weekly';
  /** S3 itself carries new objects over; for sources that are buckets with versioning. */
  readonly replication?: { readonly roleArn: string };
}

/** `training`: read by training jobs; `shared`: read and written by many instances; `on-premises`: by machines outside AWS. */
export type FileSystemNeed = 'training' | 'shared' | 'on-premises';
