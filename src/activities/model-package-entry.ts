/** What is asked of the registry in the target. */
import { createHash } from 'node:crypto';
import type { ModelPackageOrder, ModelPackageSetting } from '../contracts/model-package-activities';
import { MigrationError } from '../domain/errors';
import type { ModelPackageEntry } from '../domain/model-package';
import { APPROVAL_KEY, entryInTarget, SHA256_KEY, SOURCE_KEY } from '../domain/model-package-entry';
import type { MovedImage } from '../domain/model-package-image';
import { imageInTarget } from '../domain/model-package-image';
import type { Owner } from '../domain/resources';
import { ownerTags } from '../domain/resources';
import { canonicalJson } from './canonical-json';
import type { Ports } from './ports';

/** Where the spec's images are now. @throws NotFound for one whose repository is gone. */
export async function movedImages(
  { images }: Pick<Ports, 'images'>,
  arrived: ModelPackageSetting['images'],
): Promise<MovedImage[]> {
  const moved: MovedImage[] = [];
  for (const { image, pinned } of arrived) {
    const found = await images.findRepository(image.to);
    if (found === undefined) throw new MigrationError('NotFound', `there is no repository ${image.to}`);
    moved.push({ image, pinned, uri: found.value.uri });
  }
  return moved;
}

/** The same for every attempt: it depends on what was looked up once. */
export async function wantedEntry(
  ports: Pick<Ports, 'images'>,
  { pinned, proof, owner, images, region }: ModelPackageOrder,
): Promise<ModelPackageEntry> {
  const moved = await movedImages(ports, images);
  return entryInTarget(
    pinned.entry,
    pinned.places,
    (reference, digest) => imageInTarget(reference, digest, moved, region),
    {
      ...ownerTags(owner),
      [SOURCE_KEY]: pinned.arn,
      [APPROVAL_KEY]: pinned.approval,
      [SHA256_KEY]: proof.sha256,
    },
  );
}

/** SageMaker takes 36 characters. */
const TOKEN_LENGTH = 32;

/** By it SageMaker knows a request that is sent again before it can be found by what it made. */
export function tokenOf({ run }: Owner, wanted: ModelPackageEntry): string {
  return createHash('sha256')
    .update(`${run} ${canonicalJson(wanted)}`)
    .digest('hex')
    .slice(0, TOKEN_LENGTH);
}
