import type { EvidenceWindow, Histogram, SideWindow } from '../domain/evidence';
import type { JudgePolicy } from '../domain/judge-state';
import type { Plan } from '../domain/plan';
import type { MigrationSpec } from '../domain/spec';
import type { GuardrailName } from '../domain/verdict';
import type { Weights } from '../domain/weights';
import { alphaPerTest, blockOf } from './budget';
import { judge, startJudging } from './judge';
import type { Random } from './random';

/** What the guardrails would have done in cutovers of the source to itself. */
export interface Backtest {
  readonly runs: number;
  readonly windows: number;
  /** How many runs were rolled back: falsely, every one of them. */
  readonly rolledBack: number;
  /** By guardrail: how many runs it rolled back. */
  readonly byGuardrail: Readonly<Partial<Record<GuardrailName, number>>>;
  readonly steps: readonly BacktestStep[];
}

export interface BacktestStep {
  readonly targetPercent: number;
  readonly rolledBack: number;
  /** Runs in which the step had not passed when its time was over. */
  readonly insufficient: number;
  /** Of one such run. */
  readonly reason?: string;
}

const HEALTH = { healthyCount: 0, registeredCount: 0 };

/**
 * Plays the cutover over past windows of the source, one step after the other, from the start again when they end. At each
 * weight a random part of the requests and errors is called the target's. Where only percentiles are known, they cannot be
 * divided: the next window's stands for the target's, which is noisier than the truth, so latency looks worse than it is.
 */
export function backtest(
  source: readonly EvidenceWindow[],
  spec: MigrationSpec,
  plan: Plan,
  runs: number,
  randomOf: (run: number) => Random,
): Backtest {
  const byGuardrail: Partial<Record<GuardrailName, number>> = {};
  const steps = plan.cutover
    .filter(({ weights }) => weights.source > 0)
    .map(({ weights, stabilizationMs }) => ({
      targetPercent: weights.target,
      windows: Math.max(1, Math.round(stabilizationMs / (spec.source.metrics.periodSeconds * 1_000))),
      policy: policyAt(spec, weights),
      rolledBack: 0,
      insufficient: 0,
      reason: undefined as string | undefined,
    }));
  let rolledBack = 0;
  for (let run = 0; run < runs; run += 1) {
    const random = randomOf(run);
    let at = Math.floor(random() * source.length);
    for (const step of steps) {
      const verdict = playStep(source, at, step.windows, step.policy, random);
      at += step.windows;
      if (verdict.kind === 'fail') {
        step.rolledBack += 1;
        rolledBack += 1;
        for (const { guardrail } of verdict.results.filter(({ kind }) => kind === 'fail'))
          byGuardrail[guardrail] = (byGuardrail[guardrail] ?? 0) + 1;
        break;
      }
      if (verdict.kind === 'pass') continue;
      step.insufficient += 1;
      step.reason ??= verdict.reason;
    }
  }
  return {
    runs,
    windows: source.length,
    rolledBack,
    byGuardrail,
    steps: steps.map(({ targetPercent, rolledBack: count, insufficient, reason }) => ({
      targetPercent,
      rolledBack: count,
      insufficient,
      ...(reason === undefined ? {} : { reason }),
    })),
  };
}

function policyAt(spec: MigrationSpec, wanted: Weights): JudgePolicy {
  return {
    mode: 'cutover',
    guardrails: spec.guardrails,
    healthyCountMin: 0,
    alpha: alphaPerTest(spec),
    wanted,
    baselineBlock: blockOf(spec),
    periodMs: spec.source.metrics.periodSeconds * 1_000,
    lateMsMax: Number.POSITIVE_INFINITY,
  };
}

function playStep(
  source: readonly EvidenceWindow[],
  from: number,
  count: number,
  policy: JudgePolicy,
  random: Random,
): ReturnType<typeof judge>['verdict'] {
  const share = (policy.wanted?.target ?? 0) / 100;
  let state = startJudging(0 as EvidenceWindow['startMs']);
  for (let index = 0; ; index += 1) {
    const [seen, next] = [source[(from + index) % source.length], source[(from + index + 1) % source.length]];
    const startMs = (index * policy.periodMs) as EvidenceWindow['startMs'];
    const endMs = (startMs + policy.periodMs) as EvidenceWindow['startMs'];
    const windows =
      seen === undefined || next === undefined ? [] : [{ startMs, endMs, ...divide(seen, next, share, random) }];
    const judged = judge(
      state,
      { evidence: { complete: true, windows }, health: HEALTH, toMs: endMs, nowMs: endMs },
      policy,
    );
    if (judged.verdict.kind === 'fail' || index + 1 >= count) return judged.verdict;
    state = judged.state;
  }
}

function divide(
  seen: EvidenceWindow,
  next: EvidenceWindow,
  share: number,
  random: Random,
): { source: SideWindow; target: SideWindow } {
  const { requestCount, errorCount, quantilesMs, latencies } = seen.source;
  const good = chosen(requestCount - errorCount, share, random);
  const bad = chosen(errorCount, share, random);
  const parts = latencies === undefined ? undefined : divideHistogram(latencies, share, random);
  const target: SideWindow = {
    requestCount: good + bad,
    errorCount: bad,
    quantilesMs: next.source.quantilesMs,
    ...(parts === undefined ? {} : { latencies: parts.chosen }),
  };
  const source: SideWindow = {
    requestCount: requestCount - good - bad,
    errorCount: errorCount - bad,
    quantilesMs,
    ...(parts === undefined ? {} : { latencies: parts.rest }),
  };
  return { source, target };
}

function divideHistogram(histogram: Histogram, share: number, random: Random): { chosen: Histogram; rest: Histogram } {
  const counts = histogram.map(([bucket, count]) => [bucket, count, chosen(count, share, random)] as const);
  const some = (pairs: (readonly [number, number])[]): Histogram => pairs.filter(([, count]) => count > 0);
  return {
    chosen: some(counts.map(([bucket, , count]) => [bucket, count])),
    rest: some(counts.map(([bucket, all, count]) => [bucket, all - count])),
  };
}

/** More than this are divided by a normal approximation of the binomial distribution. */
const COUNTED_MAX = 200;

function chosen(count: number, share: number, random: Random): number {
  if (count <= COUNTED_MAX) {
    let some = 0;
    for (let index = 0; index < count; index += 1) if (random() < share) some += 1;
    return some;
  }
  const gauss = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const some = Math.round(count * share + gauss * Math.sqrt(count * share * (1 - share)));
  return Math.min(count, Math.max(0, some));
}
