/** The files of a version, by their digests on both sides. */
import { createHash } from 'node:crypto';
import { MigrationError } from '../domain/errors';
import type {
  ModelDataProof,
  ModelPackageSpec,
  ModelPlace,
  PinnedModelPackage,
  PlaceDigest,
} from '../domain/model-package';
import { openable } from '../domain/model-package';
import type { ContentDigest, ContentDigests } from '../ports/content-digests';

/** @throws ModelPackageMismatch, which names every place that differs. */
export async function proveModelData(
  digests: ContentDigests,
  { name }: ModelPackageSpec,
  { places }: PinnedModelPackage,
  onProgress: (progress: { url: string; byteCount: number }) => void,
  signal: AbortSignal,
): Promise<ModelDataProof> {
  const digestOf = (kind: ModelPlace['kind'], url: string): Promise<ContentDigest> => {
    const place = openable(kind, url);
    if (place === undefined) throw new Error(`${url} has passed the checks and has no folder`);
    return digests.digestOf(place, (byteCount) => onProgress({ url, byteCount }), signal);
  };
  const proven: PlaceDigest[] = [];
  const different: string[] = [];
  for (const { kind, from, to } of places) {
    const [source, target] = await Promise.all([digestOf(kind, from), digestOf(kind, to)]);
    if (source.sha256 === target.sha256) proven.push({ from, to, ...target });
    else different.push(`${from} is ${shown(source)}, ${to} is ${shown(target)}`);
  }
  if (different.length > 0)
    throw new MigrationError('ModelPackageMismatch', `model package ${name}: ${different.join('; ')}`);
  return { sha256: sumOf(proven), places: proven };
}

/** Of one place its own, which can be held against the file; of several, over their list. */
function sumOf(places: readonly PlaceDigest[]): string {
  const [only, ...others] = places;
  if (only !== undefined && others.length === 0) return only.sha256;
  const hash = createHash('sha256');
  for (const { sha256, to } of places) hash.update(`${sha256}  ${to}\n`);
  return hash.digest('hex');
}

const shown = ({ sha256, objectCount, byteCount }: ContentDigest): string =>
  `sha256:${sha256} (${objectCount} objects, ${byteCount} bytes)`;
