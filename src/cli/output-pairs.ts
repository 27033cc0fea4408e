/** Pairs of outputs → a verdict on their equivalence, and the worst of them. */
import { compareOutputs } from '../analysis/equivalence';
import type { Comparison, Equivalence } from '../analysis/equivalence';
import { startTest } from '../analysis/sequential-test';
import { judgeEquivalence } from '../analysis/shadow-guardrails';
import { takePairs } from '../analysis/take-window';
import { severityOrNull, withPair } from '../analysis/worst-pairs';
import type { Ranked } from '../analysis/worst-pairs';
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

/** Of another answer to the same request. */
export interface Known {
  readonly output: unknown;
}

/** Pairs that make one look. */
const BLOCK = 50;
const UNPAIRED_SHARE_MAX = 0.01;

const NO_ANSWER: Different = {
  path: '$',
  detail: 'the target has no answer',
  severity: Number.POSITIVE_INFINITY,
};

/** Where and how a pair differs. */
type Different = Pick<Comparison & { readonly equal: false }, 'path' | 'detail' | 'severity'>;

/** What the source did to itself. */
interface Noise {
  readonly isNoisy: boolean;
}

type WorstPair = Omit<Difference, 'severity'> & Ranked;

/** Keeps counts and the worst pairs, never the outputs. */
export class OutputPairs {
  private readonly blocks: ShadowAccount[] = [];
  private open = EMPTY_ACCOUNT;
  private ranked: readonly WorstPair[] = [];

  constructor(private readonly equivalence: Equivalence) {}

  /** @param target undefined: there is none. @param again another answer of the source. */
  add(id: string, source: unknown, target: Known | undefined, again: Known | undefined): void {
    const comparison =
      target === undefined
        ? { equal: false as const, ...NO_ANSWER }
        : compareOutputs(source, target.output, this.equivalence);
    const isNoisy = again !== undefined && !compareOutputs(source, again.output, this.equivalence).equal;
    const noise = again === undefined ? undefined : { isNoisy };
    if (comparison.equal) this.addEqual(noise);
    else this.addDifferent(id, comparison, noise);
  }

  /** What was compared elsewhere. */
  addEqual(noise?: Noise): void {
    this.count(true, noise);
  }

  addDifferent(id: string, { path, detail, severity }: Different, noise?: Noise): void {
    this.ranked = withPair(this.ranked, { id, path, detail, severity });
    this.count(false, noise);
  }

  /** In the order in which they were added. */
  accounts(): ShadowAccount[] {
    return this.open.compared > 0 ? [...this.blocks, this.open] : this.blocks;
  }

  /** At most 20. */
  worst(): Difference[] {
    return this.ranked.map((pair) => ({ ...pair, severity: severityOrNull(pair.severity) }));
  }

  private count(isEqual: boolean, noise: Noise | undefined): void {
    this.open = addAccounts(this.open, {
      ...EMPTY_ACCOUNT,
      compared: 1,
      mismatched: isEqual ? 0 : 1,
      ...(noise === undefined ? {} : { noiseCompared: 1, noiseMismatched: noise.isNoisy ? 1 : 0 }),
    });
    if (this.open.compared < BLOCK) return;
    this.blocks.push(this.open);
    this.open = EMPTY_ACCOUNT;
  }
}

/** @param testCount tests that share the budget of false alarms, with this one. */
export function judgePairs(pairs: OutputPairs, { guardrails, equivalence }: Policy, testCount = 1): GuardrailResult {
  const accounts = pairs.accounts();
  const isNoiseKnown = accounts.some(({ noiseCompared }) => noiseCompared !== undefined);
  const policy = { guardrails, equivalence, isNoiseKnown, alpha: guardrails.falseRollbackRate / testCount };
  let tests: Parameters<typeof takePairs>[0] = { equivalence: startTest() };
  let sum = EMPTY_ACCOUNT;
  const resultNow = (): GuardrailResult =>
    judgeEquivalence({ targetRequestCount: sum.compared, account: sum, tests }, policy);
  for (const account of accounts) {
    tests = takePairs(tests, { shadow: account }, policy);
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
