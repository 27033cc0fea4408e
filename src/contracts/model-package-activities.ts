import type { DataMemory } from '../domain/data-memory';
import type { ImageSpec, PinnedImage } from '../domain/image';
import type { ModelDataProof, ModelPackageSpec, PinnedModelPackage } from '../domain/model-package';
import type { Owner } from '../domain/resources';

/** What an entry in the target depends on. */
export interface ModelPackageSetting {
  readonly modelPackage: ModelPackageSpec;
  /** Of the target. */
  readonly region: string;
  /** Those of the spec that have arrived. */
  readonly images: readonly { readonly image: ImageSpec; readonly pinned: PinnedImage }[];
}

export interface ModelPackageOrder extends ModelPackageSetting {
  readonly pinned: PinnedModelPackage;
  readonly proof: ModelDataProof;
  readonly owner: Owner;
  readonly adopt: boolean;
}

/** An entry that was read back. */
export interface RegisteredModelPackage {
  readonly arn: string;
  /** Of the target; a person may have answered already. */
  readonly approval: string;
  /** Hex, over the entry as it was asked for. */
  readonly entrySha256: string;
}

/** Versions of the Model Registry; each call may be made again. */
export interface ModelPackageActivities {
  /** @throws NotFound, ModelPackageUnmovable; EarlierRunLeftovers before anything is copied over what that run made. */
  pinModelPackage(input: ModelPackageSetting & { owner: Owner; adopt: boolean }): Promise<PinnedModelPackage>;
  /** @throws what copyData does. */
  copyModelData(input: {
    modelPackage: ModelPackageSpec;
    pinned: PinnedModelPackage;
    memory: DataMemory;
  }): Promise<{ objectCount: number; byteCount: number }>;
  /** SHA-256 over both sides. @throws ModelPackageMismatch. */
  verifyModelData(input: { modelPackage: ModelPackageSpec; pinned: PinnedModelPackage }): Promise<ModelDataProof>;
  /** One that is there is used, whoever made it. */
  createModelPackageGroup(input: { name: string; owner: Owner }): Promise<void>;
  /** @throws EarlierRunLeftovers. */
  createModelPackage(input: ModelPackageOrder): Promise<{ arn: string }>;
  /** Waits until the registry has it, and reads it back. @throws ModelPackageMismatch. */
  verifyModelPackage(input: ModelPackageOrder): Promise<RegisteredModelPackage>;
  /** Only what this run has made, or taken over. */
  removeModelPackage(input: {
    modelPackage: ModelPackageSpec;
    pinned: PinnedModelPackage;
    owner: Owner;
    adopt: boolean;
  }): Promise<void>;
  /** Only what this run has made, and only where nobody has put a version into it. */
  removeModelPackageGroup(input: { name: string; owner: Owner; adopt: boolean }): Promise<void>;
  removeModelData(input: {
    modelPackage: ModelPackageSpec;
    pinned: PinnedModelPackage;
    memory: DataMemory;
  }): Promise<void>;
}
