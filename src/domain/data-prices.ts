/**
 * What moving data costs: list prices of US East (N. Virginia), for comparing roads, not for a budget. Other regions
 * cost up to twice as much. Written down from memory and not yet held against the pages that are named: look a price up
 * before something is ordered, and change its date with it.
 */
export interface Price {
  /** USD for one `per`. */
  readonly usd: number;
  readonly per: string;
  /** Year and month in which it was true. */
  readonly asOf: string;
  readonly source: string;
}

export const DATA_PRICES = {
  s3Write: { usd: 0.005 / 1_000, per: 'PUT or COPY', asOf: '2025-06', source: 'https://aws.amazon.com/s3/pricing/' },
  s3Read: { usd: 0.0004 / 1_000, per: 'GET', asOf: '2025-06', source: 'https://aws.amazon.com/s3/pricing/' },
  betweenRegions: { usd: 0.02, per: 'GB', asOf: '2025-06', source: 'https://aws.amazon.com/s3/pricing/' },
  acceleration: { usd: 0.04, per: 'GB', asOf: '2025-06', source: 'https://aws.amazon.com/s3/pricing/' },
  dataSync: { usd: 0.0125, per: 'GB', asOf: '2025-06', source: 'https://aws.amazon.com/datasync/pricing/' },
  snowballJob: {
    usd: 300,
    per: 'device of 80 TB, 10 days, without shipping; AWS takes no new customers for Snowball',
    asOf: '2025-06',
    source: 'https://aws.amazon.com/snowball/pricing/',
  },
  directConnectPort: {
    usd: 2.25,
    per: 'hour of a 10 Gbps port, without the partner and the cross-connect',
    asOf: '2025-06',
    source: 'https://aws.amazon.com/directconnect/pricing/',
  },
} as const satisfies Record<string, Price>;

/** Assumptions about time. They are of the right order, and every figure that uses one names it. */
export const DATA_ASSUMPTIONS = {
  /** Share of a line that a copy gets. */
  lineShare: 0.8,
  /** Copies a second that one worker reaches; measured with small objects. */
  copiesPerSecond: 1_000,
  /** What one DataSync task moves at most. Unit: bytes a second (10 Gbps). */
  dataSyncBytesPerSecond: 1.25e9,
  /** Order to import, both ways by carrier, without the loading itself. Unit: days. */
  snowballDays: 14,
  snowballBytes: 80e12,
  /** What loading a device reaches. Unit: bytes a second. */
  snowballLoadBytesPerSecond: 250e6,
  /** Order to first byte. Unit: days. */
  directConnectDays: 30,
  directConnectBytesPerSecond: 1.25e9,
} as const;
