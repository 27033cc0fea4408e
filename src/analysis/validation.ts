import { alphaPerTest, blockOf } from './budget';
import { averagesOf, baselineHours } from './baseline-test';
import { PAST } from './judge-past';
import type { Baseline } from '../domain/evidence';
import type { JudgePolicy } from '../domain/judge-state';
import { planMigration } from '../domain/plan';
import type { EpochMs } from '../domain/quantity';
import type { MigrationSpec } from '../domain/spec';
import { targetWeight } from '../domain/weights';

/** As the last step of the migration was judged: the same hours of the week of the accepted baseline are the control. */
export function validationPolicy(
  spec: MigrationSpec,
  baseline: Baseline,
  [fromMs, toMs]: readonly [EpochMs, EpochMs],
): JudgePolicy {
  return {
    ...PAST,
    mode: 'cutover',
    guardrails: spec.guardrails,
    alpha: alphaPerTest(planMigration(spec), spec.guardrails),
    wanted: targetWeight(100),
    baselineQuantilesMs: baseline.quantilesMs,
    baselineErrorRate: baseline.errorRate,
    baselineMetrics: averagesOf(baseline),
    baselineHours: baselineHours(baseline, fromMs, toMs),
    baselineBlock: blockOf(spec),
    periodMs: spec.source.metrics.periodSeconds * 1_000,
  };
}
