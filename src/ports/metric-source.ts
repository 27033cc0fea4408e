import type { Baseline, Evidence } from '../domain/evidence';
import type { EpochMs } from '../domain/quantity';
import type { MetricsSpec } from '../domain/spec';

/** Where the traffic of one kind of route is counted, and its two sides as the route names them. */
export type MetricScope = MetricSides &
  (
    | { readonly kind: 'rule' | 'listener'; readonly loadBalancerArn: string }
    | { readonly kind: 'endpoint'; readonly endpointName: string }
    /** Nothing between the two counts both. */
    | { readonly kind: 'record' }
  );

export interface MetricSides {
  readonly source: string;
  /** undefined: there is no target yet; its windows are empty. */
  readonly target?: string;
}

/** Answers whole, or fails: nothing is ever filled with zero. Errors: `AwsDenied`, `AwsUnavailable`, `MetricsUnavailable`. */
export interface MetricReader<Metrics> {
  /**
   * Windows of `metrics.periodSeconds`, aligned to it, from `fromMs` (included) to `toMs` (not included), oldest first.
   * A window without any request on either side is left out.
   */
  readWindows(metrics: Metrics, scope: MetricScope, fromMs: EpochMs, toMs: EpochMs): Promise<Evidence>;
  readBaseline(
    metrics: Metrics,
    scope: MetricScope,
    fromMs: EpochMs,
    toMs: EpochMs,
    onProgress: () => void,
  ): Promise<Baseline>;
  /**
   * Queries that found nothing in the last hour before `toMs` and that would be silent for ever if they are mistaken: one
   * sentence each, which begins with the path below `source.metrics`. Of the source only; a target need not be there yet.
   */
  findMissingSeries(metrics: Metrics, toMs: EpochMs): Promise<readonly string[]>;
}

/** Every kind of metrics that a spec can name, with its stand-in. */
export type MetricSource = MetricReader<MetricsSpec>;
