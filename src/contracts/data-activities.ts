import type { DataMemory } from '../domain/data-memory';
import type { Owner } from '../domain/resources';
import type { DataSetSpec } from '../domain/spec';

/** How many objects are proven in which way: `stored`, `streamed`, `read` as in docs/data-command.md. */
type ProofCounts = Readonly<Record<'stored' | 'streamed' | 'read' | 'none', number>>;

export interface CopyResult {
  readonly objectCount: number;
  /** Copied by this run. */
  readonly byteCount: number;
  readonly copiedCount: number;
  readonly unchangedCount: number;
  readonly deletedCount: number;
  /** Unit: milliseconds. */
  readonly durationMs: number;
  /** Of all that is at the target now, as of `verifyData`. Missing in results of an earlier version. */
  readonly manifestHash?: string;
  readonly proofs?: ProofCounts;
}

/** Of one range of a copy that several workers do. */
export interface RangeResult {
  /** Of the source. */
  readonly objectCount: number;
  readonly byteCount: number;
  readonly copiedCount: number;
  readonly copiedBytes: number;
}

export interface RangeInput extends DataInput {
  /** As `divideData` told it. */
  readonly orderId: string;
  /** From 0. */
  readonly place: number;
}

export interface VerifyResult {
  readonly objectCount: number;
  readonly byteCount: number;
  /** Root of the Merkle tree (RFC 6962, hex) over key, size and checksum of every object; of reports, SHA-256 over their lines. */
  readonly manifestHash: string;
  /** Missing: proven by reports, or by an earlier version. */
  readonly proofs?: ProofCounts;
}

/** Whose memory of the data is used: it lies below the ledger. */
export interface DataInput {
  readonly dataSet: DataSetSpec;
  /** Missing only in what an earlier version scheduled. */
  readonly memory?: DataMemory;
}

export interface DataActivities {
  createBucket(input: { dataSet: DataSetSpec; region: string; owner: Owner; adopt: boolean }): Promise<void>;
  removeBucket(input: DataInput & { owner: Owner }): Promise<void>;
  /**
   * @param input with the order of ranges that were copied, which it then proves as one.
   * @throws DeletesRefused; DataMismatch where the target holds something newer.
   */
  copyData(input: DataInput & { orderId?: string }): Promise<CopyResult>;
  /** Ranges for several workers. @returns how many there are; 1: `copyData` with that order does it alone. */
  divideData(input: DataInput & { rangesMax: number }): Promise<{ orderId: string; rangeCount: number }>;
  copyRange(input: RangeInput): Promise<RangeResult>;
  /**
   * @param input with the transfer whose reports are the proof, where the source cannot be read whole.
   * @throws DataMismatch naming the first keys that differ, with both values.
   */
  verifyData(input: DataInput & { transfer?: string }): Promise<VerifyResult>;
  /** Whether data may be brought to the target by itself. @returns why not; null: it may. */
  whyNotSync(input: { workload: string; ledger: string }): Promise<{ reason: string | null }>;
}

export interface RoadInput {
  readonly dataSet: DataSetSpec;
  readonly owner: Owner;
}

/** Roads on which people and carriers have work to do, for days. */
export interface RoadActivities {
  /** Orders a device once, and returns when the customer has it. @throws TransferFailed. */
  orderImport(input: RoadInput): Promise<{ jobId: string }>;
  /** @returns where the keys stand that were not imported; null: every key was. @throws TransferFailed. */
  waitImported(input: RoadInput): Promise<{ jobId: string; failureLog: string | null }>;
  /** Accepts one that never was, or is over. @throws AwsRejected for a device that is on its way. */
  cancelImport(input: RoadInput): Promise<void>;
  /** @throws TransferFailed for a line that will never be available. */
  waitLine(input: RoadInput): Promise<void>;
}

export interface TransferInput {
  /** Of the task. */
  readonly name: string;
  readonly dataSet: DataSetSpec;
  readonly owner: Owner;
}

/** A data set that a service of AWS moves by itself. */
export interface TransferActivities {
  /** Task and locations. @throws AgentOffline, ResourceNotOurs, EarlierRunLeftovers. */
  createTransfer(input: TransferInput & { adopt: boolean }): Promise<void>;
  /**
   * Runs the task once, or follows the run that is under way. @returns what that run moved.
   * @throws TransferFailed, AgentOffline; DataChanged naming the first files that changed meanwhile.
   */
  runTransfer(input: TransferInput): Promise<{ execution: string; objectCount: number; byteCount: number }>;
  /** Also what it wrote, by its reports; a run under way is cancelled first. */
  removeTransfer(input: TransferInput): Promise<void>;
}
