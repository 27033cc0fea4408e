import type { EvidenceWindow } from '../domain/evidence';
import type { JudgePolicy } from '../domain/judge-state';
import type { EpochMs } from '../domain/quantity';
import type { Verdict } from '../domain/verdict';
import { judge, startJudging } from './judge';

/** What a policy for the past has in common: nobody knows the health of then, and no window is too late. */
export const PAST = { healthyCountMin: 0, lateMsMax: Number.POSITIVE_INFINITY } as const;
const HEALTH = { healthyCount: 0, registeredCount: 0 };

export interface PastVerdict {
  /** At the end, or when it failed. */
  readonly verdict: Verdict;
  readonly failedAtMs?: EpochMs;
}

/**
 * Judges windows in the order of time, one a look, as an observer would have: a limit that is broken on the way stays broken.
 * Without prices: nobody knows how many instances there were.
 */
export function judgePast(windows: Iterable<EvidenceWindow>, then: JudgePolicy, fromMs: EpochMs): PastVerdict {
  const { cost: _, ...guardrails } = then.guardrails;
  const policy = { ...then, guardrails };
  const look = (seen: readonly EvidenceWindow[], toMs: EpochMs): ReturnType<typeof judge> =>
    judge(state, { evidence: { complete: true, windows: seen }, health: HEALTH, toMs, nowMs: toMs }, policy);
  let state = startJudging(fromMs);
  let { verdict } = look([], fromMs);
  for (const window of windows) {
    ({ state, verdict } = look([window], window.endMs));
    if (verdict.kind === 'fail') return { verdict, failedAtMs: window.endMs };
  }
  return { verdict };
}
