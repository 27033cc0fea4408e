import type { Baseline } from '../domain/evidence';
import type { Actor, EntryKind } from '../domain/record';
import type { Verdict, VerdictKind } from '../domain/verdict';

/** What a ledger tells about one run. Plain JSON; times are epoch milliseconds. */
export interface Report {
  readonly workload: string;
  readonly run: string;
  readonly policyHash: string;
  readonly outcome: Outcome;
  readonly recordCount: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** One sentence for each thing that is wrong with the ledger; empty: the chain is whole. */
  readonly trouble: readonly string[];
  /** Records that the numbering says there should be. */
  readonly missing: readonly MissingRecords[];
  /** Time whose evidence was lost before it could be recorded. */
  readonly lost: readonly LostEvidence[];
  readonly phases: readonly PhaseSpan[];
  readonly gates: readonly GateSpan[];
  readonly decisions: readonly Decision[];
  /** Records that come so often that they are counted only, by kind. */
  readonly routine: Readonly<Partial<Record<EntryKind, number>>>;
  readonly baseline: Baseline | null;
  readonly steps: readonly StepFacts[];
  readonly data: readonly DataFacts[];
  readonly shadow: ShadowFacts | null;
  readonly weights: readonly WeightChange[];
  readonly series: Series;
  /** Of the compliance edition only. */
  readonly controls?: readonly Control[];
}

export interface Outcome {
  readonly kind: 'completed' | 'abandoned' | 'cancelled' | 'rolled_back' | 'under_way';
  /** One clause for a person. */
  readonly text: string;
}

export interface MissingRecords {
  readonly fromSeq: number;
  /** Included. */
  readonly toSeq: number;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface LostEvidence {
  readonly seq: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly cause: string;
}

export interface PhaseSpan {
  readonly name: string;
  readonly startMs: number;
  /** null: it goes on, or the ledger ends before it. */
  readonly endMs: number | null;
  readonly ending: 'finished' | 'rolled_back' | 'cut_short' | 'open';
}

export interface GateSpan {
  readonly name: string;
  readonly question: string;
  readonly openedSeq: number;
  readonly openedMs: number;
  /** null: nobody has answered. `extended`: the step was given more time instead of an answer. */
  readonly answer: 'approved' | 'rejected' | 'extended' | 'opened_by_itself' | 'overtaken' | null;
  readonly answeredSeq: number | null;
  readonly answeredMs: number | null;
  readonly actor: Actor | null;
}

export interface Decision {
  readonly seq: number;
  readonly atMs: number;
  readonly phase: string;
  readonly kind: EntryKind;
  readonly text: string;
  readonly actor: Actor;
  /** Unit: percent. */
  readonly targetPercent?: number;
  readonly verdict?: Verdict;
}

export interface WeightChange {
  readonly atMs: number;
  readonly targetPercent: number;
}

/** Errors of requests, with a 95 % Wilson interval. Range of the rates: 0 to 1; null: no requests. */
export interface ErrorFacts {
  readonly requestCount: number;
  readonly errorCount: number;
  readonly rate: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

export const QUANTILES = ['p50', 'p95', 'p99'] as const;
export type Quantile = (typeof QUANTILES)[number];

export interface StepSide extends ErrorFacts {
  /** Of one histogram where every latency is known, else the median of the windows' percentiles. Unit: milliseconds. */
  readonly latencyMs: Readonly<Partial<Record<Quantile, number>>>;
}

/** A stretch of evidence under one set of weights, or one share of copies. */
export interface StepFacts {
  readonly label: string;
  readonly phase: string;
  readonly targetPercent: number | null;
  readonly fromMs: number;
  readonly toMs: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly windowCount: number;
  readonly source: StepSide;
  readonly target: StepSide;
  readonly pairs: PairFacts | null;
  /** Of one request, by the spec's prices. null: it has none. */
  readonly cost: { readonly source: number; readonly target: number } | null;
  readonly verdict: Pick<Verdict, 'kind' | 'reason' | 'evaluatedCount' | 'guardrailCount'> | null;
}

export interface PairFacts {
  readonly compared: number;
  readonly mismatched: number;
}

export interface ShadowFacts extends PairFacts {
  readonly received: number;
  readonly mirrored: number;
  readonly dropped: number;
  readonly timedOut: number;
  readonly skipped: number;
  readonly unaccounted: number;
}

export interface DataFacts {
  readonly seq: number;
  readonly atMs: number;
  readonly dataSet: string;
  readonly objectCount: number;
  readonly byteCount: number;
  /** SHA-256 over the manifest; null: the record has none. */
  readonly root: string | null;
  readonly text: string;
}

/** Smallest, mean and largest of the windows of a bucket. */
export interface Spread {
  readonly min: number;
  readonly mean: number;
  readonly max: number;
}

export interface SideBucket extends ErrorFacts {
  readonly latencyMs: Readonly<Partial<Record<Quantile, Spread>>>;
}

export interface Bucket {
  /** Place in the grid; where numbers are left out there is no evidence. */
  readonly index: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly windowCount: number;
  /** Share of the users' requests that the target served. Unit: percent; null: none, or only copies. */
  readonly observed: Spread | null;
  readonly source: SideBucket;
  readonly target: SideBucket;
  readonly pairs: PairFacts | null;
  readonly cost: { readonly source: number; readonly target: number } | null;
}

export interface Series {
  /** In the records, before they were put together. */
  readonly windowCount: number;
  readonly bucketMs: number;
  readonly buckets: readonly Bucket[];
  /** Limits that the verdicts name; undefined: none did. */
  readonly limits: { readonly errorRateMax?: number; readonly costRatioMax?: number };
}

export interface Control {
  readonly area: 'encryption' | 'access' | 'approvals' | 'retention' | 'integrity';
  readonly requirement: string;
  /** `not_shown`: the ledger holds nothing about it, which is no proof of either. */
  readonly state: 'shown' | 'exception' | 'not_shown';
  readonly finding: string;
  /** Numbers of the records that show it. */
  readonly evidence: readonly number[];
}

export type { VerdictKind };
