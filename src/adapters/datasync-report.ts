/**
 * Task reports of DataSync: JSON files in numbered parts below `Detailed-Reports/TASK/EXECUTION/`, each with one list.
 * Basic tasks write `SrcMetadata`, enhanced ones `SourceMetadata`.
 */
import type { S3Client } from '@aws-sdk/client-s3';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { MigrationError } from '../domain/errors';
import type { ReportLine } from '../ports/managed-transfer';
import { awsCall } from './aws-errors';
import { keyAt, listObjects, locationOf } from './s3-listing';

type Row = Readonly<Record<string, unknown>>;

const SECTIONS = {
  Transferred: { section: 'transferred', status: 'TransferStatus' },
  Verified: { section: 'verified', status: 'VerifyStatus' },
  Skipped: { section: 'skipped', status: 'SkipStatus' },
  Deleted: { section: 'deleted', status: 'DeleteStatus' },
} as const satisfies Record<string, { section: ReportLine['section']; status: string }>;

/** @param executionArn of task and execution. */
export async function* readReport(
  client: S3Client,
  reportTo: string,
  executionArn: string,
): AsyncGenerator<ReportLine> {
  const [, task = '', execution = ''] = /:task\/([^/]+)\/execution\/([^/]+)$/.exec(executionArn) ?? [];
  const place = locationOf(`${reportTo}/Detailed-Reports/${task}/${execution}`);
  for await (const { relativeKey } of listObjects(client, place)) {
    const url = `s3://${place.bucket}/${keyAt(place, relativeKey)}`;
    yield* parseReport(url, await readText(client, place.bucket, keyAt(place, relativeKey)));
  }
}

async function readText(client: S3Client, Bucket: string, Key: string): Promise<string> {
  return awsCall('s3:GetObject', `s3://${Bucket}/${Key}`, async (abortSignal) => {
    const reply = await client.send(new GetObjectCommand({ Bucket, Key }), { abortSignal });
    return (await reply.Body?.transformToString()) ?? '';
  });
}

/** @throws AwsRejected for what is no report: taking it for an empty one would be a proof of nothing. */
export function parseReport(url: string, text: string): ReportLine[] {
  const refused = (why: string): MigrationError =>
    new MigrationError('AwsRejected', `${url} is no task report of DataSync: ${why}`);
  let report: unknown;
  try {
    report = JSON.parse(text);
  } catch (error) {
    throw refused(String(error));
  }
  if (!isRow(report)) throw refused('it is no object');
  const lists = Object.entries(SECTIONS).flatMap(([name, { section, status }]) => {
    const rows = report[name];
    return rows === undefined ? [] : [{ section, status, rows }];
  });
  if (lists.length === 0) throw refused(`it has none of ${Object.keys(SECTIONS).join(', ')}`);
  return lists.flatMap(({ section, status, rows }) => {
    if (!Array.isArray(rows)) throw refused(`${section} is no list`);
    return rows.filter(isRow).flatMap((row) => toLine(section, status, row));
  });
}

function toLine(section: ReportLine['section'], statusName: string, row: Row): ReportLine[] {
  const source = metadata(row, 'SourceMetadata', 'SrcMetadata');
  const target = metadata(row, 'DestinationMetadata', 'TargetMetadata', 'DstMetadata');
  const type = text(source, 'Type') ?? text(target, 'Type');
  const path = text(row, 'RelativePath')?.replace(/^\/+|\/+$/g, '');
  // The root itself.
  if (path === undefined || path === '') return [];
  const size = source['ContentSize'] ?? target['ContentSize'];
  const hash = text(row, 'DestinationHash', 'DstHash', 'SourceHash', 'SrcHash');
  const status = text(row, statusName, 'Status') ?? 'unknown';
  const failure = text(row, 'FailureReason', 'ErrorDetail', 'FailureCode', 'ErrorCode') ?? status;
  return [
    {
      kind: type === 'Directory' ? 'directory' : 'file',
      section,
      path,
      ...(typeof size === 'number' ? { sizeBytes: size } : {}),
      ...(hash === undefined ? {} : { hash }),
      ...(status === 'SUCCESS' ? {} : { failure }),
    },
  ];
}

function metadata(row: Row, ...names: readonly string[]): Row {
  return names.map((name) => row[name]).find(isRow) ?? {};
}

function text(row: Row, ...names: readonly string[]): string | undefined {
  return names.map((name) => row[name]).find((value) => typeof value === 'string');
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
