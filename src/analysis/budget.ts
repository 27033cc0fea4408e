import type { Plan } from '../domain/plan';
import { planMigration } from '../domain/plan';
import type { GuardrailSpec, MigrationSpec } from '../domain/spec';

/** Sequential tests that run at once in shadow, besides one for each quantile: error rate, SLA, equivalence. */
const SHADOW_TESTS = 3;
/** And on real traffic: error rate, SLA, split to either side. */
const CUTOVER_TESTS = 4;
/** After the last weight: the wait and the standby. */
const WAITS = 2;

/**
 * What each sequential test may spend of `guardrails.falseRollbackRate`: an even share of all tests in all steps, in the
 * waits and gates that the plan contains. The chances add up (Bonferroni), and looks are free. Target health, coverage and
 * the tap's account are facts and spend nothing. Extra gates after extensions, and a new start after a rollback, begin
 * tests anew, which somebody decided.
 */
export function alphaPerTest(spec: MigrationSpec): number {
  return spec.guardrails.falseRollbackRate / testCount(spec);
}

export function testCount(spec: MigrationSpec): number {
  return testsOf(planMigration(spec), spec.guardrails);
}

export function testsOf(
  { shadow, cutover, gates }: Pick<Plan, 'shadow' | 'cutover' | 'gates'>,
  { latency }: Pick<GuardrailSpec, 'latency'>,
): number {
  const onTraffic = cutover.length + WAITS + gates.length;
  return shadow.length * (SHADOW_TESTS + latency.length) + onTraffic * (CUTOVER_TESTS + latency.length);
}

/** A step at 100 % makes so many looks at the baseline: hours, where it holds a day. */
const BASELINE_LOOKS = 24;

/** Unit: windows, at least 1. */
export function blockOf({ cutover, source }: MigrationSpec): number {
  return blockFor(cutover.stabilizationMs, source.metrics.periodSeconds * 1_000);
}

export function blockFor(holdMs: number, periodMs: number): number {
  return Math.max(1, Math.floor(holdMs / periodMs / BASELINE_LOOKS));
}
