/** GetMetricData, whole or not at all: every page, every status, within the limits of one request. */
import type {
  CloudWatchClient,
  MetricDataQuery,
  MetricDataResult,
  MetricStat,
  StandardUnit,
} from '@aws-sdk/client-cloudwatch';
import { GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { MigrationError } from '../domain/errors';
import type { EpochMs } from '../domain/quantity';
import { epochMs } from '../domain/quantity';
import { awsCall } from './aws-errors';
import type { Series, TimeRange } from './metric-series';

/** One metric with one statistic. */
export interface SeriesQuery {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly stat: string;
  /** Only datapoints of this unit; undefined: of any. */
  readonly unit?: StandardUnit;
}

const QUERIES_MAX = 500;
const DATAPOINTS_MAX = 100_800;
/** A request larger than this gives no sign of life for too long. */
const WINDOWS_PER_REQUEST_MAX = 1_440;
/** Far above what the limits allow: a source whose pages never end is broken. */
const PAGES_MAX = 1_000;

/** Requests that together cover the range, each within CloudWatch's limits. */
export function splitRange(range: TimeRange, queryCount: number): TimeRange[] {
  const windowsMax = Math.min(WINDOWS_PER_REQUEST_MAX, Math.floor(DATAPOINTS_MAX / Math.max(1, queryCount)));
  const ranges: TimeRange[] = [];
  for (let fromMs: number = range.fromMs; fromMs < range.toMs; fromMs += windowsMax * range.periodMs) {
    ranges.push({
      ...range,
      fromMs: epochMs(fromMs),
      toMs: epochMs(Math.min(range.toMs, fromMs + windowsMax * range.periodMs)),
    });
  }
  return ranges;
}

/**
 * @returns one series a query, in the same order.
 * @throws AwsUnavailable when any part of the answer is missing, AwsDenied when a metric may not be read.
 */
export async function readSeries(
  client: CloudWatchClient,
  queries: readonly SeriesQuery[],
  range: TimeRange,
  onProgress: () => void = () => undefined,
): Promise<Series[]> {
  const series = queries.map(() => new Map<EpochMs, number>());
  for (let first = 0; first < queries.length; first += QUERIES_MAX) {
    const batch = queries.slice(first, first + QUERIES_MAX);
    for (const part of splitRange(range, batch.length)) {
      const found = await readPart(client, batch, part);
      found.forEach((values, index) => values.forEach((value, atMs) => series[first + index]?.set(atMs, value)));
      onProgress();
    }
  }
  return series;
}

async function readPart(
  client: CloudWatchClient,
  queries: readonly SeriesQuery[],
  range: TimeRange,
): Promise<Series[]> {
  const MetricDataQueries = queries.map((query, index) => metricDataQuery(query, index, range.periodMs));
  const results: MetricDataResult[] = [];
  let NextToken: string | undefined;
  for (let page = 0; page === 0 || NextToken !== undefined; page += 1) {
    if (page === PAGES_MAX)
      throw new MigrationError('AwsUnavailable', `CloudWatch answered with more than ${PAGES_MAX} pages`);
    const command = new GetMetricDataCommand({
      MetricDataQueries,
      StartTime: new Date(range.fromMs),
      EndTime: new Date(range.toMs),
      ScanBy: 'TimestampAscending',
      NextToken,
    });
    const reply = await awsCall('cloudwatch:GetMetricData', 'the metrics', (abortSignal) =>
      client.send(command, { abortSignal }),
    );
    const [message] = reply.Messages ?? [];
    if (message) throw new MigrationError('AwsUnavailable', `CloudWatch: ${message.Code}: ${message.Value}`);
    results.push(...(reply.MetricDataResults ?? []));
    NextToken = reply.NextToken === '' ? undefined : reply.NextToken;
  }
  return queries.map((query, index) =>
    collectSeries(
      query,
      results.filter((result) => result.Id === queryId(index)),
      range,
    ),
  );
}

const queryId = (index: number): string => `q${index}`;

function metricDataQuery(query: SeriesQuery, index: number, periodMs: number): MetricDataQuery {
  const Dimensions = Object.entries(query.dimensions).map(([Name, Value]) => ({ Name, Value }));
  const Metric = { Namespace: query.namespace, MetricName: query.metricName, Dimensions };
  const stat: MetricStat = { Metric, Period: periodMs / 1_000, Stat: query.stat };
  return {
    Id: queryId(index),
    MetricStat: query.unit === undefined ? stat : { ...stat, Unit: query.unit },
    ReturnData: true,
  };
}

/** Puts the pages of one query together. `PartialData` is normal on every page but the last. */
export function collectSeries(query: SeriesQuery, pages: readonly MetricDataResult[], range: TimeRange): Series {
  const name = `${query.namespace} ${query.metricName} ${query.stat}`;
  const refused = pages.find((page) => page.StatusCode === 'Forbidden');
  if (refused) throw new MigrationError('AwsDenied', `not allowed to read ${name}${messagesOf(refused)}`);
  const last = pages.at(-1);
  const broken =
    pages.find((page) => page.StatusCode === 'InternalError') ?? (last?.StatusCode === 'Complete' ? undefined : last);
  if (broken || last === undefined) {
    throw new MigrationError(
      'AwsUnavailable',
      `CloudWatch answered ${name} with ${broken?.StatusCode ?? 'nothing'}, not Complete${messagesOf(broken)}`,
    );
  }
  const series = new Map<EpochMs, number>();
  for (const { Timestamps = [], Values = [] } of pages) {
    Timestamps.forEach((timestamp, index) => {
      const value = Values[index];
      const atMs = Math.floor(timestamp.getTime() / range.periodMs) * range.periodMs;
      if (value !== undefined && atMs >= range.fromMs && atMs < range.toMs) series.set(epochMs(atMs), value);
    });
  }
  return series;
}

function messagesOf(result: MetricDataResult | undefined): string {
  const [message] = result?.Messages ?? [];
  return message ? ` (${message.Code}: ${message.Value})` : '';
}
