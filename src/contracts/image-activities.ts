import type { ImageProof, ImageSpec, PinnedImage } from '../domain/image';
import type { Owner } from '../domain/resources';

export interface CopiedImage {
  readonly manifestCount: number;
  /** Sent by this call; the others were there, or the registry had them in another repository. */
  readonly copiedBlobCount: number;
  readonly copiedBytes: number;
  readonly foundBlobCount: number;
  readonly mountedBlobCount: number;
}

/** Container images; each call may be made again. */
export interface ImageActivities {
  /** What the image's tag means now. @throws RegistryDenied, RegistryRejected, NotFound, ImageMismatch. */
  pinImage(input: { image: ImageSpec }): Promise<PinnedImage>;
  /** @throws ResourceNotOurs, EarlierRunLeftovers. */
  createRepository(input: { image: ImageSpec; owner: Owner; adopt: boolean }): Promise<{ uri: string }>;
  /** @throws ImageMismatch where the source sends other bytes than it named. */
  copyImage(input: { image: ImageSpec; pinned: PinnedImage }): Promise<CopiedImage>;
  /** @throws ImageMismatch naming what the target has not. */
  verifyImage(input: { image: ImageSpec; pinned: PinnedImage }): Promise<ImageProof>;
  /** What was pushed, and the repository where nothing else is in it. */
  removeImage(input: { image: ImageSpec; pinned: PinnedImage; owner: Owner }): Promise<void>;
}
