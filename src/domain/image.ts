/** Container images: where they are, and what one is once its tag has been looked up. */

/** One image that the workload needs, moved to a repository of ECR before the target is made. */
export interface ImageSpec {
  readonly name: string;
  /** `registry/repository:tag`, `registry/repository@sha256:…`, or both. */
  readonly from: string;
  /** Name of the repository in the target's account. */
  readonly to: string;
  /** How the source's registry is asked; not there: without credentials, or as the worker where it is ECR. */
  readonly credentials?: RegistryCredentialsSpec;
  readonly kmsKeyId?: string;
}

/** Never the password itself: it would stay in histories. */
export type RegistryCredentialsSpec =
  { readonly env: string; readonly secretArn?: undefined } | { readonly secretArn: string; readonly env?: undefined };

/** Variables of the worker that a spec may name; so none can send the worker's other secrets to a registry. */
export const REGISTRY_ENV_PREFIX = 'CROSSFADE_REGISTRY_';

export interface ImageReference {
  /** Host, with its port where one is told. */
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

const HOST = '(?:localhost|[a-zA-Z0-9-]+(?:\\.[a-zA-Z0-9-]+)+|[a-zA-Z0-9-]+(?=:))(?::\\d{1,5})?';
const REPOSITORY = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*';
const REFERENCE = new RegExp(
  `^(${HOST})/(${REPOSITORY})(?::([A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$`,
);

/** @returns undefined when the text names no registry, or neither a tag nor a digest. */
export function parseImageReference(text: string): ImageReference | undefined {
  const [, registry, repository, tag, digest] = REFERENCE.exec(text) ?? [];
  if (registry === undefined || repository === undefined || (tag ?? digest) === undefined) return undefined;
  return { registry, repository, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

const REPOSITORY_LENGTH = { min: 2, max: 256 };

/** Whether ECR takes it for the name of a repository. */
export function isRepositoryName(text: string): boolean {
  const { min, max } = REPOSITORY_LENGTH;
  return text.length >= min && text.length <= max && new RegExp(`^${REPOSITORY}$`).test(text);
}

/** What a tag meant when it was looked up, once; from then on only digests count. */
export interface PinnedImage {
  /** Of the image itself: an index of several platforms, or the manifest of one. */
  readonly digest: string;
  /** Of the image and of everything that its index names; each after what names it. */
  readonly manifests: readonly string[];
  /** Different ones, configurations among them. */
  readonly blobCount: number;
  /** Of the blobs. */
  readonly byteCount: number;
}

/** What a registry was asked for, and had. */
export interface ImageProof {
  readonly digest: string;
  readonly manifestCount: number;
  readonly blobCount: number;
  readonly byteCount: number;
}
