import type { EpochMs } from './quantity';

/**
 * Latencies, counted in buckets whose bounds grow by a constant factor (analysis/histogram.ts): pairs of bucket number and
 * count, sorted by bucket number.
 */
export type Histogram = readonly (readonly [bucket: number, count: number])[];

/** One side of one window. */
export interface SideWindow {
  readonly requestCount: number;
  readonly errorCount: number;
  /** By name, such as `p99`; one that is not there is not known for this window. Unit: milliseconds. */
  readonly quantilesMs: Readonly<Record<string, number>>;
  /** Every latency, where the source of metrics sees the requests themselves. */
  readonly latencies?: Histogram;
  /** The spec's own queries by name, in their own units; one that is not there is not known for this window. */
  readonly metrics?: Readonly<Record<string, number>>;
}

/** What the tap did with the requests it received in one window. Adds up: mirrored + dropped + timedOut + skipped = received. */
export interface ShadowAccount {
  readonly received: number;
  /** Copied to the target, and an answer came. */
  readonly mirrored: number;
  /** Chosen for a copy, but the queue was full or the copy could not be sent. */
  readonly dropped: number;
  readonly timedOut: number;
  /** Not chosen for a copy. */
  readonly skipped: number;
  readonly compared: number;
  readonly mismatched: number;
  /** Pairs of two answers of the source: its own noise. */
  readonly noiseCompared?: number;
  readonly noiseMismatched?: number;
  /** Copies that the target answered, where somebody else than these books counts them: as many should be compared. */
  readonly answered?: number;
}

/** Where two answers to one request part. Holds no values but those of the path. */
export interface OutputDifference {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** undefined: the request bears none. */
  readonly id?: string;
  /** `$` for the answer as a whole. */
  readonly path: string;
  readonly detail: string;
  /** How many times the allowed distance; null: no distance exists. */
  readonly severity: number | null;
}

/** Both sides over the same time. */
export interface Sides {
  readonly source: SideWindow;
  readonly target: SideWindow;
}

/** Says that a metric source did not answer, and which kind answered in its place. */
export interface StandIn {
  readonly by: 'cloudwatch' | 'prometheus';
  /** Why the first one's answer was not used. */
  readonly cause: string;
}

/** One period of observation; `endMs` is not included. */
export interface EvidenceWindow extends Sides {
  readonly startMs: EpochMs;
  readonly endMs: EpochMs;
  /** The same requests by label, such as model or tenant; what has no label is in none. */
  readonly segments?: Readonly<Record<string, Sides>>;
  readonly shadow?: ShadowAccount;
  /** The pairs that differ most, where no tap keeps them. */
  readonly worst?: readonly OutputDifference[];
  /** Who counted, where it was not the spec's first source of metrics; so the ledger says it of each window. */
  readonly standIn?: StandIn['by'];
}

/** What was captured of one period. */
export interface CapturedWindow {
  readonly startMs: EpochMs;
  /**
   * By the captured lines: received are those of the source and copies without one, mirrored those of both, dropped
   * copies without the source's line, skipped lines without a copy's.
   */
  readonly account: ShadowAccount;
  /** Worst first, few. */
  readonly worst: readonly OutputDifference[];
}

/** An answer of a metric source. `complete: false` means that it must not be judged as if it were whole. */
export type Evidence =
  | {
      readonly complete: true;
      readonly windows: readonly EvidenceWindow[];
      /** How far the answer reaches when that is less than was asked for; later windows are not settled yet. */
      readonly coveredToMs?: EpochMs;
      /** Not there: the spec's first source answered. An answer is always of one source alone. */
      readonly standIn?: StandIn;
    }
  | { readonly complete: false; readonly cause: string };

/** Windows at the end that hold nothing yet may still be published: they are waited for, this many times the usual lag. */
const PATIENCE_LAGS = 3;

/** How long after its end an empty window is still waited for. Unit: milliseconds. */
export function patienceMs(lagMs: number): number {
  return PATIENCE_LAGS * lagMs;
}

export interface TargetHealth {
  readonly healthyCount: number;
  readonly registeredCount: number;
}

export const EMPTY_SIDE: SideWindow = { requestCount: 0, errorCount: 0, quantilesMs: {} };

export const EMPTY_ACCOUNT: ShadowAccount = {
  received: 0,
  mirrored: 0,
  dropped: 0,
  timedOut: 0,
  skipped: 0,
  compared: 0,
  mismatched: 0,
};

export function addAccounts(a: ShadowAccount, b: ShadowAccount): ShadowAccount {
  return {
    received: a.received + b.received,
    mirrored: a.mirrored + b.mirrored,
    dropped: a.dropped + b.dropped,
    timedOut: a.timedOut + b.timedOut,
    skipped: a.skipped + b.skipped,
    compared: a.compared + b.compared,
    mismatched: a.mismatched + b.mismatched,
    ...addNoise(a, b),
    ...(a.answered === undefined && b.answered === undefined
      ? {}
      : { answered: (a.answered ?? 0) + (b.answered ?? 0) }),
  };
}

function addNoise(a: ShadowAccount, b: ShadowAccount): Pick<ShadowAccount, 'noiseCompared' | 'noiseMismatched'> {
  if (a.noiseCompared === undefined && b.noiseCompared === undefined) return {};
  return {
    noiseCompared: (a.noiseCompared ?? 0) + (b.noiseCompared ?? 0),
    noiseMismatched: (a.noiseMismatched ?? 0) + (b.noiseMismatched ?? 0),
  };
}

/** Requests that the tap received and cannot say anything about. Anything but 0 is a fault of the tap. */
export function unaccountedCount(account: ShadowAccount): number {
  return account.received - account.mirrored - account.dropped - account.timedOut - account.skipped;
}

/** What phase 1 found. Latency: median over windows of the window's percentile, because percentiles do not add up. */
export interface Baseline {
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
  readonly windowsExpected: number;
  readonly windowsWithData: number;
  /** Spans without data, longest first, at most 20. */
  readonly gaps: readonly { readonly fromMs: EpochMs; readonly toMs: EpochMs }[];
  readonly requestCount: number;
  readonly requestsPerSecondAverage: number;
  readonly requestsPerSecondPeak: number;
  readonly errorRate: number | null;
  readonly latencyP50Ms: number | null;
  readonly latencyP95Ms: number | null;
  readonly latencyP99Ms: number | null;
  /** The same for every quantile that a guardrail names. */
  readonly quantilesMs: Readonly<Record<string, number>>;
  readonly metrics: readonly BaselineMetric[];
  /** By hour of the week (domain/hour-of-week.ts); hours of which less than half is known are left out. */
  readonly hours?: Readonly<Record<string, BaselineHour>>;
}

export interface BaselineHour {
  /** Range 0 to 1. */
  readonly errorRate: number;
  /** For every quantile that a guardrail names: the median of its windows. */
  readonly quantilesMs: Readonly<Record<string, number>>;
  /** Averages of the spec's own metrics, by name. */
  readonly metrics?: Readonly<Record<string, number>>;
}

export interface BaselineMetric {
  readonly name: string;
  /** CloudWatch's statistic; an expression of Prometheus has none. */
  readonly stat?: string;
  readonly average: number | null;
  readonly peak: number | null;
  readonly windowsWithData: number;
}
