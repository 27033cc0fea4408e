/** The shape and the paging of GetMetricData, without the data. */
import { AwsError } from './answer';

export interface Dimension {
  readonly Name: string;
  readonly Value?: string;
}

export interface MetricReference {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly Dimension[];
}

export interface MetricDataQuery {
  readonly Id: string;
  readonly Label?: string;
  readonly ReturnData?: boolean;
  readonly Expression?: string;
  readonly MetricStat?: {
    readonly Metric: MetricReference;
    /** Seconds: 1, 5, 10, 20, 30 or a multiple of 60. */
    readonly Period: number;
    readonly Stat: string;
  };
}

export interface GetMetricDataInput {
  readonly MetricDataQueries: readonly MetricDataQuery[];
  readonly StartTime: number | string;
  readonly EndTime: number | string;
  readonly NextToken?: string;
  readonly ScanBy?: 'TimestampAscending' | 'TimestampDescending';
  readonly MaxDatapoints?: number;
}

export type StatusCode = 'Complete' | 'PartialData' | 'InternalError';

export interface MetricDataResult {
  readonly Id: string;
  readonly Label: string;
  readonly Timestamps: readonly Date[];
  readonly Values: readonly number[];
  readonly StatusCode: StatusCode;
}

export interface MetricDataPage {
  readonly MetricDataResults: readonly MetricDataResult[];
  readonly NextToken?: string;
}

/** AWS's own limit for one answer. */
export const DATAPOINTS_MAX = 100_800;
const STAT = /^(Sum|Average|Minimum|Maximum|SampleCount|p(\d{1,2}(\.\d{1,10})?|100))$/;

/** Epoch seconds from what the protocols send: a number, its text, or an ISO date. */
export function parseEpochSeconds(value: number | string): number {
  if (typeof value === 'number') return value;
  const seconds = /^[\d.]+$/.test(value) ? Number(value) : Date.parse(value) / 1000;
  if (!Number.isFinite(seconds)) throw new AwsError('InvalidParameterValue', `'${value}' is not a time`);
  return seconds;
}

export function checkQueries(input: GetMetricDataInput): void {
  if (parseEpochSeconds(input.StartTime) >= parseEpochSeconds(input.EndTime)) {
    throw new AwsError('ValidationError', 'The parameter StartTime must be less than the parameter EndTime.');
  }
  const ids = new Set<string>();
  for (const { Id, MetricStat } of input.MetricDataQueries) {
    if (!/^[a-z][a-zA-Z0-9_]*$/.test(Id))
      throw new AwsError(
        'ValidationError',
        `The value ${Id} is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.`,
      );
    if (ids.has(Id))
      throw new AwsError('ValidationError', `The values for parameter id in MetricDataQueries are not unique: ${Id}`);
    ids.add(Id);
    if (MetricStat === undefined) continue;
    if (![1, 5, 10, 20, 30].includes(MetricStat.Period) && MetricStat.Period % 60 !== 0) {
      throw new AwsError(
        'ValidationError',
        `Invalid Period ${MetricStat.Period}: must be 1, 5, 10, 20, 30 or a multiple of 60.`,
      );
    }
    if (!STAT.test(MetricStat.Stat))
      throw new AwsError('ValidationError', `The value ${MetricStat.Stat} for parameter Stat is not supported.`);
  }
}

interface QueryPoints {
  readonly query: MetricDataQuery;
  /** Oldest first; `t` in epoch seconds. */
  readonly points: readonly { t: number; value: number }[];
}

/** One page: at most MaxDatapoints points over all results; a result whose points go on is PartialData until its last page. */
export function pageOf(input: GetMetricDataInput, results: readonly QueryPoints[]): MetricDataPage {
  const limit = input.MaxDatapoints ?? DATAPOINTS_MAX;
  const start = readToken(input.NextToken);
  const end = start + limit;
  const page: MetricDataResult[] = [];
  let offset = 0;
  for (const { query, points } of results) {
    const ordered = input.ScanBy === 'TimestampAscending' ? points : [...points].reverse();
    const first = offset;
    offset += ordered.length;
    const shown = ordered.slice(Math.max(0, start - first), Math.max(0, end - first));
    // A metric without data is reported once, on the first page.
    const emptyOnFirstPage = ordered.length === 0 && start === 0;
    if (shown.length === 0 && !emptyOnFirstPage && !(start === 0 && first >= end)) continue;
    page.push({
      Id: query.Id,
      Label: query.Label ?? query.MetricStat?.Metric.MetricName ?? query.Id,
      Timestamps: shown.map((point) => new Date(point.t * 1000)),
      Values: shown.map((point) => point.value),
      StatusCode: offset > end ? 'PartialData' : 'Complete',
    });
  }
  return { MetricDataResults: page, ...(offset > end ? { NextToken: writeToken(end) } : {}) };
}

function writeToken(offset: number): string {
  return Buffer.from(JSON.stringify({ offset })).toString('base64url');
}

function readToken(token: string | undefined): number {
  if (token === undefined) return 0;
  try {
    const { offset } = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as { offset: unknown };
    if (typeof offset === 'number' && offset > 0) return offset;
  } catch {
    // Falls through: whatever it is, it is not a token of ours.
  }
  throw new AwsError('InvalidNextToken', 'The next token specified is invalid.');
}
