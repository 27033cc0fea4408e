/** How `crossfade data` writes: flags that say something of the target's objects, each checked before a place is opened. */
import { UsageError } from './failure';

export interface WritingFlags {
  readonly to: string;
  readonly kmsKeyId?: string;
  readonly storageClass?: string;
  readonly compress?: string;
  readonly withoutObjectLock?: boolean;
  readonly versions?: string;
  readonly deletes?: string;
}

/** What every object gets that is written to the target. */
export interface Writing {
  readonly kmsKeyId?: string;
  readonly storageClass?: string;
  readonly withoutLocks: boolean;
}

const STORAGE_CLASSES = [
  'STANDARD',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
  'REDUCED_REDUNDANCY',
];
/** A key's or an alias's ARN, an ID (also of a key of several regions), or an alias. */
const KMS_KEY =
  /^(arn:aws[\w-]*:kms:[\w-]+:\d{12}:(key|alias)\/.+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32}|alias\/.+)$/;

/** @throws UsageError naming the flag. */
export function writingOf(flags: WritingFlags): Writing {
  const { kmsKeyId, storageClass, withoutObjectLock } = flags;
  if (kmsKeyId !== undefined) {
    assertBucket('--kms-key-id', flags.to);
    if (!KMS_KEY.test(kmsKeyId))
      throw new UsageError(`--kms-key-id ${kmsKeyId}: must be the ID, the alias (alias/NAME) or the ARN of a KMS key`);
  }
  if (storageClass !== undefined) {
    assertBucket('--storage-class', flags.to);
    if (!STORAGE_CLASSES.includes(storageClass))
      throw new UsageError(`--storage-class ${storageClass}: must be one of ${STORAGE_CLASSES.join(', ')}`);
  }
  return {
    ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
    ...(storageClass === undefined ? {} : { storageClass }),
    withoutLocks: withoutObjectLock === true,
  };
}

/** @returns undefined: nothing is compressed. @throws UsageError */
export function compressOf({ compress, to }: WritingFlags): readonly string[] | undefined {
  if (compress === undefined) return undefined;
  assertBucket('--compress', to);
  // A comma inside braces belongs to its pattern.
  const globs = compress.split(/,(?![^{]*\})/).map((glob) => glob.trim());
  if (globs.includes('')) throw new UsageError(`--compress ${compress}: must be patterns such as *.csv,*.json`);
  return globs;
}

/** @throws UsageError */
export function isVersioned({ versions, deletes, to }: WritingFlags, from: string): boolean {
  if (versions === undefined || versions === 'latest') return false;
  if (versions !== 'all') throw new UsageError(`--versions ${versions}: must be latest or all`);
  assertBucket('--versions all', from);
  assertBucket('--versions all', to);
  if (deletes === 'mirror')
    throw new UsageError(
      '--versions all copies delete markers and removes nothing: --deletes mirror does not go with it',
    );
  return true;
}

function assertBucket(flag: string, url: string): void {
  if (!url.startsWith('s3:')) throw new UsageError(`${flag}: ${url} is a directory, and it needs a bucket`);
}
