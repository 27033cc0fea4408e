import type { EquivalenceSpec, GuardrailSpec, MigrationSpec } from '../domain/spec';
import { parseBy, problemsBy } from './issues';
import type { SpecProblem } from './problem';
import { policySchema, specSchema } from './schema';
import { toDomain, toEquivalence, toGuardrails } from './to-domain';

/** @throws SpecInvalid listing every problem. */
export function parseSpec(document: unknown): MigrationSpec {
  return toDomain(parseBy(specSchema, document, 'spec'));
}

/** What two recordings are judged by. */
export interface Policy {
  readonly guardrails: GuardrailSpec;
  readonly equivalence: EquivalenceSpec;
}

/** A policy, or a whole spec, of which only guardrails and equivalence are read. @throws SpecInvalid listing every problem. */
export function parsePolicy(document: unknown): Policy {
  const isSpec = typeof document === 'object' && document !== null && 'apiVersion' in document;
  if (isSpec) {
    const { guardrails, shadow } = parseSpec(document);
    return { guardrails, equivalence: shadow.equivalence };
  }
  const parsed = parseBy(policySchema, document, 'spec');
  return { guardrails: toGuardrails(parsed.guardrails), equivalence: toEquivalence(parsed.shadow.equivalence) };
}

/** Empty when the document is a valid spec. */
export function specProblems(document: unknown): SpecProblem[] {
  return problemsBy(specSchema, document);
}
