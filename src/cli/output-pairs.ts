/** Pairs of outputs → a verdict on their equivalence, and the worst of them. */
import { compareOutputs } from '../analysis/equivalence';
import type { Comparison, Equivalence } from '../analysis/equivalence';
import { startTest } from '../analysis/sequential-test';
import { judgeEquivalence } from '../analysis/shadow-guardrails';
import { takePairs } from '../analysis/take-window';
import type { ShadowAccount } from '../domain/evidence';
import { addAccounts, EMPTY_ACCOUNT } from '../domain/evidence';
import type { GuardrailResult } from '../domain/verdict';
import type { Policy } from '../spec';

export interface Difference {
  readonly id: string;
  readonly path: string;
  readonly detail: string;
  /** null: no distance exists, such as between texts. */
  readonly severity: number | null;
}

/** Another output of the source to the same request. */
export interface Again {
  readonly output: unknown;
}

/** Pairs that make one look. */
const BLOCK = 50;
const WORST_MAX = 20;
const UNPAIRED_SHARE_MAX = 0.01;

export const NO_ANSWER: Different = {
  equal: false,
  path: '$',
  detail: 'the target has no answer',
  severity: Number.POSITIVE_INFINITY,
};

type Different = Comparison & { readonly equal: false };
type Ranked = Difference & { readonly rank: number };

/** Keeps counts and the worst pairs, never the outputs. */
export class OutputPairs {
  private readonly blocks: ShadowAccount[] = [];
  private open = EMPTY_ACCOUNT;
  private ranked: Ranked[] = [];

  constructor(private readonly equivalence: Equivalence) {}

  add(id: string, source: unknown, target: unknown, again?: Again): void {
    const comparison = compareOutputs(source, target, this.equivalence);
    if (comparison.equal) this.count(true, source, again);
    else this.addDifferent(id, comparison, source, again);
  }

  /** A pair that differs for a reason outside its outputs. */
  addDifferent(id: string, { path, detail, severity }: Different, source?: unknown, again?: Again): void {
    const difference = { id, path, detail, severity: Number.isFinite(severity) ? severity : null, rank: severity };
    this.ranked.push(difference);
    // Sorted now and then: there may be as many as pairs.
    if (this.ranked.length >= 10 * WORST_MAX) this.ranked = worstOf(this.ranked);
    this.count(false, source, again);
  }

  /** In the order in which they were added. */
  accounts(): ShadowAccount[] {
    return this.open.compared > 0 ? [...this.blocks, this.open] : this.blocks;
  }

  /** At most 20. */
  worst(): Difference[] {
    return worstOf(this.ranked).map(({ rank: _, ...difference }) => difference);
  }

  private count(isEqual: boolean, source: unknown, again: Again | undefined): void {
    const isNoisy = again !== undefined && !compareOutputs(source, again.output, this.equivalence).equal;
    this.open = addAccounts(this.open, {
      ...EMPTY_ACCOUNT,
      compared: 1,
      mismatched: isEqual ? 0 : 1,
      ...(again === undefined ? {} : { noiseCompared: 1, noiseMismatched: isNoisy ? 1 : 0 }),
    });
    if (this.open.compared < BLOCK) return;
    this.blocks.push(this.open);
    this.open = EMPTY_ACCOUNT;
  }
}

/** Of the same rank the first ones. */
function worstOf(ranked: readonly Ranked[]): Ranked[] {
  return [...ranked].sort((a, b) => (a.rank === b.rank ? 0 : b.rank - a.rank)).slice(0, WORST_MAX);
}

/** @param testCount tests that share the budget of false alarms, with this one. */
export function judgePairs(pairs: OutputPairs, { guardrails, equivalence }: Policy, testCount = 1): GuardrailResult {
  const policy = { guardrails, equivalence, alpha: guardrails.falseRollbackRate / testCount };
  let [test, sum] = [startTest(), EMPTY_ACCOUNT];
  const resultNow = (): GuardrailResult =>
    judgeEquivalence({ targetRequestCount: sum.compared, account: sum, tests: { equivalence: test } }, policy);
  for (const account of pairs.accounts()) {
    test = takePairs(test, { shadow: account }, policy);
    sum = addAccounts(sum, account);
    const result = resultNow();
    if (result.kind === 'fail') return result;
  }
  return resultNow();
}

/** So many answers are missing that nothing can be said: they may be the ones that differ. */
export function isTooManyUnpaired(unpaired: number, count: number): boolean {
  return unpaired > count * UNPAIRED_SHARE_MAX;
}

export function blindPairs(result: GuardrailResult, unpaired: number, count: number): GuardrailResult {
  if (result.kind === 'fail') return result;
  return {
    ...result,
    kind: 'blind',
    reason: `${unpaired} outputs of ${count} have no pair, at most 1 % may be without`,
  };
}

export function worstLines(worst: readonly Difference[]): string[] {
  return worst.map(({ id, path, detail }) => `  ${id} ${path}: ${detail}`);
}
