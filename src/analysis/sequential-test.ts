import type { GuardrailSpec } from '../domain/spec';
import type { SequentialTest } from '../domain/judge-state';
import { bet, logEvidence, startProcess } from './e-process';
import type { Outcome } from './e-process';

/*
 * `fail` and `pass` are two proofs, with a chance of error each; whatever is neither is `insufficient`. Between the limit
 * and the regression that matters both may be open for long, or `pass` may come: that is what "matters" means.
 */

export function startTest(): SequentialTest {
  return { worse: startProcess('worse'), better: startProcess('better') };
}

/** @param worse against the limit, of which each must be broken. @param better against the regression that matters. */
export function take(test: SequentialTest, worse: readonly Outcome[], better: Outcome): SequentialTest {
  return { worse: bet(test.worse, 'worse', ...worse), better: bet(test.better, 'better', better) };
}

export interface Finding {
  readonly kind: 'pass' | 'fail' | 'insufficient';
  /** Chance, at most, that a target as good as allowed looks like this once; 1: no evidence. */
  readonly chanceIfGood: number;
  /** How sure it is that the regression which matters is absent. Range 0 to 1. */
  readonly confidence: number;
}

export function findingOf(
  test: SequentialTest,
  { alpha, guardrails }: { readonly alpha: number; readonly guardrails: Pick<GuardrailSpec, 'passConfidence'> },
): Finding {
  const worse = logEvidence(test.worse, 'worse');
  const better = logEvidence(test.better, 'better');
  const isWorse = worse >= -Math.log(alpha);
  const isBetter = better >= -Math.log1p(-guardrails.passConfidence);
  return {
    kind: isWorse ? 'fail' : isBetter ? 'pass' : 'insufficient',
    chanceIfGood: Math.min(1, Math.exp(-worse)),
    confidence: Math.max(0, -Math.expm1(-better)),
  };
}

/** Both sides' counts of something that should fall to each in proportion. */
export function shared(sourceEvents: number, targetEvents: number, targetShare: number, extraMax = 0): Outcome {
  return { sourceEvents, targetEvents, targetShare: Math.min(1, Math.max(0, targetShare)), extraMax };
}

/** One side alone, against a rate. */
export function alone(events: number, count: number, rate: number): Outcome {
  return { sourceEvents: 0, targetEvents: events, targetShare: 0, extraMax: count * rate };
}

/** A comparison that says only which side was worse. */
export function sign(isWorse: boolean, targetShare: number): Outcome {
  return isWorse ? shared(0, 1, targetShare) : shared(1, 0, targetShare);
}
