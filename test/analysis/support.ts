import { startJudging } from '../../src/analysis/judge';
import type { Look } from '../../src/analysis/judge';
import type { EvidenceWindow, ShadowAccount, SideWindow } from '../../src/domain/evidence';
import type { JudgePolicy, JudgeState } from '../../src/domain/judge-state';
import type { EpochMs, Milliseconds } from '../../src/domain/quantity';
import { targetWeight } from '../../src/domain/weights';

/** One window a second from time 0 on, each as described. */
export interface Described {
  readonly source?: Partial<SideWindow>;
  readonly target?: Partial<SideWindow>;
  readonly shadow?: Partial<ShadowAccount>;
}

const SIDE: SideWindow = { requestCount: 500, errorCount: 0, quantilesMs: { p99: 20 } };
const ACCOUNT: ShadowAccount = {
  received: 1_000,
  mirrored: 500,
  dropped: 0,
  timedOut: 0,
  skipped: 500,
  compared: 500,
  mismatched: 0,
};

export function windowAt(index: number, { source, target, shadow }: Described = {}): EvidenceWindow {
  return {
    startMs: (index * 1_000) as EpochMs,
    endMs: ((index + 1) * 1_000) as EpochMs,
    source: { ...SIDE, ...source },
    target: { ...SIDE, ...target },
    ...(shadow === undefined ? {} : { shadow: { ...ACCOUNT, ...shadow } }),
  };
}

export function windows(count: number, described: Described = {}, from = 0): EvidenceWindow[] {
  return Array.from({ length: count }, (_, index) => windowAt(from + index, described));
}

export const POLICY: JudgePolicy = {
  mode: 'cutover',
  healthyCountMin: 2,
  wanted: targetWeight(50),
  alpha: 1e-4,
  baselineQuantilesMs: { p99: 20 },
  baselineErrorRate: 0,
  baselineBlock: 1,
  periodMs: 1_000,
  lateMsMax: 300_000,
  guardrails: {
    latency: [{ quantile: 'p99', ratioMax: 1.1, ratioDetect: 2 }],
    metrics: [],
    segments: [],
    errorRateMax: 0.01,
    errorRateMargin: 0.001,
    errorRateDetect: 0.01,
    mismatchRateDetect: 0.02,
    falseRollbackRate: 0.01,
    passConfidence: 0.95,
    splitTolerancePoints: 5,
    splitSettleMs: 0 as Milliseconds,
    requestCountMin: 100,
    coverageMin: 0.95,
    extendMax: 2,
    blindHoldMs: 60_000 as Milliseconds,
  },
};

export const SHADOW_POLICY: JudgePolicy = {
  ...POLICY,
  mode: 'shadow',
  equivalence: { relativeTolerance: 1e-4, absoluteTolerance: 1e-6, mismatchRateMax: 0.01 },
};

export function lookAt(seen: readonly EvidenceWindow[], toSecond: number, nowSecond = toSecond): Look {
  return {
    evidence: { complete: true, windows: seen },
    health: { healthyCount: 2, registeredCount: 2 },
    toMs: (toSecond * 1_000) as EpochMs,
    nowMs: (nowSecond * 1_000) as EpochMs,
  };
}

export const FRESH: JudgeState = startJudging(0 as EpochMs);
