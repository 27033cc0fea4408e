/** One version of one object, copied and proven: what becomes a line of the manifest. */
import { epochMs } from '../domain/quantity';
import type { ObjectEntry } from '../ports/object-store';
import { isChosen } from './compression';
import type { Copied } from './copied';
import { ContentMismatch } from './copied';
import type { CopyPolicy } from './decide';
import type { ManifestLine } from './manifest-line';
import type { Moving } from './moving';
import { comparePacked, compareStated } from './prove';
import { copyObject } from './transfer';
import { copyCompressed } from './transfer-compressed';
import type { UploadBook } from './uploads';

export interface Settling {
  readonly moving: Moving;
  readonly policy: CopyPolicy;
  readonly uploads: UploadBook;
  /** Counts what went well, over all ranges: a place that answers nobody ends the copy. */
  readonly health: { successes: number };
}

export interface ProvenCopy {
  readonly line: ManifestLine;
  /** Of a target that keeps versions. */
  readonly targetVersionId?: string;
}

/** @throws ContentMismatch when what was written does not hold. */
export async function copyAndProve(entry: ObjectEntry, given: Settling): Promise<ProvenCopy> {
  const { moving, policy, uploads } = given;
  const isProven = policy.verify.kind !== 'none';
  const wish = { entry, isProven, uploads };
  const packed = isChosen(entry.key, policy.compress) ? await copyCompressed(moving, wish) : undefined;
  const copied = packed ?? (await copyObject(moving, wish));
  const { targetVersionId } = copied;
  const ofVersion = targetVersionId === undefined ? {} : { targetVersionId };
  if (!isProven) return { line: lineOf(given, entry, { ...copied, proof: 'none' }), ...ofVersion };
  if (copied.proof !== 'none' && !policy.readBack) return { line: lineOf(given, entry, copied), ...ofVersion };
  const pair = { source: entry, target: written(entry, copied) };
  const stated = { source: copied.sourceStated ?? copied.checksum, target: copied.targetStated };
  const comparison =
    packed === undefined
      ? await compareStated(moving, pair, stated, policy.readBack)
      : await comparePacked(moving, pair, packed.checksum, policy.readBack);
  if (!comparison.isSame) throw new ContentMismatch(entry.key, comparison.source, comparison.target);
  const { proof, checksum } = comparison;
  return { line: lineOf(given, entry, { ...copied, proof, checksum }), ...ofVersion };
}

function written(entry: ObjectEntry, { targetVersion, targetVersionId, storedBytes }: Copied): ObjectEntry {
  const { versionId: _, ...rest } = entry;
  return {
    ...rest,
    sizeBytes: storedBytes ?? entry.sizeBytes,
    version: targetVersion,
    ...(entry.versionId === undefined || targetVersionId === undefined ? {} : { versionId: targetVersionId }),
  };
}

export function lineOf(given: Settling, source: ObjectEntry, copied: Copied): ManifestLine {
  const { targetVersion, proof, checksum, storedBytes } = copied;
  return {
    key: source.key,
    sizeBytes: source.sizeBytes,
    ...(checksum === undefined ? {} : { checksum }),
    ...(storedBytes === undefined ? {} : { storedBytes }),
    sourceVersion: source.version,
    targetVersion,
    provenAtMs: epochMs(given.moving.clock.now()),
    proof,
  };
}
