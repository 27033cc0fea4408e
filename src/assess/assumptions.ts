/** What is taken for granted about time and money. Of the right order; every figure that uses one names it. */
import type { WorkloadKind } from '../domain/inventory';
import type { Strategy } from './strategy';

/** Share of every estimate that is put aside, as a line of its own. */
export const CONTINGENCY = 0.4;
/** Of on-demand. Spot's price changes by the hour. */
export const SPOT_SHARE = 0.4;
/** Between sites that are not moved together. Unit: milliseconds. */
export const BETWEEN_SITES_MS = 20;
/** From here on data decides where its readers can be. Unit: bytes. */
export const HEAVY_BYTES = 10e12;
/** Longest interval of checkpoints with which Spot is used. */
export const CHECKPOINT_MAX_MS = 15 * 60_000;
/** S3 Standard, US East. Unit: USD a GB and month. */
export const STORAGE_USD_PER_GB = 0.023;
/** Each way. Unit: USD a GB. */
export const CROSS_ZONE_USD_PER_GB = 0.01;
/** Nobody has named a bucket yet. */
export const STORE_PLACEHOLDER = 's3://to-be-named';
export const MONEY_AS_OF = '2025-06';
export const MONEY_SOURCES = ['https://aws.amazon.com/s3/pricing/', 'https://aws.amazon.com/ec2/pricing/on-demand/'];

/** Work before anything moves: images, roles, networks, code. Unit: days. */
export const PREPARE_DAYS: Readonly<Record<Strategy, number>> = { rehost: 3, replatform: 8, refactor: 25 };

export interface Proof {
  readonly days: number;
  readonly formula: string;
}

/** From the first trial on AWS to the end of the source. */
export const PROVE: Readonly<Record<WorkloadKind, Proof>> = {
  artefact: { days: 1, formula: 'every byte compared, 1 day' },
  notebook: { days: 2, formula: 'owners try theirs, 2 days' },
  training: { days: 3, formula: 'one run on both sides and the comparison of what they learn, 3 days' },
  pipeline: { days: 7, formula: 'both sides run for a week, 7 days' },
  inference: {
    days: 29,
    formula:
      'baseline 7 d + shadow 48 h + 5 × 24 h + cutover 5 × 24 h + 72 h at 100 % + standby 7 d, without gates and extensions',
  },
};
