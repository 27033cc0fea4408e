/**
 * Container images between registries, by digest.
 *
 * Errors of every call: `RegistryDenied`, `RegistryRejected`, `RegistryUnavailable`, `NotFound`; of ECR `AwsDenied`,
 * `AwsRejected`, `AwsUnavailable`.
 */
import type { ImageProof, ImageSpec, PinnedImage } from '../domain/image';
import type { Owner } from '../domain/resources';
import type { Found } from './traffic-router';

export interface ImageCopy {
  readonly manifestCount: number;
  /** Sent from here. */
  readonly copiedBlobCount: number;
  readonly copiedBytes: number;
  /** There already, from an earlier attempt or of another image. */
  readonly foundBlobCount: number;
  /** Taken by the registry from another repository of its own. */
  readonly mountedBlobCount: number;
}

export interface ImageMover {
  /** Reads the source's manifests. @throws ImageMismatch when they are not what their digests say. */
  pin(image: ImageSpec, signal: AbortSignal): Promise<PinnedImage>;
  findRepository(name: string): Promise<Found<{ readonly uri: string }> | undefined>;
  createRepository(image: ImageSpec, owner: Owner): Promise<{ readonly uri: string }>;
  /** What is in the target already is not sent again. @throws ImageMismatch when the source sends other bytes. */
  copy(
    image: ImageSpec,
    pinned: PinnedImage,
    onProgress: (copied: ImageCopy) => void,
    signal: AbortSignal,
  ): Promise<ImageCopy>;
  /** Asks the target for every manifest and every blob. @throws ImageMismatch for what is not there, or differs. */
  verify(image: ImageSpec, pinned: PinnedImage, signal: AbortSignal): Promise<ImageProof>;
  /** The image, and its repository once that is empty. Accepts what is gone. @returns why something stays; empty: nothing does. */
  remove(image: ImageSpec, pinned: PinnedImage): Promise<readonly string[]>;
}
