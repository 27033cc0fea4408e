import type { ReadPair } from '../domain/read-check';

export interface ReadOrder {
  readonly from: string;
  readonly to: string;
  /** Objects, at most. */
  readonly sampleMax: number;
  /** Which objects, and in which order: the same seed gives the same ones. */
  readonly seed: number;
}

export interface ReadSample {
  readonly pairs: readonly ReadPair[];
  /** Objects that were chosen and could not be compared: changed, gone, or in an archive. */
  readonly passedCount: number;
}

/** Reads the same objects from two places and takes the time. */
export interface ReadSampler {
  /** @throws what ports/object-store.ts names. */
  sample(order: ReadOrder, onProgress: (pairCount: number) => void, signal: AbortSignal): Promise<ReadSample>;
}
