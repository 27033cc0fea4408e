/** ImageMover from any registry to ECR. */
import { MigrationError } from '../domain/errors';
import { parseImageReference } from '../domain/image';
import type { ImageProof, ImageReference, ImageSpec, PinnedImage } from '../domain/image';
import type { Owner } from '../domain/resources';
import type { ImageCopy, ImageMover } from '../ports/image-mover';
import type { Found } from '../ports/traffic-router';
import type { EcrRepositories } from './ecr';
import { copyImage, pinnedFrom, proveImage, readTree } from './oci-copy';
import { OciRepository } from './oci-repository';
import { RegistryWire } from './oci-wire';
import { sourceAccess } from './registry-credentials';
import type { CredentialSources } from './registry-credentials';

export class RegistryImages implements ImageMover {
  constructor(
    private readonly repositories: EcrRepositories,
    private readonly sources: CredentialSources,
  ) {}

  async pin(image: ImageSpec, signal: AbortSignal): Promise<PinnedImage> {
    const { tag, digest } = referenceOf(image);
    const source = await this.source(image);
    return pinnedFrom(await readTree(source, digest ?? tag ?? '', signal));
  }

  findRepository(name: string): Promise<Found<{ uri: string }> | undefined> {
    return this.repositories.find(name);
  }

  createRepository(image: ImageSpec, owner: Owner): Promise<{ uri: string }> {
    return this.repositories.create(image, owner);
  }

  async copy(
    image: ImageSpec,
    { digest }: PinnedImage,
    onProgress: (copied: ImageCopy) => void,
    signal: AbortSignal,
  ): Promise<ImageCopy> {
    const source = await this.source(image);
    const target = await this.target(image);
    return copyImage({ source, target }, digest, referenceOf(image).tag, onProgress, signal);
  }

  async verify(image: ImageSpec, pinned: PinnedImage, signal: AbortSignal): Promise<ImageProof> {
    return proveImage(await this.target(image), pinned, signal);
  }

  async remove({ to }: ImageSpec, { manifests }: PinnedImage): Promise<readonly string[]> {
    const kept = await this.repositories.removeImages(to, manifests);
    const isGone = await this.repositories.removeIfEmpty(to);
    return isGone ? kept : [...kept, `repository ${to} holds images that are not ours, and stays`];
  }

  private async source(image: ImageSpec): Promise<OciRepository> {
    const reference = referenceOf(image);
    const access = await sourceAccess(image, reference, this.sources);
    return new OciRepository(new RegistryWire(access), reference.repository);
  }

  private async target({ to }: ImageSpec): Promise<OciRepository> {
    return new OciRepository(new RegistryWire(await this.repositories.access()), to);
  }
}

function referenceOf({ name, from }: ImageSpec): ImageReference {
  const reference = parseImageReference(from);
  if (reference === undefined) throw new MigrationError('SpecInvalid', `image ${name}: ${from} is no image`);
  return reference;
}
