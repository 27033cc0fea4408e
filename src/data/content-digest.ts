/** SHA-256 over objects of a place. One at a time: memory is constant, and hashing one fills a processor. */
import { createHash } from 'node:crypto';
import { MigrationError } from '../domain/errors';
import type { OpenablePlace } from '../domain/model-package';
import type { ContentDigest, ContentDigests } from '../ports/content-digests';
import type { DataPlaces } from '../ports/data-places';
import type { ObjectEntry, ObjectSource } from '../ports/object-store';
import { assertVersion } from './copied';
import { summing } from './checksum';

export class PlaceDigests implements ContentDigests {
  constructor(private readonly places: Pick<DataPlaces, 'openStore'>) {}

  async digestOf(
    { url, key }: OpenablePlace,
    onProgress: (byteCount: number) => void,
    signal: AbortSignal,
  ): Promise<ContentDigest> {
    const options = { onNotice: () => undefined, ...(key === undefined ? {} : { key }) };
    const place = await this.places.openStore(url, options, signal);
    try {
      return await digestOfAll(place, key !== undefined, onProgress, signal);
    } finally {
      await place.close();
    }
  }
}

async function digestOfAll(
  place: ObjectSource,
  isOne: boolean,
  onProgress: (byteCount: number) => void,
  signal: AbortSignal,
): Promise<ContentDigest> {
  const list = createHash('sha256');
  let [objectCount, byteCount, last] = [0, 0, ''];
  for await (const page of place.list({}, signal)) {
    for (const entry of page) {
      last = await digestOfObject(place, entry, (bytes) => onProgress(byteCount + bytes), signal);
      list.update(`${last}  ${entry.key}\n`);
      objectCount += 1;
      byteCount += entry.sizeBytes;
      onProgress(byteCount);
    }
  }
  if (objectCount === 0) throw new MigrationError('NotFound', `there are no objects at ${place.url}`);
  return { sha256: isOne ? last : list.digest('hex'), objectCount, byteCount };
}

async function digestOfObject(
  place: ObjectSource,
  entry: ObjectEntry,
  onProgress: (byteCount: number) => void,
  signal: AbortSignal,
): Promise<string> {
  const found = await place.find(entry.key, signal);
  assertVersion(place.url, entry, found);
  if (found.checksum?.kind === 'sha256') return hexOf(found.checksum.value);
  const sum = summing('sha256');
  let byteCount = 0;
  for await (const chunk of (await place.read(entry, undefined, signal)).bytes) {
    sum.add(chunk);
    byteCount += chunk.length;
    onProgress(byteCount);
  }
  return hexOf(sum.done().value);
}

const hexOf = (base64: string): string => Buffer.from(base64, 'base64').toString('hex');
