import { assertNever } from '../domain/errors';
import type { GuardrailResult, Verdict } from '../domain/verdict';

export type StepDecision = 'advance' | 'roll_back' | 'extend' | 'ask' | 'step_down' | 'watch_on';

export interface StepFacts {
  readonly verdict: Verdict | null;
  /** The step's clock has run out. */
  readonly timeOver: boolean;
  readonly extensionCount: number;
  readonly extendMax: number;
  /** The observer gave up waiting for metrics. */
  readonly blindTooLong: boolean;
}

/** What follows from a verdict. No evidence, no step. */
export function decideStep(facts: StepFacts): StepDecision {
  const { verdict } = facts;
  if (facts.blindTooLong) return 'step_down';
  if (verdict === null) return facts.timeOver ? extendOrAsk(facts) : 'watch_on';
  switch (verdict.kind) {
    case 'fail':
      return 'roll_back';
    case 'blind':
      return 'watch_on';
    case 'insufficient':
      if (!facts.timeOver) return 'watch_on';
      // More time makes nothing cheaper.
      return isOnlyDear(verdict) ? 'ask' : extendOrAsk(facts);
    case 'pass':
      if (!facts.timeOver) return 'watch_on';
      return verdict.evaluatedCount === verdict.guardrailCount ? 'advance' : extendOrAsk(facts);
    default:
      return assertNever(verdict.kind);
  }
}

/** Too high a cost holds the step and asks; it never rolls back. */
export function isDear({ guardrail, kind }: Pick<GuardrailResult, 'guardrail' | 'kind'>): boolean {
  return guardrail === 'cost' && kind === 'fail';
}

function isOnlyDear({ results }: Verdict): boolean {
  const open = results.filter(({ kind }) => kind !== 'pass');
  return open.length > 0 && open.every(isDear);
}

function extendOrAsk(facts: StepFacts): StepDecision {
  return facts.extensionCount < facts.extendMax ? 'extend' : 'ask';
}
