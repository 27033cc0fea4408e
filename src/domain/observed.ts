/** What was seen of a target after its migration, hour by hour, and what it has cost. */
import type { EpochMs } from './quantity';

/** What one hour is known by; each is missing where nobody measured it. */
export interface HourFigures {
  /** Of all users. */
  readonly requests?: number;
  /** Average of those in service. */
  readonly instances?: number;
  /** Averages and peaks over the instances' chips, processors or memory. Unit: percent, 0 to 100. */
  readonly gpu?: number;
  readonly gpuPeak?: number;
  readonly cpu?: number;
  readonly gpuMemoryPeak?: number;
  readonly memoryPeak?: number;
}

export type HourFigure = keyof HourFigures;

export interface ObservedHour extends HourFigures {
  readonly startMs: EpochMs;
}

export interface ObservedTarget {
  /** In order; an hour of which nothing is known is not in it. */
  readonly hours: readonly ObservedHour[];
  /** Who says so. */
  readonly sources: Readonly<Partial<Record<HourFigure, string>>>;
  /** What could not be read, one sentence each. */
  readonly trouble: readonly string[];
}

/** A bucket that the data of a migration went to, whole: CloudWatch knows no prefixes. */
export interface ObservedBucket {
  readonly bucket: string;
  /** Newest daily values; missing: CloudWatch has none. Unit: bytes. */
  readonly standardBytes?: number;
  readonly infrequentBytes?: number;
  /** Missing: the bucket has no request metrics. Unit: bytes a month. */
  readonly readBytesPerMonth?: number;
  readonly source: string;
}

export interface ObservedCost {
  /** Dates, the end not included. */
  readonly from: string;
  readonly to: string;
  /** Days with any cost that bears the tag. */
  readonly dayCount: number;
  /** By service. Unit: USD over these days. */
  readonly services: readonly { readonly service: string; readonly usd: number }[];
  /** AWS may still change them. */
  readonly isEstimated: boolean;
}
