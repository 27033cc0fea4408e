/** Buckets that keep every version of an object. Errors: as of `ObjectSource`. */
import type { KeyRange, ObjectEntry, ObjectSource, ObjectTarget } from './object-store';

export interface VersionEntry extends ObjectEntry {
  /** `null` names the one that was written while the bucket kept none. */
  readonly versionId: string;
  /** A delete marker: no bytes, and no `version`. */
  readonly isMarker: boolean;
}

/** All that a bucket has of one key. */
export interface KeyHistory {
  readonly key: string;
  /** Oldest first; at least one. */
  readonly versions: readonly VersionEntry[];
  /** The server does not tell how markers and versions of one moment follow each other. */
  readonly isOrderUnknown: boolean;
}

export interface VersionedSource extends ObjectSource {
  /** In pages, in ascending order of the keys. */
  histories(range: KeyRange, signal: AbortSignal): AsyncIterable<readonly KeyHistory[]>;
  /** undefined: there is no version of it. */
  history(key: string, signal: AbortSignal): Promise<KeyHistory | undefined>;
}

export interface VersionedTarget extends VersionedSource, ObjectTarget {
  /** @throws ConfigInvalid unless every write makes a version of its own. */
  assertKeepsVersions(signal: AbortSignal): Promise<void>;
  /** @returns the marker's version ID. */
  putMarker(key: string, signal: AbortSignal): Promise<string>;
}
