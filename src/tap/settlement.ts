import type { ShadowAccount } from '../domain/evidence';
import type { PairVerdict } from './compare-answers';

/** One side's part in a pair. undefined times: no answer came. Unit: milliseconds. */
export interface SideSample {
  readonly failed: boolean;
  readonly latencyMs?: number;
  readonly firstByteMs?: number;
  /** Streams of events only. */
  readonly gapMsMax?: number;
}

export interface PairSides {
  readonly source: SideSample;
  readonly target: SideSample;
}

/** What became of one request. */
export interface Settlement {
  readonly kind: keyof Pick<ShadowAccount, 'mirrored' | 'dropped' | 'timedOut' | 'skipped'>;
  /** undefined: no copy was sent, or the pair says nothing about either side. */
  readonly sides?: PairSides;
  /** undefined: there was nothing to compare. */
  readonly verdict?: PairVerdict;
  /** Of the source's answer and its answer to the same request again. */
  readonly noise?: PairVerdict;
  /** One of the labels of the order. */
  readonly label?: string;
}
