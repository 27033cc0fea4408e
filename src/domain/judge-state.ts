import type { BaselineHour, Histogram, ShadowAccount } from './evidence';
import type { EpochMs } from './quantity';
import type { EquivalenceSpec, GuardrailSpec } from './spec';
import type { Weights } from './weights';

/** What the judge compares, and against which limits. Fixed for a step. */
export interface JudgePolicy {
  /** `files`: two recordings, neither of which is routed or healthy. */
  readonly mode: 'shadow' | 'cutover' | 'files';
  readonly guardrails: GuardrailSpec;
  /** Fewest healthy targets. */
  readonly healthyCountMin: number;
  /** Cutover only: the weights that observed traffic must show. */
  readonly wanted?: Weights;
  /** Cutover only: windows that begin before this may still show the weights of before. Epoch milliseconds. */
  readonly splitFromMs?: number;
  /**
   * Cutover only: requests are not drawn one by one, since whoever asks for an answer follows it for `everyMs`; nobody who
   * asks brings more than `shareMax` of the requests of that time. Not there: each request is a draw. Range of `shareMax`:
   * above 0, to 1.
   */
  readonly splitDraws?: SplitDraws;
  /** Shadow only. */
  readonly equivalence?: EquivalenceSpec;
  /** Where an endpoint copies by itself: largest share of the requests that may be copied. Range 0 to 1. */
  readonly copiedShareMax?: number;
  /** Whether the source answers some requests twice: then pairs wait until one of these is there. */
  readonly isNoiseKnown?: boolean;
  /** Chance of a false alarm that each sequential test may spend in this step (analysis/budget.ts). Range 0 to 1. */
  readonly alpha: number;
  /** The control when no traffic is left on the source, by quantile. Unit: milliseconds. */
  readonly baselineQuantilesMs?: Readonly<Record<string, number>>;
  readonly baselineErrorRate?: number | null;
  /** Averages of the spec's own metrics, by name. */
  readonly baselineMetrics?: Readonly<Record<string, number>>;
  /** The same by hour of the week, where the baseline has them; others have the whole baseline as their control. */
  readonly baselineHours?: Readonly<Record<string, BaselineHour>>;
  /** How many windows are one look where the baseline is the control: noise that lasts must not count as many looks. */
  readonly baselineBlock: number;
  /** Labels that are judged by themselves as well, at most `SEGMENTS_MAX`. */
  readonly segments?: readonly string[];
  readonly periodMs: number;
  /** A window read later than this after its end counts as not watched. Unit: milliseconds. */
  readonly lateMsMax: number;
  /** Up to here an observer before this one watched in time. Epoch milliseconds. */
  readonly watchedToMs?: number;
}

export interface SplitDraws {
  readonly everyMs: number;
  readonly shareMax: number;
}

/** A state of a day must fit into a heartbeat of 32 KB. */
export const SEGMENTS_MAX = 8;

export interface Counts {
  readonly sourceRequestCount: number;
  readonly sourceErrorCount: number;
  readonly targetRequestCount: number;
  readonly targetErrorCount: number;
}

/** What the judge remembers of a step. Plain JSON; survives restarts of the observer and continue-as-new. */
export interface JudgeState extends Counts {
  /** Evidence before this is not this step's. */
  readonly fromMs: EpochMs;
  /** End of the last window judged. */
  readonly seenToMs: EpochMs;
  readonly windowsExpected: number;
  readonly windowsWithData: number;
  /** Windows during which the metric source did not answer; they count as neither. */
  readonly windowsBlind: number;
  /** Requests of each side in the windows from `splitFromMs` on. */
  readonly splitSourceCount: number;
  readonly splitTargetCount: number;
  readonly account: ShadowAccount;
  readonly tests: Tests;
  readonly segments: Readonly<Record<string, SegmentState>>;
  /** Where the policy has prices. */
  readonly cost?: CostAccount;
  /** Since when the metric source has not answered; undefined: it answers. */
  readonly blindSinceMs?: EpochMs;
}

/** What a bet against a null hypothesis has become (analysis/e-process.ts). */
export interface EProcess {
  readonly windows: number;
  /** Natural logarithm of what each bet is worth, one for each theta; -800 stands for nothing. */
  readonly logStakes: readonly number[];
}

/** Two one-sided tests of one guardrail. */
export interface SequentialTest {
  /** Evidence that the limit is broken. */
  readonly worse: EProcess;
  /** Evidence that the regression which matters is absent. */
  readonly better: EProcess;
}

/** The target's value over the control's, look by look. */
export interface RatioTest extends SequentialTest {
  /** Sum of the logarithms of the ratio, and of how many looks. */
  readonly logRatioSum: number;
  readonly lookCount: number;
  /** Looks with a ratio that only another unit explains; not there: none. */
  readonly oddCount?: number;
  /** Windows with enough requests on both sides of which a percentile is not known; not there: none. */
  readonly unknownCount?: number;
}

export interface LatencyTest extends RatioTest {
  /** Requests that wait until they are enough for a look at the tail. */
  readonly source: Histogram;
  readonly target: Histogram;
}

export interface MetricTest extends RatioTest {
  /** Windows that wait for a look. */
  readonly block: RatioBlock;
}

/** What the target costs while it serves a part of the traffic. */
export interface CostAccount {
  /** Time whose requests and instances are known. */
  readonly spanMs: number;
  /** Instances, summed over that time. */
  readonly instanceMs: number;
  /** Of both sides. */
  readonly requestCount: number;
  readonly targetRequestCount: number;
  /** Values of the target's load, and of how many windows. */
  readonly loadSum: number;
  readonly loadCount: number;
}

/** What is compared of any set of requests. */
export interface ComparisonTests {
  /** Errors of the target against the source's. */
  readonly errorRate: SequentialTest;
  /** Errors of the target against the SLA. */
  readonly errorSla: SequentialTest;
  /** By quantile, such as `p99`. */
  readonly latency: Readonly<Record<string, LatencyTest>>;
}

/** A set of requests and what is compared of them. */
export interface Compared extends Counts {
  readonly tests: ComparisonTests;
}

/** As `LatencyTest`, with histograms as text (analysis/histogram.ts): segments are many. */
export interface PackedLatencyTest extends RatioTest {
  readonly source: string;
  readonly target: string;
}

export interface SegmentState extends Counts {
  readonly tests: Omit<ComparisonTests, 'latency'> & { readonly latency: Readonly<Record<string, PackedLatencyTest>> };
}

export interface PairCounts {
  readonly compared: number;
  readonly mismatched: number;
  readonly noiseCompared: number;
  readonly noiseMismatched: number;
}

export interface Tests extends ComparisonTests {
  /** Too much reaches the target; too much reaches the source. */
  readonly splitToTarget: SequentialTest;
  readonly splitToSource: SequentialTest;
  /** Requests that wait for a look, where the policy has `splitDraws`. */
  readonly splitBlock?: SplitBlock;
  readonly equivalence: SequentialTest;
  /** Pairs that wait for one of the source with itself; not there: none. */
  readonly pairs?: PairCounts;
  /** By query; not there: none is judged. */
  readonly metrics?: Readonly<Record<string, MetricTest>>;
  /** Windows that wait for a look at the baseline. */
  readonly block: BaselineBlock;
}

/** Windows that begin before `fromMs` belong to no block. */
export interface SplitBlock {
  readonly fromMs: number;
  readonly sourceCount: number;
  readonly targetCount: number;
}

export interface BaselineBlock {
  readonly windows: number;
  readonly requestCount: number;
  readonly errorCount: number;
  /** At the baseline's rate. Not rounded. */
  readonly errorExpected: number;
  /** By quantile. */
  readonly latency: Readonly<Record<string, RatioBlock>>;
}

export interface RatioBlock {
  readonly windows: number;
  /** How many windows lay above the limit, and above the ratio that matters. */
  readonly slowCount: number;
  readonly verySlowCount: number;
  readonly logRatioSum: number;
}
