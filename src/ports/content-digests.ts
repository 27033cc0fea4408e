/** SHA-256 over what lies in S3, by its own word where it states one of the whole content, else by reading it. */
import type { OpenablePlace } from '../domain/model-package';

export interface ContentDigest {
  /** Hex. Of one object its bytes'; else of the list of all, one line `sha256  key` each in the order of the keys. */
  readonly sha256: string;
  readonly objectCount: number;
  readonly byteCount: number;
}

export interface ContentDigests {
  /** @throws NotFound where there is nothing; else what ports/object-store.ts names. */
  digestOf(place: OpenablePlace, onProgress: (byteCount: number) => void, signal: AbortSignal): Promise<ContentDigest>;
}
