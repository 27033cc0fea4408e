/** What is to be done about one key: from what three lists say of it, and from nothing else. */
import { assertNever } from '../domain/errors';
import type { ObjectEntry } from '../ports/object-store';
import { isChosen } from './compression';
import type { Joined } from './join';
import type { ManifestLine } from './manifest-line';
import { isTarget, stillHolds } from './manifest-line';
import { isSampled } from './sample';

/**
 * What is proven in a run.
 * - `changed`: what differs from the last manifest; the rest is taken from there.
 * - `full`: every object.
 * - `sample`: as `changed`, and that share of the rest, the same keys for the same seed.
 * - `none`: nothing; copies are counted, and told as not proven.
 */
export type Verify =
  | { readonly kind: 'changed' }
  | { readonly kind: 'full' }
  | { readonly kind: 'sample'; readonly percent: number; readonly seed: number }
  | { readonly kind: 'none' };

export interface CopyPolicy {
  /** `verify` writes nothing but repairs; there, what is missing or differs is a mismatch. */
  readonly mode: 'copy' | 'verify';
  readonly verify: Verify;
  /** Whether to compare bytes that are read back even where both places state a checksum. */
  readonly readBack: boolean;
  /** Whether what was found to differ, although nobody seems to have written, is copied again. */
  readonly repair: boolean;
  /** Whether what changed on the target is written over. */
  readonly overwrite: boolean;
  /** Whether what only the target has is removed. */
  readonly mirror: boolean;
  /** Whether what was never proven by us stays at the target all the same. Missing: it does not. */
  readonly keepsForeign?: boolean;
  /** Keys that are written as gzip where that makes them smaller: patterns as of a shell. Missing: none. */
  readonly compress?: readonly string[];
}

export type CopyReason = 'missing' | 'changed' | 'differs';

export type Action =
  /** Proven before, and both sides are still the same. */
  | { readonly kind: 'unchanged'; readonly line: ManifestLine }
  /** Both are there, alike in size or perhaps compressed: it must be found out whether they are the same. */
  | {
      readonly kind: 'compare';
      readonly source: ObjectEntry;
      readonly target: ObjectEntry;
      /** Both sides are still what this was proven of. */
      readonly proven: ManifestLine | undefined;
      /** What then: `refuse` tells that the target is newer, `tell` that the two do not match. */
      readonly onDifference: 'copy' | 'refuse' | 'tell';
    }
  | {
      readonly kind: 'copy';
      readonly source: ObjectEntry;
      readonly target: ObjectEntry | undefined;
      readonly reason: CopyReason;
    }
  /** The target's content is newer than the source's, or not what we left there. */
  | { readonly kind: 'refuse'; readonly source: ObjectEntry; readonly target: ObjectEntry }
  /** Verifying only: the target has no such key, or another size. */
  | { readonly kind: 'tell'; readonly source: ObjectEntry; readonly target: ObjectEntry | undefined }
  /** Only the target has it. */
  | { readonly kind: 'extra'; readonly target: ObjectEntry }
  | { readonly kind: 'remove'; readonly target: ObjectEntry }
  /** Only the manifest has it: gone from both sides. */
  | { readonly kind: 'forget' };

export function decide(joined: Joined, policy: CopyPolicy): Action {
  const { source, target, proven } = joined;
  if (source === undefined) return target === undefined ? { kind: 'forget' } : decideExtra(target, proven, policy);
  if (proven !== undefined && target !== undefined && stillHolds(proven, source, target))
    return provesAgain(proven, policy.verify)
      ? { kind: 'compare', source, target, proven, onDifference: policy.repair ? 'copy' : 'tell' }
      : { kind: 'unchanged', line: proven };
  return policy.mode === 'verify' ? decideVerify(source, target, policy) : decideCopy(source, target, proven, policy);
}

function decideVerify(source: ObjectEntry, target: ObjectEntry | undefined, policy: CopyPolicy): Action {
  if (target !== undefined && mayBeSame(source, target, policy))
    return { kind: 'compare', source, target, proven: undefined, onDifference: policy.repair ? 'copy' : 'tell' };
  if (!policy.repair) return { kind: 'tell', source, target };
  return { kind: 'copy', source, target, reason: target === undefined ? 'missing' : 'differs' };
}

function decideCopy(
  source: ObjectEntry,
  target: ObjectEntry | undefined,
  proven: ManifestLine | undefined,
  policy: CopyPolicy,
): Action {
  if (target === undefined) return { kind: 'copy', source, target, reason: 'missing' };
  // The source has moved on, and the target is as we left it.
  if (proven !== undefined && isTarget(proven, target)) return { kind: 'copy', source, target, reason: 'changed' };
  // Without a manifest the times say who is newer. A target as old as the source is a copy that kept its time.
  const isOlder = proven === undefined && target.modifiedAtMs <= source.modifiedAtMs;
  const mayWrite = policy.overwrite || isOlder;
  // Whoever wrote it may have written the very same bytes.
  if (mayBeSame(source, target, policy))
    return { kind: 'compare', source, target, proven: undefined, onDifference: mayWrite ? 'copy' : 'refuse' };
  return mayWrite ? { kind: 'copy', source, target, reason: 'differs' } : { kind: 'refuse', source, target };
}

/** What the target holds of a compressed object is smaller. */
export function mayBeSame(source: ObjectEntry, target: ObjectEntry, { compress }: CopyPolicy): boolean {
  if (source.sizeBytes === target.sizeBytes) return true;
  return target.sizeBytes < source.sizeBytes && isChosen(source.key, compress);
}

function decideExtra(target: ObjectEntry, proven: ManifestLine | undefined, policy: CopyPolicy): Action {
  // We wrote it once, and somebody changed it since: not ours to remove.
  const wasChanged = proven !== undefined && !isTarget(proven, target);
  const isForeign = proven === undefined && policy.keepsForeign === true;
  const mayRemove = policy.mirror && policy.mode === 'copy' && !isForeign && (!wasChanged || policy.overwrite);
  return { kind: mayRemove ? 'remove' : 'extra', target };
}

export function provesAgain(line: ManifestLine, verify: Verify): boolean {
  switch (verify.kind) {
    case 'none':
      return false;
    case 'changed':
      return line.proof === 'none';
    case 'full':
      return true;
    case 'sample':
      return line.proof === 'none' || isSampled(line.key, verify.percent, verify.seed);
    default:
      return assertNever(verify);
  }
}
