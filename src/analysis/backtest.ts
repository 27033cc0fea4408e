import type { EvidenceWindow, Histogram, SideWindow } from '../domain/evidence';
import type { JudgePolicy } from '../domain/judge-state';
import type { EpochMs } from '../domain/quantity';
import type { Plan } from '../domain/plan';
import type { MigrationSpec } from '../domain/spec';
import type { GuardrailName } from '../domain/verdict';
import type { Weights } from '../domain/weights';
import { alphaPerTest, blockOf } from './budget';
import { judgePast, PAST } from './judge-past';
import { gauss } from './random';
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
  const alpha = alphaPerTest(plan, spec.guardrails);
  const steps = plan.cutover
    .filter(({ weights }) => weights.source > 0)
    .map(({ weights, stabilizationMs }) => ({
      targetPercent: weights.target,
      windows: Math.max(1, Math.round(stabilizationMs / (spec.source.metrics.periodSeconds * 1_000))),
      policy: policyAt(spec, alpha, weights),
      rolledBack: 0,
      insufficient: 0,
      reason: undefined as string | undefined,
    }));
  let rolledBack = 0;
  for (let run = 0; run < runs; run += 1) {
    const random = randomOf(run);
    let at = Math.floor(random() * source.length);
    for (const step of steps) {
      const { verdict } = judgePast(divided(source, at, step.windows, step.policy, random), step.policy, 0 as EpochMs);
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

function policyAt(spec: MigrationSpec, alpha: number, wanted: Weights): JudgePolicy {
  return {
    mode: 'cutover',
    guardrails: spec.guardrails,
    ...PAST,
    alpha,
    wanted,
    baselineBlock: blockOf(spec),
    periodMs: spec.source.metrics.periodSeconds * 1_000,
  };
}

/** One step's windows, from the past's own beginning on and from time 0. */
function* divided(
  source: readonly EvidenceWindow[],
  from: number,
  count: number,
  { wanted, periodMs }: JudgePolicy,
  random: Random,
): Generator<EvidenceWindow> {
  const share = (wanted?.target ?? 0) / 100;
  for (let index = 0; index < count; index += 1) {
    const [seen, next] = [source[(from + index) % source.length], source[(from + index + 1) % source.length]];
    if (seen === undefined || next === undefined) return;
    const startMs = index * periodMs;
    yield {
      startMs: startMs as EpochMs,
      endMs: (startMs + periodMs) as EpochMs,
      ...divide(seen, next, share, random),
    };
  }
}

function divide(
  seen: EvidenceWindow,
  next: EvidenceWindow,
  share: number,
  random: Random,
): { source: SideWindow; target: SideWindow } {
  const { requestCount, errorCount, quantilesMs, latencies, metrics } = seen.source;
  const good = chosen(requestCount - errorCount, share, random);
  const bad = chosen(errorCount, share, random);
  const parts = latencies === undefined ? undefined : divideHistogram(latencies, share, random);
  const target: SideWindow = {
    requestCount: good + bad,
    errorCount: bad,
    quantilesMs: next.source.quantilesMs,
    ...(next.source.metrics === undefined ? {} : { metrics: next.source.metrics }),
    ...(parts === undefined ? {} : { latencies: parts.chosen }),
  };
  const source: SideWindow = {
    requestCount: requestCount - good - bad,
    errorCount: errorCount - bad,
    quantilesMs,
    ...(metrics === undefined ? {} : { metrics }),
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
  const some = Math.round(count * share + gauss(random) * Math.sqrt(count * share * (1 - share)));
  return Math.min(count, Math.max(0, some));
}
