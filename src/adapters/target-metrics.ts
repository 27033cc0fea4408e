/** What CloudWatch knows of a migrated target, hour by hour, and of the buckets of its data. Asked by the operator. */
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { HourFigure, ObservedBucket, ObservedHour } from '../domain/observed';
import type { EpochMs } from '../domain/quantity';
import type { SeriesQuery } from './cloudwatch-series';
import { readSeries } from './cloudwatch-series';
import type { Series } from './metric-series';
import { alignRange, windowStarts } from './metric-series';

const HOUR_S = 3_600;
const DAY_S = 24 * HOUR_S;
const DAYS_PER_MONTH = 365 / 12;

/** Exactly one way of naming it. */
export type TargetDimensions =
  | { readonly autoScalingGroup: string; readonly endpoint?: undefined }
  | {
      readonly endpoint: {
        readonly name: string;
        readonly variant: string;
        readonly vcpus: number;
        readonly chips: number;
      };
      readonly autoScalingGroup?: undefined;
    };

interface Asked {
  readonly figure: HourFigure;
  readonly source: string;
  /** One, or two of which the first is divided by the second. */
  readonly queries: readonly [SeriesQuery, SeriesQuery?];
  /** What the value is multiplied by. */
  readonly times: number;
}

export interface TargetHours {
  readonly hours: readonly ObservedHour[];
  /** Only of figures with any value. */
  readonly sources: Readonly<Partial<Record<HourFigure, string>>>;
}

export async function readTargetHours(
  client: CloudWatchClient,
  target: TargetDimensions,
  fromMs: EpochMs,
  toMs: EpochMs,
): Promise<TargetHours> {
  const asked = target.endpoint === undefined ? ofGroup(target.autoScalingGroup) : ofEndpoint(target.endpoint);
  const range = alignRange(fromMs, toMs, HOUR_S);
  const queries = asked.flatMap((each) => each.queries.filter((query) => query !== undefined));
  const answers = [...(await readSeries(client, queries, range))];
  const known = asked.map(({ queries: [, divisor], ...each }) => {
    const [value, by] = [answers.shift(), divisor === undefined ? undefined : answers.shift()];
    return { ...each, values: scaled(value ?? new Map(), by, each.times) };
  });
  const hours = windowStarts(range).map((startMs) => {
    const values = known.flatMap(({ figure, values: of }) => {
      const value = of.get(startMs);
      return value === undefined ? [] : [[figure, value] as const];
    });
    return { startMs, ...Object.fromEntries(values) };
  });
  return {
    hours: hours.filter((hour) => Object.keys(hour).length > 1),
    sources: Object.fromEntries(
      known.filter(({ values }) => values.size > 0).map(({ figure, source }) => [figure, source]),
    ),
  };
}

function scaled(series: Series, divisor: Series | undefined, times: number): Series {
  const values = [...series].flatMap(([startMs, value]) => {
    const by = divisor === undefined ? 1 : divisor.get(startMs);
    return by === undefined || by === 0 ? [] : [[startMs, (value / by) * times] as const];
  });
  return new Map(values);
}

/** GPU and memory come from the CloudWatch agent, with `aggregation_dimensions` of the Auto Scaling group. */
function ofGroup(autoScalingGroup: string): Asked[] {
  const dimensions = { AutoScalingGroupName: autoScalingGroup };
  const ask = (namespace: string, metricName: string, stat: string): SeriesQuery => ({
    namespace,
    metricName,
    dimensions,
    stat,
  });
  const one = (figure: HourFigure, namespace: string, metricName: string, stat: string): Asked => ({
    figure,
    source: sourceOf(namespace, metricName, stat),
    queries: [ask(namespace, metricName, stat)],
    times: 1,
  });
  return [
    one('instances', 'AWS/AutoScaling', 'GroupInServiceInstances', 'Average'),
    one('cpu', 'AWS/EC2', 'CPUUtilization', 'Average'),
    one('gpu', 'CWAgent', 'nvidia_smi_utilization_gpu', 'Average'),
    one('gpuPeak', 'CWAgent', 'nvidia_smi_utilization_gpu', 'Maximum'),
    one('memoryPeak', 'CWAgent', 'mem_used_percent', 'Maximum'),
    {
      figure: 'gpuMemoryPeak',
      source: sourceOf('CWAgent', 'nvidia_smi_memory_used ÷ nvidia_smi_memory_total', 'Maximum'),
      queries: [
        ask('CWAgent', 'nvidia_smi_memory_used', 'Maximum'),
        ask('CWAgent', 'nvidia_smi_memory_total', 'Maximum'),
      ],
      times: 100,
    },
  ];
}

/** SageMaker adds the load up over the processors and the GPUs of an instance. */
function ofEndpoint({ name, variant, vcpus, chips }: NonNullable<TargetDimensions['endpoint']>): Asked[] {
  const dimensions = { EndpointName: name, VariantName: variant };
  const one = (figure: HourFigure, namespace: string, metricName: string, stat: string, times = 1): Asked => ({
    figure,
    source: sourceOf(namespace, metricName, stat),
    queries: [{ namespace, metricName, dimensions, stat }],
    times,
  });
  const hosts = '/aws/sagemaker/Endpoints';
  const perChip = 1 / Math.max(1, chips);
  return [
    one('requests', 'AWS/SageMaker', 'Invocations', 'Sum'),
    one('cpu', hosts, 'CPUUtilization', 'Average', 1 / Math.max(1, vcpus)),
    one('gpu', hosts, 'GPUUtilization', 'Average', perChip),
    one('gpuPeak', hosts, 'GPUUtilization', 'Maximum', perChip),
    one('memoryPeak', hosts, 'MemoryUtilization', 'Maximum'),
    one('gpuMemoryPeak', hosts, 'GPUMemoryUtilization', 'Maximum', perChip),
  ];
}

const sourceOf = (namespace: string, metric: string, stat: string): string =>
  `CloudWatch ${namespace} ${metric}, ${stat} an hour`;

/** S3 publishes sizes once a day, and reads only of buckets with request metrics. */
export async function readBucket(
  client: CloudWatchClient,
  bucket: string,
  fromMs: EpochMs,
  toMs: EpochMs,
): Promise<ObservedBucket> {
  const ask = (metricName: string, stat: string, more: Record<string, string>): SeriesQuery => ({
    namespace: 'AWS/S3',
    metricName,
    dimensions: { BucketName: bucket, ...more },
    stat,
  });
  const [standard, infrequent, read] = await readSeries(
    client,
    [
      ask('BucketSizeBytes', 'Average', { StorageType: 'StandardStorage' }),
      ask('BucketSizeBytes', 'Average', { StorageType: 'StandardIAStorage' }),
      ask('BytesDownloaded', 'Sum', { FilterId: 'EntireBucket' }),
    ],
    alignRange(fromMs, toMs, DAY_S),
  );
  const [standardBytes, infrequentBytes, readPerDay] = [newest(standard), newest(infrequent), perDay(read)];
  return {
    bucket,
    ...(standardBytes === undefined ? {} : { standardBytes }),
    ...(infrequentBytes === undefined ? {} : { infrequentBytes }),
    ...(readPerDay === undefined ? {} : { readBytesPerMonth: readPerDay * DAYS_PER_MONTH }),
    source: 'CloudWatch AWS/S3 BucketSizeBytes (newest day), BytesDownloaded of EntireBucket',
  };
}

function newest(series: Series | undefined): number | undefined {
  return [...(series ?? [])].sort(([a], [b]) => b - a)[0]?.[1];
}

/** A day in which nothing was read has no value; the days from the first value on count. */
function perDay(series: Series | undefined): number | undefined {
  const starts = [...(series?.keys() ?? [])].sort((a, b) => a - b);
  const [first, last] = [starts[0], starts.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const days = (last - first) / (DAY_S * 1_000) + 1;
  return [...(series?.values() ?? [])].reduce((sum, value) => sum + value, 0) / days;
}
