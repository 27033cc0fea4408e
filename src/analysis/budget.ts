import type { Plan } from '../domain/plan';
import type { GuardrailSpec, MigrationSpec } from '../domain/spec';

/** What shadow tests besides the comparison: equivalence. */
const SHADOW_TESTS = 1;
/** And real traffic: the split to either side. */
const SPLIT_TESTS = 2;
/** After the last weight: the wait and the standby. */
const WAITS = 2;

/**
 * What each sequential test may spend of `guardrails.falseRollbackRate`: an even share of all tests in all steps, in the
 * waits and gates that the plan contains. The chances add up (Bonferroni), and looks are free. Target health, coverage and
 * the tap's account are facts and spend nothing. Extra gates after extensions, and a new start after a rollback, begin
 * tests anew, which somebody decided.
 */
export function alphaPerTest(plan: PlannedTests, guardrails: GuardrailSpec): number {
  return guardrails.falseRollbackRate / testCount(plan, guardrails);
}

/** The parts of a plan in which tests are made. */
export type PlannedTests = Pick<Plan, 'shadow' | 'cutover' | 'gates'>;

export function testCount({ shadow, cutover, gates }: PlannedTests, guardrails: GuardrailSpec): number {
  const compared = comparisonTests(guardrails);
  const onTraffic = cutover.length + WAITS + gates.length;
  return (
    shadow.length * (compared + SHADOW_TESTS) + onTraffic * (compared + SPLIT_TESTS + (guardrails.metrics ?? []).length)
  );
}

/** A migration that began before there were segments has none in its state. Error rate, SLA, and one for each quantile; once more, if there are segments, for all of them together. */
export function comparisonTests({ latency, segments }: Pick<GuardrailSpec, 'latency' | 'segments'>): number {
  return (2 + latency.length) * ((segments ?? []).length === 0 ? 1 : 2);
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
