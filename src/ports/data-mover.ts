import type { DataMemory } from '../domain/data-memory';
import type { DataSetSpec } from '../domain/spec';

export interface MoveOrder extends DataMemory {
  /** Alike for the attempts of one order, which go on where the one before stood, and for no other order. */
  readonly orderId: string;
  readonly signal: AbortSignal;
  /** Called now and then. */
  readonly onProgress: (progress: MoveProgress) => void;
}

export interface MoveProgress {
  /** Settled by this attempt: copied, compared or found unchanged. */
  readonly objectCount: number;
  /** That reached the target, also what a failure made to be moved again. */
  readonly movedBytes: number;
  /** Of the run whose checkpoint a later attempt goes on from. */
  readonly run: string;
}

/** How many objects are proven in which way; see docs/data-command.md. */
export type ProofCounts = Readonly<Record<'stored' | 'streamed' | 'read' | 'none', number>>;

/** The whole data set as it is known now. */
export interface DataState {
  readonly objectCount: number;
  readonly byteCount: number;
  /** Root of the Merkle tree (RFC 6962, hex) over key, size and checksum of every object; of reports, SHA-256 over their lines. */
  readonly manifestHash: string;
  /** Missing: proven by reports. */
  readonly proofs?: ProofCounts;
  /** What a place cannot do, one sentence each. */
  readonly notices?: readonly string[];
}

export interface CopyOutcome extends DataState {
  /** By all attempts of the order. */
  readonly copiedCount: number;
  readonly copiedBytes: number;
  /** Already there and equal. */
  readonly unchangedCount: number;
  /** What the source has no more; only where the data set mirrors deletes. */
  readonly deletedCount: number;
  /** Since the order's first attempt began. Unit: milliseconds. */
  readonly durationMs: number;
}

/** Of one range, by all attempts at it. */
export interface RangeOutcome extends Pick<DataState, 'notices'> {
  /** Of the source. Also what could not be copied: the copy of the whole tells. */
  readonly objectCount: number;
  readonly byteCount: number;
  readonly copiedCount: number;
  readonly copiedBytes: number;
}

export interface DataProof extends DataState {
  /** Keys that differ or are missing, with what each side holds, at most 20; `mismatchCount` counts all. */
  readonly mismatches: readonly string[];
  readonly mismatchCount: number;
}

/**
 * Moves and proves data. Errors: `NotFound` (also a source without objects), `DataChanged`, `DataMismatch`, `AwsDenied`,
 * `AwsRejected`, `AwsUnavailable`, `ConfigInvalid`.
 */
export interface DataMover {
  /**
   * Copies what is missing or differs and proves it, then deletes where `sync.deletes` mirrors.
   * @throws DeletesRefused before the first delete, when it would be more than `sync.maxDeletePercent`; DataMismatch
   * where the target holds something newer and `overwrite` is not set.
   */
  copy(dataSet: DataSetSpec, order: MoveOrder): Promise<CopyOutcome>;
  /**
   * Begins a copy that several workers do: each copies ranges of keys of about the same number of objects, and `copy` with
   * the same order proves what they did as one, with what comes after the last object. Later orders take it over.
   * @param countMax 1 or more.
   * @returns how many ranges there are; 1: `copy` does it alone. The attempts of one order get the same.
   */
  divide(dataSet: DataSetSpec, order: MoveOrder, countMax: number): Promise<number>;
  /**
   * Copies one range; its attempts go on where the one before stood. What cannot be copied is told by `copy`.
   * @param place from 0. @throws Error when another order has taken the copy over.
   */
  copyRange(dataSet: DataSetSpec, order: MoveOrder, place: number): Promise<RangeOutcome>;
  /** Compares what `verify` of the data set says; an ETag is not taken for content. Writes nothing to the target. */
  verify(dataSet: DataSetSpec, order: MoveOrder): Promise<DataProof>;
  /** Deletes the copies that this workload made, and forgets them. @returns keys that had to be left, at most 20. */
  removeCopies(dataSet: DataSetSpec, memory: DataMemory, signal: AbortSignal): Promise<readonly string[]>;
}
