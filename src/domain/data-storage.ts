/** S3 holds the one true copy; whoever needs a file system gets one in front of the bucket, not a second copy. */
import type { DataSetSpec, FileSystemNeed } from './spec-data';

const BYTES_FOR_FAST_FILE = 50e9;

const BEFORE_THE_BUCKET: Readonly<Record<FileSystemNeed, string>> = {
  training:
    'FSx for Lustre, linked to the bucket by a data repository association (import new, changed, deleted): training jobs read it as files, S3 stays the truth',
  shared:
    'EFS for what many instances write together, with a DataSync task that brings it to the bucket; for reading alone Mountpoint for Amazon S3 does',
  'on-premises': 'S3 File Gateway: machines outside AWS see the bucket as an NFS or SMB share',
};

/** Advice of the plan, one sentence each: planned, not executed. */
export function storageAdvice(dataSet: DataSetSpec): string[] {
  const { fileSystem } = dataSet;
  if (fileSystem === undefined) return [];
  return [
    `${BEFORE_THE_BUCKET[fileSystem]} (planned, not executed)`,
    ...(fileSystem === 'training' ? [`training input mode ${inputMode(dataSet)}`] : []),
  ];
}

/** How SageMaker gives the data to a training job. */
function inputMode({ expected }: DataSetSpec): string {
  const { bytes } = expected ?? {};
  if (bytes === undefined) return 'FastFile: expected.bytes is not told, and it starts without a download';
  return bytes < BYTES_FOR_FAST_FILE
    ? 'File: below 50 GB the download at the start is short, and reads are local'
    : 'FastFile for what is read in order; FSx for Lustre for random reads over many epochs';
}
