/** The four answers of the judge (docs/glossary.md). */
export type VerdictKind = 'pass' | 'fail' | 'insufficient' | 'blind';

export type GuardrailName =
  | 'errorRate'
  | 'errorSla'
  | 'latency'
  | 'metric'
  | 'cost'
  | 'targetHealth'
  | 'trafficSplit'
  | 'equivalence'
  | 'shadowAccount'
  | 'copiedShare'
  | 'coverage'
  | 'segments';

/** One guardrail's answer. `values` are the numbers that it was decided on. */
export interface GuardrailResult {
  readonly guardrail: GuardrailName;
  readonly kind: VerdictKind;
  /** One sentence for a person, with the numbers and the limit. */
  readonly reason: string;
  readonly values: Readonly<Record<string, number | string | null>>;
}

export interface Verdict {
  readonly kind: VerdictKind;
  /** One sentence: the reason that decided. */
  readonly reason: string;
  readonly results: readonly GuardrailResult[];
  /** How many guardrails gave an answer, of how many that are set. A step advances only when both are equal. */
  readonly evaluatedCount: number;
  readonly guardrailCount: number;
}
