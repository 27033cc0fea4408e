/** Removes objects, a thousand with one request. */
import { DeleteObjectsCommand } from '@aws-sdk/client-s3';
import { awsCall } from './aws-errors';
import { acceptMissing } from './found';
import type { S3Place } from './s3-store-place';
import type { S3Wire } from './s3-store-wire';

/** As many as DeleteObjects takes. */
const AT_ONCE = 1_000;

export interface NotRemoved {
  readonly key: string;
  readonly reason: string;
}

/** @param keys in the bucket; those that are gone are accepted. @returns what is still there, with the reason. */
export async function removeObjects(
  wire: S3Wire,
  place: S3Place,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<readonly NotRemoved[]> {
  const listable = keys.filter((key) => !hasNoXml(key));
  const failed: NotRemoved[] = [];
  for (let from = 0; from < listable.length; from += AT_ONCE)
    failed.push(...(await removePage(place, listable.slice(from, from + AT_ONCE), signal)));
  for (const key of keys.filter(hasNoXml)) {
    try {
      await acceptMissing(wire.send({ method: 'DELETE', key, call: 's3:DeleteObject', signal }));
    } catch (error) {
      signal.throwIfAborted();
      failed.push({ key, reason: (error as Error).message });
    }
  }
  return failed;
}

async function removePage(place: S3Place, keys: readonly string[], signal: AbortSignal): Promise<NotRemoved[]> {
  const { bucket } = place.location;
  const command = new DeleteObjectsCommand({
    Bucket: bucket,
    Delete: { Objects: keys.map((Key) => ({ Key })), Quiet: true },
  });
  const { Errors = [] } = await awsCall(
    's3:DeleteObject',
    `s3://${bucket}`,
    (abortSignal) => place.client.send(command, { abortSignal }),
    { signal },
  );
  return Errors.filter(({ Code }) => Code !== 'NoSuchKey').map(({ Key = '', Code = '', Message = '' }) => ({
    key: Key,
    reason: `${Code}: ${Message}`,
  }));
}

/** Characters that no XML can carry, so that a list of keys to delete cannot either. */
function hasNoXml(key: string): boolean {
  return [...key].some((char) => char < ' ' || char === '\ufffe' || char === '\uffff');
}
