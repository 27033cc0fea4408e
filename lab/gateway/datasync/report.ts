/** Task reports, in the folders and JSON that DataSync writes: one summary, and lists of files in numbered parts. */
import { randomBytes } from 'node:crypto';
import type { ReportOverrides, TaskReportConfig } from '@aws-sdk/client-datasync';
import type { S3Client } from '@aws-sdk/client-s3';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { LAB_ACCOUNT } from '../../aws-env';
import { idOf } from './account';
import type { ExecutionRecord } from './account';
import { describeCounters } from './counters';
import type { Item } from './stores';
import { modeOf } from './tasks';
import type { Row, Rows } from './transfer';

/** Small enough that a reader of the first part alone is found out. */
const ROWS_A_PART = 50;

type Section = keyof ReportOverrides;

const SECTIONS: readonly { readonly section: Section; readonly verb: string; readonly rows: keyof Rows }[] = [
  { section: 'Transferred', verb: 'Transfer', rows: 'transferred' },
  { section: 'Verified', verb: 'Verify', rows: 'verified' },
  { section: 'Skipped', verb: 'Skip', rows: 'skipped' },
  { section: 'Deleted', verb: 'Delete', rows: 'deleted' },
];

export async function writeReport(
  s3: S3Client,
  execution: ExecutionRecord,
  config: TaskReportConfig,
  rows: Rows,
  uris: { readonly source: string; readonly destination: string },
): Promise<void> {
  const { S3BucketArn = '', Subdirectory = '' } = config.Destination?.S3 ?? {};
  const bucket = S3BucketArn.split(':').at(-1) ?? '';
  const folder = Subdirectory.replace(/^\/+|\/+$/g, '');
  const executionId = idOf(execution.arn);
  const put = async (kind: string, file: string, body: unknown): Promise<void> => {
    const key = [folder, kind, idOf(execution.task.arn), executionId, file].filter((part) => part !== '').join('/');
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: JSON.stringify(body) }));
  };
  await put('Summary-Reports', `${executionId}.summary-v1-${partId()}.json`, summary(execution, uris));
  if (config.OutputType === 'SUMMARY_ONLY') return;
  for (const { section, verb, rows: name } of SECTIONS) {
    const level = config.Overrides?.[section]?.ReportLevel ?? config.ReportLevel ?? 'ERRORS_ONLY';
    const told = rows[name].filter(({ failure }) => level === 'SUCCESSES_AND_ERRORS' || failure !== undefined);
    for (let part = 0; part * ROWS_A_PART < told.length; part += 1) {
      const lines = told.slice(part * ROWS_A_PART, (part + 1) * ROWS_A_PART);
      const number = String(part + 1).padStart(5, '0');
      await put('Detailed-Reports', `${executionId}.files-${section.toLowerCase()}-v1-${number}-${partId()}.json`, {
        TaskExecutionId: executionId,
        [section]: lines.map((row) => lineOf(row, verb, modeOf(execution.task) === 'ENHANCED')),
      });
    }
  }
}

const partId = (): string => randomBytes(9).toString('hex').slice(0, 17);

/** Enhanced tasks name the two sides in full. */
function lineOf(row: Row, verb: string, isEnhanced: boolean): Record<string, unknown> {
  const [source, destination] = isEnhanced ? ['Source', 'Destination'] : ['Src', 'Dst'];
  return {
    RelativePath: row.path,
    ...(verb === 'Transfer'
      ? { TransferType: 'CONTENT_AND_METADATA', Overwrite: String(row.isOverwrite === true) }
      : {}),
    ...(row.source === undefined ? {} : { [`${source}Metadata`]: metadataOf(row.source) }),
    ...(row.sourceHash === undefined ? {} : { [`${source}Hash`]: row.sourceHash }),
    ...(row.destination === undefined ? {} : { [`${destination}Metadata`]: metadataOf(row.destination) }),
    ...(row.destinationHash === undefined ? {} : { [`${destination}Hash`]: row.destinationHash }),
    [`${verb}Timestamp`]: row.at.toISOString(),
    [`${verb}Status`]: row.failure === undefined ? 'SUCCESS' : 'FAILED',
    ...(row.failure === undefined ? {} : { FailureCode: row.failure.code, FailureReason: row.failure.reason }),
  };
}

function metadataOf({ sizeBytes, mtimeMs }: Item): Record<string, unknown> {
  return { Type: 'Regular', ContentSize: sizeBytes, Mtime: new Date(mtimeMs).toISOString() };
}

function summary(
  execution: ExecutionRecord,
  uris: { readonly source: string; readonly destination: string },
): Record<string, unknown> {
  const { arn, task, startedAt, endedAt, status, options, counters, result } = execution;
  return {
    TaskExecutionId: idOf(arn),
    AccountId: LAB_ACCOUNT,
    TaskId: idOf(task.arn),
    TaskName: task.input.Name,
    TaskMode: modeOf(task),
    SourceLocation: { LocationId: idOf(task.input.SourceLocationArn ?? ''), LocationUri: uris.source },
    DestinationLocation: { LocationId: idOf(task.input.DestinationLocationArn ?? ''), LocationUri: uris.destination },
    StartTime: startedAt.toISOString(),
    EndTime: endedAt?.toISOString(),
    TotalTime: (endedAt?.getTime() ?? 0) - startedAt.getTime(),
    OverallStatus: status,
    Result: result,
    Options: options,
    ...describeCounters(counters, modeOf(task)),
  };
}
