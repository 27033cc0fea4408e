/** Deletes copies whose originals are gone, never more at once than the spec allows. */
import type { S3Client } from '@aws-sdk/client-s3';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { MigrationError } from '../domain/errors';
import type { BucketLocation } from '../domain/resources';
import type { DataSetSpec } from '../domain/spec';
import { awsCall } from './aws-errors';
import { acceptMissing } from './found';
import { mapOrdered } from './ordered';
import type { Sides } from './s3-copy';
import { MARKER } from './s3-copy';
import { extraObjects, keyAt, listObjects } from './s3-listing';
import type { S3Object } from './s3-listing';
import type { ReadOptions } from './s3-read';
import { headObject } from './s3-read';

const AT_ONCE = 16;
const PERCENT = 100;

/**
 * Counts first, on both sides as they are now, and deletes only then.
 * @returns how many were deleted; what bears no marker of ours stays. @throws DeletesRefused.
 */
export async function mirrorDeletes(
  client: S3Client,
  sides: Sides,
  dataSet: DataSetSpec,
  options: ReadOptions,
): Promise<number> {
  const { signal, onAlive } = options;
  let targetCount = 0;
  async function* target(): AsyncGenerator<S3Object> {
    for await (const object of listObjects(client, sides.to, signal)) {
      targetCount += 1;
      onAlive();
      yield object;
    }
  }
  const extras = (): AsyncIterable<S3Object> => extraObjects(listObjects(client, sides.from, signal), target());
  let extraCount = 0;
  for await (const _ of extras()) extraCount += 1;
  const percentMax = dataSet.sync?.maxDeletePercent ?? 0;
  // Stated as what must hold: no objects at all give no share.
  if (extraCount > 0 && !((extraCount * PERCENT) / targetCount <= percentMax))
    throw new MigrationError(
      'DeletesRefused',
      `data set ${dataSet.name}: ${extraCount} of ${targetCount} objects in ${dataSet.to} are no longer in ${dataSet.from}; maxDeletePercent is ${percentMax}, so nothing was deleted`,
    );
  let deletedCount = 0;
  if (extraCount === 0) return deletedCount;
  const removeOne = ({ relativeKey }: S3Object): Promise<Removal> => deleteCopy(client, sides.to, relativeKey, signal);
  for await (const removal of mapOrdered(extras(), AT_ONCE, removeOne)) {
    onAlive();
    if (removal === 'deleted') deletedCount += 1;
  }
  return deletedCount;
}

export type Removal = 'deleted' | 'gone' | 'foreign';

/** @returns `foreign`: it bears no marker, so somebody else wrote it and it stays. */
export async function deleteCopy(
  client: S3Client,
  to: BucketLocation,
  relativeKey: string,
  signal: AbortSignal,
): Promise<Removal> {
  const head = await headObject(client, to, relativeKey, signal);
  if (head === undefined) return 'gone';
  if (head.Metadata?.[MARKER] === undefined) return 'foreign';
  const Key = keyAt(to, relativeKey);
  const command = new DeleteObjectCommand({ Bucket: to.bucket, Key });
  await acceptMissing(
    awsCall('s3:DeleteObject', `s3://${to.bucket}/${Key}`, (abortSignal) => client.send(command, { abortSignal }), {
      signal,
    }),
  );
  return 'deleted';
}
