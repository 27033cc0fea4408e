/** What a copy has to tell of a key. */
import type { ErrorCode } from '../domain/errors';

export type FindingKind =
  /** Source and target hold different bytes, or the target nothing, where they should be alike. */
  | 'mismatch'
  /** The target holds something newer, or something that we did not leave there. */
  | 'newer_on_target'
  /** Not allowed; the key cannot be written there; the place did not answer; the object never stood still. */
  | 'denied'
  | 'rejected'
  | 'unavailable'
  | 'changing'
  /** Content that the place could not list. */
  | 'lost'
  /** Told, and no trouble: the newest version was copied, or there is nothing to copy any more. */
  | 'changed_mid_copy'
  | 'gone_mid_copy'
  /** By a stated policy: links, sockets. */
  | 'skipped'
  /** Could not be removed. */
  | 'kept';

export interface Finding {
  readonly kind: FindingKind;
  readonly key: string;
  /** One sentence. */
  readonly detail: string;
  /** What each side holds: a checksum, a size, or nothing. */
  readonly source?: string;
  readonly target?: string;
}

const HARMLESS: ReadonlySet<FindingKind> = new Set(['changed_mid_copy', 'gone_mid_copy', 'skipped']);

/** Whether the data set cannot be called proven because of it. */
export function spoilsProof({ kind }: Finding): boolean {
  return !HARMLESS.has(kind);
}

/** Failures that belong to one key: the others go on. What is not here ends the copy. */
const OF_ONE_KEY: Readonly<Partial<Record<ErrorCode, FindingKind>>> = {
  AwsDenied: 'denied',
  FileDenied: 'denied',
  AwsRejected: 'rejected',
  FileRejected: 'rejected',
  AwsUnavailable: 'unavailable',
  FileUnavailable: 'unavailable',
  DataMismatch: 'mismatch',
  DataChanged: 'changing',
};

export function kindOfFailure(code: ErrorCode): FindingKind | undefined {
  return OF_ONE_KEY[code];
}
