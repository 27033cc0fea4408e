/** The two places of one move: opened together, closed together. */
import type { DataSetSpec } from '../domain/spec';
import type { DataPlaces } from '../ports/data-places';
import type { ObjectTarget } from '../ports/object-store';

export interface Opened {
  readonly from: ObjectTarget;
  readonly to: ObjectTarget;
}

/** @param onNotice told what a place cannot do. @throws as DataPlaces; then nothing is left open. */
export async function openBoth(
  places: DataPlaces,
  { from, to, key, kmsKeyId, storageClass }: DataSetSpec,
  onNotice: (text: string) => void,
  signal: AbortSignal,
): Promise<Opened> {
  const reads = { onNotice, ...(key === undefined ? {} : { key }) };
  const source = await places.openStore(from, reads, signal);
  try {
    const writes = {
      ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
      ...(storageClass === undefined ? {} : { storageClass }),
    };
    return { from: source, to: await places.openStore(to, { ...reads, ...writes }, signal) };
  } catch (error) {
    await source.close();
    throw error;
  }
}

export async function closeBoth({ from, to }: Opened): Promise<void> {
  await Promise.all([from.close(), to.close()]);
}
