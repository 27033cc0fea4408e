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

const SIDE: SideWindow = { requestCount: 50, errorCount: 0, latencyP99Ms: 20 };
const ACCOUNT: ShadowAccount = {
  received: 100,
  mirrored: 50,
  dropped: 0,
  timedOut: 0,
  skipped: 50,
  compared: 50,
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

export function windows(count: number, described: Described = {}): EvidenceWindow[] {
  return Array.from({ length: count }, (_, index) => windowAt(index, described));
}

export const POLICY: JudgePolicy = {
  mode: 'cutover',
  healthyCountMin: 2,
  wanted: targetWeight(50),
  baselineP99Ms: 20,
  periodMs: 1_000,
  lateMsMax: 300_000,
  guardrails: {
    latencyP99RatioMax: 1.1,
    errorRateMax: 0.01,
    splitTolerancePoints: 5,
    splitSettleMs: 0 as Milliseconds,
    requestCountMin: 100,
    latencyWindowsMin: 5,
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
