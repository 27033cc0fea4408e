/** What is taken for granted by the advice. Every formula that uses one names it. */

/** A week, so that each hour of it was seen. */
export const HOURS_MIN = 168;
/** Of a Savings Plan, which binds for a year. */
export const PLAN_HOURS_MIN = 336;
/** Least share of the hours between the first and the last that must be known. */
export const COVERAGE_MIN = 0.9;
/** What the busiest hour may load chips and processors to, on average: the rest is for its peaks. Unit: percent. */
export const LOAD_MAX = 70;
/** The same of memory, which has no peaks within an hour that its own peak does not show. Unit: percent. */
export const MEMORY_MAX = 85;
/** A smaller saving is not worth a change. Share of what it is now. */
export const SAVING_MIN = 0.05;
export const HOURS_PER_MONTH = 730;
export const DAYS_PER_MONTH = 365 / 12;
/** Of on-demand: a Compute or SageMaker Savings Plan of one year without upfront payment. Differs by type and region. */
export const SAVINGS_PLAN_SHARE = 0.25;

/** S3 in US East. Units: USD a GB and month, and USD a GB read. */
export const STORAGE_CLASSES = [
  { name: 'S3 Standard', perGb: 0.023, perGbRead: 0 },
  { name: 'S3 Standard-IA', perGb: 0.0125, perGbRead: 0.01 },
  { name: 'S3 Glacier Instant Retrieval', perGb: 0.004, perGbRead: 0.03 },
] as const;
export const STORAGE_AS_OF = '2025-06';
export const STORAGE_SOURCE = 'https://aws.amazon.com/s3/pricing/';
/** A smaller saving of a bucket is none. Unit: USD a month. */
export const STORAGE_SAVING_MIN = 1;
