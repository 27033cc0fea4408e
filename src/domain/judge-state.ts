import type { EvidenceWindow, ShadowAccount } from './evidence';
import type { EpochMs } from './quantity';
import type { EquivalenceSpec, GuardrailSpec } from './spec';
import type { Weights } from './weights';

/** What the judge compares, and against which limits. Fixed for a step. */
export interface JudgePolicy {
  readonly mode: 'shadow' | 'cutover';
  readonly guardrails: GuardrailSpec;
  /** Fewest healthy targets. */
  readonly healthyCountMin: number;
  /** Cutover only: the weights that observed traffic must show. */
  readonly wanted?: Weights;
  /** Cutover only: windows that begin before this may still show the weights of before. Epoch milliseconds. */
  readonly splitFromMs?: number;
  /** Shadow only. */
  readonly equivalence?: EquivalenceSpec;
  /** Used as the control for latency when no traffic is left on the source. Unit: milliseconds. */
  readonly baselineP99Ms?: number | null;
  readonly periodMs: number;
  /** A window read later than this after its end counts as not watched. Unit: milliseconds. */
  readonly lateMsMax: number;
  /** Up to here an observer before this one watched in time. Epoch milliseconds. */
  readonly watchedToMs?: number;
}

/** What the judge remembers of a step. Plain JSON; survives restarts of the observer and continue-as-new. */
export interface JudgeState {
  /** Evidence before this is not this step's. */
  readonly fromMs: EpochMs;
  /** End of the last window judged. */
  readonly seenToMs: EpochMs;
  readonly windowsExpected: number;
  readonly windowsWithData: number;
  /** Windows during which the metric source did not answer; they count as neither. */
  readonly windowsBlind: number;
  readonly sourceRequestCount: number;
  readonly sourceErrorCount: number;
  readonly targetRequestCount: number;
  readonly targetErrorCount: number;
  /** Requests of each side in the windows from `splitFromMs` on. */
  readonly splitSourceCount: number;
  readonly splitTargetCount: number;
  /** The newest windows with data, oldest first, bounded by `RECENT_WINDOWS_MAX`. */
  readonly recent: readonly EvidenceWindow[];
  readonly account: ShadowAccount;
  /** Since when the metric source has not answered; undefined: it answers. */
  readonly blindSinceMs?: EpochMs;
}
