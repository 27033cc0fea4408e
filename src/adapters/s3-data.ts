/** S3 → S3 as DataMover. Nothing is kept in memory but one page of each listing and what is in flight. */
import { createHash } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import { DeleteBucketCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { MigrationError } from '../domain/errors';
import type { Owner } from '../domain/resources';
import { ownerOf } from '../domain/resources';
import type { DataSetSpec } from '../domain/spec';
import type { CopyOutcome, CopyProgress, DataMover, DataProof } from '../ports/data-mover';
import type { Found } from '../ports/traffic-router';
import { awsCall, awsCodeOf } from './aws-errors';
import { acceptMissing } from './found';
import { mapOrdered } from './ordered';
import { removeReplication } from './s3-bucket-options';
import { bucketTags, createBucket } from './s3-buckets';
import type { CopySizes, Sides } from './s3-copy';
import { COPY_SIZES, copyObject, isCopied } from './s3-copy';
import { deleteCopy, mirrorDeletes } from './s3-deletes';
import type { Pair } from './s3-listing';
import { joinObjects, keyAt, listObjects, locationOf } from './s3-listing';
import type { ReadOptions } from './s3-read';
import { hashObject, headObject } from './s3-read';

const AT_ONCE = 16;
const MISMATCHES_NAMED = 20;
const NEVER = new AbortController().signal;

export class S3DataMover implements DataMover {
  constructor(
    private readonly client: S3Client,
    private readonly sizes: CopySizes = COPY_SIZES,
  ) {}

  async findBucket(bucket: string): Promise<Found<{ bucket: string }> | undefined> {
    const tags = await bucketTags(this.client, bucket);
    return tags && { value: { bucket }, owner: ownerOf(tags) };
  }

  async hasObject(url: string): Promise<boolean> {
    const { bucket, prefix } = locationOf(url);
    return (await headObject(this.client, { bucket, prefix: '' }, prefix, NEVER)) !== undefined;
  }

  async createBucket(dataSet: DataSetSpec, region: string, owner: Owner): Promise<void> {
    await createBucket(this.client, dataSet, region, owner);
  }

  async copy(
    dataSet: DataSetSpec,
    onProgress: (progress: CopyProgress) => void,
    signal: AbortSignal,
  ): Promise<CopyOutcome> {
    const startedAtMs = performance.now();
    const sides = sidesOf(dataSet);
    let progress: CopyProgress = { copiedCount: 0, copiedBytes: 0, unchangedCount: 0, deletedCount: 0 };
    const copyOne = async (pair: Pair): Promise<number | undefined> => {
      if (await isCopied(this.client, sides, pair, signal)) return undefined;
      await copyObject(this.client, sides, pair.source, {
        signal,
        sizes: this.sizes,
        onAlive: () => onProgress(progress),
      });
      return pair.source.sizeBytes;
    };
    for await (const bytes of mapOrdered(this.pairs(sides, signal), AT_ONCE, copyOne)) {
      progress =
        bytes === undefined
          ? { ...progress, unchangedCount: progress.unchangedCount + 1 }
          : { ...progress, copiedCount: progress.copiedCount + 1, copiedBytes: progress.copiedBytes + bytes };
      onProgress(progress);
    }
    assertSomething(progress.copiedCount + progress.unchangedCount, dataSet);
    if (dataSet.sync?.deletes === 'mirror') {
      const deletedCount = await mirrorDeletes(this.client, sides, dataSet, {
        signal,
        onAlive: () => onProgress(progress),
      });
      progress = { ...progress, deletedCount };
    }
    return { ...progress, durationMs: Math.round(performance.now() - startedAtMs) };
  }

  async verify(
    dataSet: DataSetSpec,
    onProgress: (checkedCount: number) => void,
    signal: AbortSignal,
  ): Promise<DataProof> {
    const sides = sidesOf(dataSet);
    const manifest = createHash('sha256');
    const mismatches: string[] = [];
    let [objectCount, byteCount, mismatchCount] = [0, 0, 0];
    const check = (pair: Pair): Promise<Checked> =>
      this.check(sides, pair, { signal, onAlive: () => onProgress(objectCount) });
    // Results come in the listing's order, which is what makes the manifest's hash the same every time.
    for await (const { pair, hash, equal } of mapOrdered(this.pairs(sides, signal), AT_ONCE, check)) {
      const { relativeKey, sizeBytes } = pair.source;
      manifest.update(manifestLine(relativeKey, sizeBytes, hash));
      objectCount += 1;
      byteCount += sizeBytes;
      if (!equal) {
        mismatchCount += 1;
        if (mismatches.length < MISMATCHES_NAMED) mismatches.push(relativeKey);
      }
      onProgress(objectCount);
    }
    assertSomething(objectCount, dataSet);
    return { objectCount, byteCount, mismatches, mismatchCount, manifestHash: manifest.digest('hex') };
  }

  async removeCopies(dataSet: DataSetSpec): Promise<string[]> {
    const { to } = sidesOf(dataSet);
    const tags = await bucketTags(this.client, to.bucket);
    if (tags === undefined) return [];
    await removeReplication(this.client, dataSet);
    const left: string[] = [];
    const removeOne = async (relativeKey: string): Promise<string | undefined> =>
      (await deleteCopy(this.client, to, relativeKey, NEVER)) === 'foreign'
        ? `s3://${to.bucket}/${keyAt(to, relativeKey)}`
        : undefined;
    for await (const kept of mapOrdered(keysOf(listObjects(this.client, to)), AT_ONCE, removeOne)) {
      if (kept !== undefined && left.length < MISMATCHES_NAMED) left.push(kept);
    }
    if (ownerOf(tags) === undefined || !(await this.deleteIfEmpty(to.bucket))) left.push(`s3://${to.bucket}`);
    return left;
  }

  /** @returns false when something is in it. */
  private async deleteIfEmpty(bucket: string): Promise<boolean> {
    const listing = await awsCall('s3:ListBucket', bucket, (abortSignal) =>
      this.client.send(new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 1 }), { abortSignal }),
    );
    if ((listing.Contents ?? []).length > 0) return false;
    try {
      await acceptMissing(
        awsCall('s3:DeleteBucket', bucket, (abortSignal) =>
          this.client.send(new DeleteBucketCommand({ Bucket: bucket }), { abortSignal }),
        ),
      );
      return true;
    } catch (error) {
      // Older versions and delete markers are not listed, but they are there.
      if (awsCodeOf(error) === 'BucketNotEmpty') return false;
      throw error;
    }
  }

  private async check(sides: Sides, pair: Pair, options: ReadOptions): Promise<Checked> {
    const { source, target } = pair;
    const sourceHash = hashObject(this.client, sides.from, source, options);
    const sizesMatch = target !== undefined && target.sizeBytes === source.sizeBytes;
    const targetHash = sizesMatch ? hashObject(this.client, sides.to, target, options) : Promise.resolve(undefined);
    const [hash, copyHash] = await Promise.all([sourceHash, targetHash]);
    return { pair, hash, equal: hash === copyHash };
  }

  private pairs(sides: Sides, signal: AbortSignal): AsyncGenerator<Pair> {
    return joinObjects(listObjects(this.client, sides.from, signal), listObjects(this.client, sides.to, signal));
  }
}

interface Checked {
  readonly pair: Pair;
  /** The source's SHA-256, hex. */
  readonly hash: string;
  readonly equal: boolean;
}

/** One line of the manifest, as JSON so that no key can look like a separator: `["model/a.bin",3,"ab…"]`. */
export function manifestLine(relativeKey: string, sizeBytes: number, hash: string): string {
  return `${JSON.stringify([relativeKey, sizeBytes, hash])}\n`;
}

function sidesOf(dataSet: DataSetSpec): Sides {
  return { from: locationOf(dataSet.from), to: locationOf(dataSet.to) };
}

/** Nothing to copy is far more often a typing error in the spec than a data set without data. */
function assertSomething(objectCount: number, dataSet: DataSetSpec): void {
  if (objectCount === 0)
    throw new MigrationError('NotFound', `data set ${dataSet.name}: no object below ${dataSet.from}/`);
}

async function* keysOf(objects: AsyncIterable<{ relativeKey: string }>): AsyncGenerator<string> {
  for await (const { relativeKey } of objects) yield relativeKey;
}
