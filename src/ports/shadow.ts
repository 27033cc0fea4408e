import type { CapturedWindow, Evidence } from '../domain/evidence';
import type { EpochMs } from '../domain/quantity';
import type { CopySpec, EquivalenceSpec } from '../domain/spec';

/** What the tap shall do from now on. Sent whole, so that repeating it changes nothing. */
export interface ShadowOrder extends CopySpec {
  /** Share of requests to copy. Range 0 to 1; 0 stops copying. */
  readonly fraction: number;
  /** Where copies go; the header is the probe rule's secret. Unused when fraction is 0. */
  readonly target?: { readonly url: string; readonly headers: Readonly<Record<string, string>> };
  readonly equivalence: EquivalenceSpec;
  /** Labels that windows tell apart; others are in no segment. At most SEGMENTS_MAX (domain/judge-state.ts). */
  readonly segments?: readonly string[];
}

/** A tap's control side. Errors: `TapUnreachable`, `TapRefused`. */
export interface Shadow {
  setOrder(tap: string, order: ShadowOrder): Promise<void>;
  /** Windows of one second or longer that are settled: no copy of theirs is still under way. */
  readWindows(tap: string, fromMs: EpochMs, toMs: EpochMs): Promise<Evidence>;
}

/** What Data Capture is asked about two variants of one endpoint. */
export interface CaptureQuery {
  /** `s3://bucket/prefix`, as the endpoint's configuration has it. */
  readonly captureTo: string;
  readonly endpointName: string;
  readonly source: string;
  readonly target: string;
  readonly equivalence: EquivalenceSpec;
  /** JSON paths of answers whose values are not told. */
  readonly redactPaths: readonly string[];
  /** Windows are aligned to it. A whole number of seconds: lines say no more. */
  readonly periodMs: number;
}

/** Pairs of captured answers. Errors: `AwsDenied`, `AwsRejected`, `AwsUnavailable`, `NotFound`. */
export interface Captures {
  /** Windows with any line, from `fromMs` (included) to `toMs` (not included), oldest first. */
  readWindows(query: CaptureQuery, fromMs: EpochMs, toMs: EpochMs): Promise<readonly CapturedWindow[]>;
}
