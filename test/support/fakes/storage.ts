import { createHash } from 'node:crypto';
import { MigrationError } from '../../../src/domain/errors';
import { parseS3Url } from '../../../src/domain/resources';
import type { BucketLocation } from '../../../src/domain/resources';
import type { DataSetSpec } from '../../../src/domain/spec';
import type { DataBuckets } from '../../../src/ports/data-buckets';
import type { DataMover, DataState, MoveOrder } from '../../../src/ports/data-mover';
import type { LedgerStore } from '../../../src/ports/ledger';
import type { World } from './world';

export function placeOf(url: string): BucketLocation {
  const place = parseS3Url(url);
  if (place === undefined) throw new MigrationError('SpecInvalid', `${url} is not an s3:// address`);
  return place;
}

function objectsIn(world: World, bucket: string): Map<string, string> {
  const found = world.buckets.get(bucket);
  if (found === undefined) throw new MigrationError('NotFound', `there is no bucket ${bucket}`);
  return found.objects;
}

const joined = (prefix: string, key: string): string => (prefix === '' ? key : `${prefix}/${key}`);

/** Key below the prefix, and content. @param only of one object alone. */
export function objectsUnder(world: World, url: string, only?: string): Map<string, string> {
  const { bucket, prefix } = placeOf(url);
  const start = joined(prefix, '');
  const inside = [...objectsIn(world, bucket)].filter(([key]) => key.startsWith(start));
  const named = inside.map(([key, content]) => [key.slice(start.length), content] as const);
  return new Map(named.filter(([key]) => only === undefined || key === only));
}

export function fakeBuckets(world: World): DataBuckets {
  return {
    async findBucket(bucket) {
      const found = world.buckets.get(bucket);
      return found && { value: { bucket }, owner: found.owner };
    },
    async hasObject(url) {
      const { bucket, prefix } = placeOf(url);
      return world.buckets.get(bucket)?.objects.has(prefix) ?? false;
    },
    async createBucket(dataSet, _region, owner) {
      const { bucket } = placeOf(dataSet.to);
      if (!world.buckets.has(bucket)) world.buckets.set(bucket, { owner, objects: new Map(), isLedger: false });
    },
    async stopReplication() {},
    async removeEmptyBucket(bucket) {
      if ((world.buckets.get(bucket)?.objects.size ?? 0) > 0) return false;
      world.buckets.delete(bucket);
      return true;
    },
  };
}

interface FakeCopied {
  readonly rangeCount: number;
  copiedCount: number;
  copiedBytes: number;
}

function copyObjects(
  world: World,
  dataSet: DataSetSpec,
  order: MoveOrder,
  objects: readonly (readonly [string, string])[],
  done: FakeCopied,
): void {
  const target = placeOf(dataSet.to);
  const there = objectsIn(world, target.bucket);
  let settledCount = 0;
  for (const [key, content] of objects) {
    order.signal.throwIfAborted();
    const place = joined(target.prefix, key);
    if (there.get(place) !== content) {
      there.set(place, content);
      done.copiedCount += 1;
      done.copiedBytes += content.length;
    }
    settledCount += 1;
    order.onProgress({ objectCount: settledCount, movedBytes: done.copiedBytes, run: 'fake' });
  }
}

/** What the engine does with a data set, without its care: what the target holds is written over. */
export function fakeData(world: World): DataMover {
  const stateOf = (url: string, key?: string): DataState => {
    const objects = [...objectsUnder(world, url, key)].sort();
    return {
      objectCount: objects.length,
      byteCount: objects.reduce((sum, [, content]) => sum + content.length, 0),
      manifestHash: createHash('sha256').update(JSON.stringify(objects)).digest('hex'),
      proofs: { stored: objects.length, streamed: 0, read: 0, none: 0 },
    };
  };
  /** What was copied by each order that was divided. */
  const divided = new Map<string, FakeCopied>();
  return {
    async copy(dataSet, order) {
      const done = divided.get(order.orderId) ?? { rangeCount: 1, copiedCount: 0, copiedBytes: 0 };
      copyObjects(world, dataSet, order, [...objectsUnder(world, dataSet.from, dataSet.key)], done);
      const { copiedCount, copiedBytes } = done;
      const unchangedCount = objectsUnder(world, dataSet.from, dataSet.key).size - copiedCount;
      const deletedCount = mirrorDeletes(world, dataSet);
      const { copyMs, msPerByte } = world.data;
      const durationMs = copyMs + copiedBytes * msPerByte;
      return {
        ...stateOf(dataSet.to, dataSet.key),
        copiedCount,
        copiedBytes,
        unchangedCount,
        deletedCount,
        durationMs,
      };
    },
    async divide(dataSet, { orderId }, countMax) {
      const rangeCount = Math.max(1, Math.min(countMax, objectsUnder(world, dataSet.from, dataSet.key).size));
      divided.set(orderId, { rangeCount, copiedCount: 0, copiedBytes: 0 });
      return rangeCount;
    },
    async copyRange(dataSet, order, place) {
      const whole = divided.get(order.orderId);
      if (whole === undefined) throw new Error(`nobody divided ${order.orderId}`);
      const all = [...objectsUnder(world, dataSet.from, dataSet.key)];
      const end = (at: number): number => Math.floor((all.length * at) / whole.rangeCount);
      const mine = all.slice(end(place), end(place + 1));
      const before = { ...whole };
      copyObjects(world, dataSet, order, mine, whole);
      return {
        objectCount: mine.length,
        byteCount: mine.reduce((sum, [, content]) => sum + content.length, 0),
        copiedCount: whole.copiedCount - before.copiedCount,
        copiedBytes: whole.copiedBytes - before.copiedBytes,
      };
    },
    async verify(dataSet, { onProgress }) {
      const [from, to] = [objectsUnder(world, dataSet.from), objectsUnder(world, dataSet.to)];
      const mismatches = [...from].filter(([key, content]) => to.get(key) !== content).map(([key]) => key);
      onProgress({ objectCount: from.size, movedBytes: 0, run: 'fake' });
      return { ...stateOf(dataSet.from), mismatches: mismatches.slice(0, 20), mismatchCount: mismatches.length };
    },
    async removeCopies(dataSet) {
      const { bucket, prefix } = placeOf(dataSet.to);
      const objects = world.buckets.get(bucket)?.objects;
      const isCopy = (key: string): boolean =>
        dataSet.key === undefined ? key.startsWith(joined(prefix, '')) : key === joined(prefix, dataSet.key);
      for (const key of [...(objects?.keys() ?? [])]) if (isCopy(key)) objects?.delete(key);
      return [];
    },
  };
}

function mirrorDeletes(world: World, dataSet: DataSetSpec): number {
  if (dataSet.sync?.deletes !== 'mirror') return 0;
  const from = objectsUnder(world, dataSet.from);
  const { bucket, prefix } = placeOf(dataSet.to);
  const target = objectsUnder(world, dataSet.to);
  const extra = [...target.keys()].filter((key) => !from.has(key));
  if (extra.length * 100 > target.size * dataSet.sync.maxDeletePercent)
    throw new MigrationError('DeletesRefused', `${extra.length} of ${target.size} objects would be deleted`);
  for (const key of extra) objectsIn(world, bucket).delete(joined(prefix, key));
  return extra.length;
}

/** Keys are relative to the URL's own prefix. */
export function fakeLedger(world: World, url: string): LedgerStore {
  const { bucket, prefix } = placeOf(url);
  const start = joined(prefix, '');
  return {
    async putIfAbsent(key, body) {
      const objects = objectsIn(world, bucket);
      if (objects.has(start + key)) return 'exists';
      objects.set(start + key, body);
      return 'written';
    },
    async get(key) {
      return objectsIn(world, bucket).get(start + key);
    },
    async list(below) {
      const keys = [...objectsIn(world, bucket).keys()].filter((key) => key.startsWith(start + below));
      return keys.map((key) => key.slice(start.length)).sort();
    },
  };
}
