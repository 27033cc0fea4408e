/** What an execution has done so far, as DescribeTaskExecution tells it: a Basic task has fewer counters than an Enhanced one. */
import type { DescribeTaskExecutionResponse, TaskExecutionResultDetail, TaskMode } from '@aws-sdk/client-datasync';

export interface Counters {
  estimatedFiles: number;
  estimatedBytes: number;
  estimatedDeletes: number;
  filesTransferred: number;
  bytesTransferred: number;
  bytesWritten: number;
  filesVerified: number;
  filesSkipped: number;
  filesDeleted: number;
  filesPrepared: number;
  listedAtSource: number;
  listedAtDestination: number;
  failedPrepare: number;
  failedTransfer: number;
  failedVerify: number;
  failedDelete: number;
}

export const NO_COUNTS: Counters = {
  estimatedFiles: 0,
  estimatedBytes: 0,
  estimatedDeletes: 0,
  filesTransferred: 0,
  bytesTransferred: 0,
  bytesWritten: 0,
  filesVerified: 0,
  filesSkipped: 0,
  filesDeleted: 0,
  filesPrepared: 0,
  listedAtSource: 0,
  listedAtDestination: 0,
  failedPrepare: 0,
  failedTransfer: 0,
  failedVerify: 0,
  failedDelete: 0,
};

type PhaseName = 'Prepare' | 'Transfer' | 'Verify';

/** Unit of the durations: milliseconds. */
export type RunResult = { -readonly [K in keyof TaskExecutionResultDetail]: TaskExecutionResultDetail[K] };

export function newResult(): RunResult {
  return { PrepareStatus: 'PENDING', TransferStatus: 'PENDING', VerifyStatus: 'PENDING' };
}

export function phaseOver(result: RunResult, phase: PhaseName, status: 'SUCCESS' | 'ERROR', durationMs: number): void {
  result[`${phase}Status`] = status;
  result[`${phase}Duration`] = Math.round(durationMs);
}

export function describeCounters(counters: Counters, mode: TaskMode): Partial<DescribeTaskExecutionResponse> {
  const both = {
    EstimatedFilesToTransfer: counters.estimatedFiles,
    EstimatedBytesToTransfer: counters.estimatedBytes,
    EstimatedFilesToDelete: counters.estimatedDeletes,
    FilesTransferred: counters.filesTransferred,
    BytesTransferred: counters.bytesTransferred,
    // Nothing is compressed on the way.
    BytesCompressed: counters.bytesTransferred,
    BytesWritten: counters.bytesWritten,
    FilesVerified: counters.filesVerified,
    FilesSkipped: counters.filesSkipped,
    FilesDeleted: counters.filesDeleted,
  };
  if (mode === 'BASIC') return both;
  return {
    ...both,
    FilesPrepared: counters.filesPrepared,
    FilesListed: { AtSource: counters.listedAtSource, AtDestinationForDelete: counters.listedAtDestination },
    FilesFailed: {
      Prepare: counters.failedPrepare,
      Transfer: counters.failedTransfer,
      Verify: counters.failedVerify,
      Delete: counters.failedDelete,
    },
  };
}
