/** Crossfade's judge, and the rules of others from their documented definitions. Each says at which minute it rolls back. */
import { judge, startJudging } from '../../src/analysis/judge';
import { quantileOf } from '../../src/analysis/histogram';
import type { EvidenceWindow } from '../../src/domain/evidence';
import type { JudgePolicy, JudgeState } from '../../src/domain/judge-state';
import { targetWeight } from '../../src/domain/weights';
import { shiftInterval } from './mann-whitney';

export interface Rule {
  /** @returns true: roll back. */
  look(window: EvidenceWindow, targetPercent: number): boolean;
}

export const RULES = ['crossfade', 'argo', 'flagger', 'kayenta', 'peeking'] as const;
export type RuleName = (typeof RULES)[number];

/** What all of them are asked to hold. */
export interface Limits {
  readonly policy: JudgePolicy;
  readonly baselineP99Ms: number;
}

export function createRule(name: RuleName, limits: Limits): Rule {
  switch (name) {
    case 'crossfade':
      return new Crossfade(limits.policy);
    case 'argo':
      return new CumulativeFailures(3, limits, 'source');
    case 'flagger':
      return new CumulativeFailures(4, limits, 'baseline');
    case 'kayenta':
      return new Kayenta();
    case 'peeking':
      return new Peeking();
  }
}

const HEALTH = { healthyCount: 4, registeredCount: 4 };

class Crossfade implements Rule {
  private state: JudgeState | undefined;
  private percent = -1;
  private policy: JudgePolicy;

  constructor(policy: JudgePolicy) {
    this.policy = policy;
  }

  look(window: EvidenceWindow, targetPercent: number): boolean {
    if (this.state === undefined || targetPercent !== this.percent) {
      this.percent = targetPercent;
      this.policy = { ...this.policy, wanted: targetWeight(targetPercent) };
      this.state = startJudging(window.startMs);
    }
    const { state, verdict } = judge(
      this.state,
      {
        evidence: { complete: true, windows: [window] },
        health: HEALTH,
        toMs: window.endMs,
        nowMs: window.endMs,
      },
      this.policy,
    );
    this.state = state;
    return verdict.kind === 'fail';
  }
}

const p99 = (side: EvidenceWindow['source']): number => quantileOf(side.latencies ?? [], 0.99);
const errorRate = (side: EvidenceWindow['source']): number => side.errorCount / side.requestCount;

/**
 * Argo Rollouts: an AnalysisRun fails when more than `failureLimit` measurements have failed, however many there were; each
 * measurement is a condition on a query. Flagger: `threshold` failed checks, against fixed limits.
 */
class CumulativeFailures implements Rule {
  private failed = 0;

  constructor(
    private readonly failureLimit: number,
    private readonly limits: Limits,
    private readonly control: 'source' | 'baseline',
  ) {}

  look({ source, target }: EvidenceWindow): boolean {
    if (target.requestCount === 0) return false;
    const { latency, errorRateMax } = this.limits.policy.guardrails;
    const controlMs = this.control === 'source' && source.requestCount > 0 ? p99(source) : this.limits.baselineP99Ms;
    const isGood = errorRate(target) <= errorRateMax && p99(target) <= (latency[0]?.ratioMax ?? Number.NaN) * controlMs;
    if (!isGood) this.failed += 1;
    return this.failed > this.failureLimit;
  }
}

const HOUR = 60;
/** Kayenta's NetflixACAJudge-v1.0: Mann-Whitney at 0.98, tolerance 0.25, on an hour of one-minute values. */
const KAYENTA = { confidence: 0.98, tolerance: 0.25 };

class Kayenta implements Rule {
  private readonly values = { source: [[], []] as number[][], target: [[], []] as number[][] };

  look({ source, target }: EvidenceWindow): boolean {
    // With nothing on the control it answers "Nodata".
    if (source.requestCount === 0 || target.requestCount === 0) return false;
    this.values.source.forEach((series, index) => series.push(index === 0 ? errorRate(source) : p99(source)));
    this.values.target.forEach((series, index) => series.push(index === 0 ? errorRate(target) : p99(target)));
    if ((this.values.target[0]?.length ?? 0) < HOUR) return false;
    const isHigh = [0, 1].some((index) => {
      const { estimate, low } = shiftInterval(
        this.values.target[index] ?? [],
        this.values.source[index] ?? [],
        KAYENTA.confidence,
      );
      return low > KAYENTA.tolerance * Math.abs(estimate);
    });
    this.values.source.forEach((series) => series.splice(0));
    this.values.target.forEach((series) => series.splice(0));
    return isHigh;
  }
}

/** Two-sided 5 %. */
const Z_95 = 1.96;
const SAMPLE_MIN = 100;

/** A test of two proportions that is meant for one look, looked at every minute of a step. */
class Peeking implements Rule {
  private percent = -1;
  private readonly sum = { sourceErrors: 0, source: 0, targetErrors: 0, target: 0 };

  look({ source, target }: EvidenceWindow, targetPercent: number): boolean {
    const { sum } = this;
    if (targetPercent !== this.percent) Object.assign(sum, { sourceErrors: 0, source: 0, targetErrors: 0, target: 0 });
    this.percent = targetPercent;
    sum.sourceErrors += source.errorCount;
    sum.source += source.requestCount;
    sum.targetErrors += target.errorCount;
    sum.target += target.requestCount;
    if (sum.source < SAMPLE_MIN || sum.target < SAMPLE_MIN) return false;
    const pooled = (sum.sourceErrors + sum.targetErrors) / (sum.source + sum.target);
    const error = Math.sqrt(pooled * (1 - pooled) * (1 / sum.source + 1 / sum.target));
    return (sum.targetErrors / sum.target - sum.sourceErrors / sum.source) / error > Z_95;
  }
}
