import type { EpochMs } from '../domain/quantity';
import type { Owner } from '../domain/resources';
import type { DataSetSpec } from '../domain/spec';
import type { Found } from './traffic-router';

export type ExecutionStatus =
  'QUEUED' | 'CANCELLING' | 'LAUNCHING' | 'PREPARING' | 'TRANSFERRING' | 'VERIFYING' | 'SUCCESS' | 'ERROR';

/** So far; of a basic task, files are directories too. */
export interface TransferCounters {
  readonly filesToTransfer: number;
  readonly bytesToTransfer: number;
  readonly filesTransferred: number;
  readonly bytesTransferred: number;
  readonly filesVerified: number;
  readonly filesSkipped: number;
}

export interface TransferExecution {
  readonly arn: string;
  readonly status: ExecutionStatus;
  readonly startedAtMs: EpochMs;
  readonly counters: TransferCounters;
  /** Where the status is ERROR. */
  readonly failure?: { readonly code: string; readonly detail: string };
  /** Everything was transferred, and what was read again differs: most often files that changed meanwhile. */
  readonly isMismatch: boolean;
  /** The task report: `pending` also while the execution runs. */
  readonly report: 'pending' | 'written' | 'failed';
}

/** One file or directory of a task report. */
export interface ReportLine {
  readonly kind: 'file' | 'directory';
  readonly section: 'transferred' | 'verified' | 'skipped' | 'deleted';
  /** Below source and target alike, without a slash in front or at the end. */
  readonly path: string;
  /** Of the source where it is told, else of the target. */
  readonly sizeBytes?: number;
  /** What the service read again, as it writes it. */
  readonly hash?: string;
  /** Not there: it went well. */
  readonly failure?: string;
}

export interface TargetObject {
  readonly key: string;
  readonly sizeBytes: number;
}

/**
 * A service that moves a data set by itself once it is asked to: a task with two locations, and executions of it, of
 * which one runs at a time. Errors of every call: `AwsDenied`, `AwsRejected`, `AwsUnavailable`.
 */
export interface ManagedTransfer {
  /** undefined: no task bears the name. @throws NotExactlyOne. */
  findTask(name: string): Promise<Found<{ readonly arn: string }> | undefined>;
  /** With its locations; those that an earlier attempt left are used. */
  createTask(name: string, dataSet: DataSetSpec, owner: Owner): Promise<{ readonly arn: string }>;
  /** Puts the data set's settings on a task that is there. */
  updateTask(arn: string, dataSet: DataSetSpec): Promise<void>;
  /** Deletes the task, then what locations of ours it leaves behind; accepts that they are gone. */
  removeTask(name: string, dataSet: DataSetSpec, owner: Owner): Promise<void>;
  /** Those that are not reachable now. */
  offlineAgents(agentArns: readonly string[]): Promise<string[]>;
  /** Every execution of the task that the service still knows, in no order. */
  listExecutions(taskArn: string): Promise<readonly { readonly arn: string; readonly status: ExecutionStatus }[]>;
  /** undefined: it was started by nobody who says so. */
  readStart(executionArn: string): Promise<string | undefined>;
  /** @param start names the asker's call; kept on the execution. */
  startExecution(taskArn: string, start: string, owner: Owner): Promise<{ readonly arn: string }>;
  readExecution(executionArn: string): Promise<TransferExecution>;
  /** Accepts one that is over. */
  cancelExecution(executionArn: string): Promise<void>;
  /** What its report says, file by file; nothing where there is none. */
  readReport(dataSet: DataSetSpec, executionArn: string): AsyncIterable<ReportLine>;
  listTarget(dataSet: DataSetSpec): AsyncIterable<TargetObject>;
  /** Accepts keys that are gone. @param keys below the target; at most 1,000. */
  removeObjects(dataSet: DataSetSpec, keys: readonly string[]): Promise<void>;
}

export function isOver(status: ExecutionStatus): boolean {
  return status === 'SUCCESS' || status === 'ERROR';
}
