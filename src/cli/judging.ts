/** Windows of a past → a verdict, and how it is told. */
import { comparisonTests } from '../analysis/budget';
import { judgePast, PAST } from '../analysis/judge-past';
import type { EvidenceWindow } from '../domain/evidence';
import type { EpochMs } from '../domain/quantity';
import type { GuardrailSpec } from '../domain/spec';
import type { Verdict } from '../domain/verdict';

export interface JudgingOptions {
  readonly segments: readonly string[];
  /** Tests that are made beside these and share the budget of false alarms. */
  readonly otherTests?: number;
}

/** Here a migration is one step. */
export function judgeWindows(
  windows: readonly EvidenceWindow[],
  guardrails: GuardrailSpec,
  periodMs: number,
  { segments, otherTests = 0 }: JudgingOptions,
): Verdict {
  const tests = comparisonTests({ ...guardrails, segments }) + otherTests;
  const policy = {
    mode: 'files',
    guardrails,
    ...PAST,
    alpha: guardrails.falseRollbackRate / tests,
    baselineBlock: 1,
    periodMs,
    ...(segments.length === 0 ? {} : { segments }),
  } as const;
  return judgePast(windows, policy, windows[0]?.startMs ?? (0 as EpochMs)).verdict;
}

/** Evidence that contradicts itself passes nothing. */
export function doubted(verdict: Verdict, trouble: readonly string[]): Verdict {
  if (trouble.length === 0 || verdict.kind === 'fail') return verdict;
  return { ...verdict, kind: 'blind', reason: trouble.join('; ') };
}

/** One a guardrail that decided. */
export function reasonsOf({ kind, reason, results }: Verdict): string[] {
  const deciding = results.filter((result) => result.kind === kind).map((result) => result.reason);
  return kind === 'blind' || deciding.length === 0 ? [reason] : deciding;
}

export function guardrailFigures({ results }: Verdict): object[] {
  return results.map(({ guardrail, kind, values }) => ({ guardrail, verdict: kind, ...values }));
}

export function resultLines({ results }: Verdict): string[] {
  return results.map(({ guardrail, kind, reason }) => `  ${kind.padEnd(12)} ${guardrail}: ${reason}`);
}
