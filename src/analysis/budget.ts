import type { Plan } from '../domain/plan';
import { planMigration } from '../domain/plan';
import type { MigrationSpec } from '../domain/spec';

/** Sequential tests that run at once in shadow: error rate, SLA, P99, equivalence. */
const SHADOW_TESTS = 4;
/** And on real traffic: error rate, SLA, P99, split to either side. */
const CUTOVER_TESTS = 5;
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
  return testsOf(planMigration(spec));
}

export function testsOf({ shadow, cutover, gates }: Pick<Plan, 'shadow' | 'cutover' | 'gates'>): number {
  return shadow.length * SHADOW_TESTS + (cutover.length + WAITS + gates.length) * CUTOVER_TESTS;
}

/** A step at 100 % makes so many looks at the baseline: hours, where it holds a day. */
const BASELINE_LOOKS = 24;

/** Unit: windows, at least 1. */
export function blockOf({ cutover, source }: MigrationSpec): number {
  const windows = cutover.stabilizationMs / (source.metrics.periodSeconds * 1_000);
  return Math.max(1, Math.floor(windows / BASELINE_LOOKS));
}
