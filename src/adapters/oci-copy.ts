/**
 * One image from one repository to another, by digest.
 *
 * 1. A manifest is stored only once everything that it names is: what a registry has of ours is always whole.
 * 2. What is there is not sent again, so an attempt goes on where the one before it broke off.
 */
import { MigrationError } from '../domain/errors';
import type { ImageProof, PinnedImage } from '../domain/image';
import type { ImageCopy } from '../ports/image-mover';
import { mapOrdered } from './ordered';
import type { Descriptor, Manifest } from './oci-manifest';
import type { OciRepository } from './oci-repository';

/** At once, each a stream: a few keep a line busy. */
const BLOBS_AT_ONCE = 4;
const QUESTIONS_AT_ONCE = 8;
/** An index of indexes is allowed; more is a mistake, or an attack. */
const DEPTH_MAX = 4;
const MANIFESTS_MAX = 1_000;

/** The image, then what it names, each once. @throws ImageMismatch. */
export async function readTree(repository: OciRepository, reference: string, signal: AbortSignal): Promise<Manifest[]> {
  const root = await repository.manifest(reference, signal);
  const known = new Map([[root.digest, root]]);
  let level = [root];
  for (let depth = 1; level.length > 0; depth += 1) {
    const digests = [...new Set(level.flatMap(({ children }) => children.map(({ digest }) => digest)))];
    const next = digests.filter((digest) => !known.has(digest));
    if (depth > DEPTH_MAX || known.size + next.length > MANIFESTS_MAX)
      throw new MigrationError(
        'RegistryRejected',
        `${reference} names ${known.size} manifests, ${depth} deep: too many`,
      );
    level = [];
    for await (const child of mapOrdered(next, QUESTIONS_AT_ONCE, (digest) => repository.manifest(digest, signal)))
      level.push(child);
    for (const child of level) known.set(child.digest, child);
  }
  return [...known.values()];
}

export function blobsOf(tree: readonly Manifest[]): Descriptor[] {
  return [...new Map(tree.flatMap(({ blobs }) => blobs).map((blob) => [blob.digest, blob])).values()];
}

export function pinnedFrom(tree: readonly Manifest[]): PinnedImage {
  const blobs = blobsOf(tree);
  return {
    digest: tree[0]?.digest ?? '',
    manifests: tree.map(({ digest }) => digest),
    blobCount: blobs.length,
    byteCount: blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

interface Sides {
  readonly source: OciRepository;
  readonly target: OciRepository;
}

/** @param tag of the target; undefined: it is found by its digest alone. */
export async function copyImage(
  { source, target }: Sides,
  digest: string,
  tag: string | undefined,
  onProgress: (copied: ImageCopy) => void,
  signal: AbortSignal,
): Promise<ImageCopy> {
  const tree = await readTree(source, digest, signal);
  const copied = {
    manifestCount: tree.length,
    copiedBlobCount: 0,
    copiedBytes: 0,
    foundBlobCount: 0,
    mountedBlobCount: 0,
  };
  const blobs = mapOrdered(blobsOf(tree), BLOBS_AT_ONCE, async (blob) => {
    const how = await copyBlob({ source, target }, blob, signal);
    copied[`${how}BlobCount`] += 1;
    if (how === 'copied') copied.copiedBytes += blob.sizeBytes;
    onProgress({ ...copied });
  });
  for await (const _ of blobs) signal.throwIfAborted();
  await putTree(target, tree, tag, signal);
  return copied;
}

async function copyBlob(
  { source, target }: Sides,
  blob: Descriptor,
  signal: AbortSignal,
): Promise<'copied' | 'found' | 'mounted'> {
  const { digest } = blob;
  if ((await target.blobSize(digest, signal)) === blob.sizeBytes) return 'found';
  const isOneRegistry = source.endpoint === target.endpoint && source.name !== target.name;
  if (isOneRegistry && (await target.mountBlob(digest, source.name, signal))) return 'mounted';
  await target.writeBlob(digest, source.readBlob(blob, signal), signal);
  return 'copied';
}

async function putTree(
  target: OciRepository,
  tree: readonly Manifest[],
  tag: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  // Each stands after what names it, so from the end on nothing is named that is not there.
  for (const manifest of [...tree].reverse()) {
    const reference = manifest === tree[0] && tag !== undefined ? tag : manifest.digest;
    const there = await target.findManifest(reference, signal);
    if (there === undefined) await target.putManifest(manifest, reference, signal);
    else if (there.digest !== manifest.digest)
      throw new MigrationError(
        'RegistryRejected',
        `${target.name}:${reference} is ${there.digest} already; tags are not moved`,
      );
  }
}

/** Every manifest by its digest, every blob by what the registry says of it. @throws ImageMismatch naming what is missing. */
export async function proveImage(target: OciRepository, pinned: PinnedImage, signal: AbortSignal): Promise<ImageProof> {
  const tree = await readTree(target, pinned.digest, signal).catch((error: unknown) => {
    if (!(error instanceof MigrationError && error.code === 'NotFound')) throw error;
    throw new MigrationError('ImageMismatch', `${target.name}@${pinned.digest} is not whole: ${error.message}`, {
      cause: error,
    });
  });
  const blobs = blobsOf(tree);
  const missing: string[] = [];
  const sizes = mapOrdered(blobs, QUESTIONS_AT_ONCE, async (blob) => ({
    blob,
    size: await target.blobSize(blob.digest, signal),
  }));
  for await (const { blob, size } of sizes)
    if (size !== blob.sizeBytes)
      missing.push(`${blob.digest} (${size ?? 'not there'} instead of ${blob.sizeBytes} bytes)`);
  if (missing.length > 0)
    throw new MigrationError(
      'ImageMismatch',
      `${target.name}@${pinned.digest}: ${missing.length} of ${blobs.length} blobs are missing: ${missing.slice(0, 5).join(', ')}`,
    );
  const { digest, byteCount } = pinnedFrom(tree);
  return { digest, manifestCount: tree.length, blobCount: blobs.length, byteCount };
}
