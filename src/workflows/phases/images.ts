import { formatBytes } from '../../domain/data-quantity';
import type { PinnedImage } from '../../domain/image';
import type { ImageStep } from '../../domain/plan';
import { call } from '../calls';
import { note } from '../journal';
import type { Run } from '../run';
import { registerUndo } from '../state';
import type { MigrationState } from '../state';

/** One image, before anything is made that runs it. Each may be done again. */
export async function buildImage(run: Run, { kind, image }: ImageStep): Promise<void> {
  const { state } = run;
  const { owner, adopt } = state;
  switch (kind) {
    case 'image-digest':
      return pinImage(run, image);
    case 'image-repository':
      registerUndo(state, { kind: 'image', name: image.name });
      await call('createRepository', 'quick', `repository ${image.to}`, { image, owner, adopt });
      return;
    case 'copy-image': {
      const pinned = pinnedOf(state, image.name);
      await call('copyImage', 'long', `copy ${image.from} to ${image.to}`, { image, pinned });
      return;
    }
    case 'verify-image':
      return verifyImage(run, image);
  }
}

/** Once: a tag that moves later changes nothing any more. */
async function pinImage({ state }: Run, image: ImageStep['image']): Promise<void> {
  if (state.images?.[image.name] !== undefined) return;
  const pinned = await call('pinImage', 'long', `digest of ${image.from}`, { image });
  state.images = { ...state.images, [image.name]: pinned };
  const { digest, manifests, blobCount, byteCount } = pinned;
  const size = `${manifests.length} manifests, ${blobCount} blobs, ${formatBytes(byteCount)}`;
  note(state, 'image_pinned', `${image.name}: ${image.from} is ${digest} (${size})`, { values: { digest } });
}

async function verifyImage({ state }: Run, image: ImageStep['image']): Promise<void> {
  const proof = await call('verifyImage', 'long', `verify ${image.to}`, { image, pinned: pinnedOf(state, image.name) });
  const { manifestCount, blobCount, byteCount, digest } = proof;
  const text = `${image.name}: ${image.to}@${digest} is whole: ${manifestCount} manifests, ${blobCount} blobs, ${byteCount} bytes`;
  note(state, 'image_verified', text, { values: { ...proof } });
}

/** Its absence after the first step is a broken invariant, not an operator's mistake. */
export function pinnedOf({ images }: MigrationState, name: string): PinnedImage {
  const pinned = images?.[name];
  if (pinned === undefined) throw new Error(`the digest of image ${name} is not known yet`);
  return pinned;
}
