/** Which image the entry of a model names in the target. */
import { MigrationError } from './errors';
import type { ImageSpec, PinnedImage } from './image';
import { parseImageReference } from './image';

/** One of the spec's `images`, once it has arrived. */
export interface MovedImage {
  readonly image: ImageSpec;
  readonly pinned: PinnedImage;
  /** Of its repository: `ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME`. */
  readonly uri: string;
}

/**
 * By digest where it moved, and as it was where it did not.
 * @param digest as which the registry has entered it; undefined: it says none. @param region of the target.
 * @throws ModelPackageUnmovable for one of another region that did not move, and where another image moved under its tag.
 */
export function imageInTarget(
  reference: string,
  digest: string | undefined,
  moved: readonly MovedImage[],
  region: string,
): string {
  const asked = parseImageReference(reference);
  const wanted = (digest ?? asked?.digest)?.toLowerCase();
  const candidates = moved.filter(({ image }) => {
    const from = parseImageReference(image.from);
    return asked !== undefined && from?.registry === asked.registry && from.repository === asked.repository;
  });
  const has = ({ pinned }: MovedImage): boolean => wanted !== undefined && holds(pinned, wanted);
  const found =
    candidates.find(has) ??
    candidates.find(({ image }) => asked?.tag !== undefined && parseImageReference(image.from)?.tag === asked.tag);
  if (found === undefined) return unmoved(reference, region);
  if (wanted !== undefined && !has(found))
    throw new MigrationError(
      'ModelPackageUnmovable',
      `image ${reference} was registered as ${wanted}, and images has moved ${found.pinned.digest} under this tag: ` +
        'name it by its digest in images',
    );
  return `${found.uri}@${wanted ?? found.pinned.digest}`;
}

function holds({ digest, manifests }: PinnedImage, wanted: string): boolean {
  return digest === wanted || manifests.includes(wanted);
}

/** SageMaker takes images of its own region alone. */
function unmoved(reference: string, region: string): string {
  const [, of] = /\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com/.exec(reference) ?? [];
  if (of === undefined || of === region) return reference;
  throw new MigrationError(
    'ModelPackageUnmovable',
    `image ${reference} is in ${of}, and a model in ${region} needs it there: name it in images`,
  );
}
