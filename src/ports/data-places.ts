import type { ManifestStore } from './manifest-store';
import type { ObjectTarget } from './object-store';

export interface StoreOptions {
  /** One object of the place alone is listed. Missing: all of them. */
  readonly key?: string;
  /** Missing: the bucket's own encryption. */
  readonly kmsKeyId?: string;
  /** Missing: as the source's. */
  readonly storageClass?: string;
  /** Told once each: what the place cannot do, in a sentence. */
  readonly onNotice: (text: string) => void;
}

/** Opens what a move works on. Errors: `ConfigInvalid`, `NotFound` (no such bucket), `AwsDenied`, `AwsUnavailable`. */
export interface DataPlaces {
  /** @param url `s3://bucket/prefix`. */
  openStore(url: string, options: StoreOptions, signal: AbortSignal): Promise<ObjectTarget>;
  openManifests(url: string): ManifestStore;
}
