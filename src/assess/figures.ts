/** Sums of figures of which some are not known. */
import type { Figure } from '../domain/data-figures';

/** One line of a calculation. */
export interface CostLine {
  readonly what: string;
  readonly figure: Figure;
}

/** A sum that never passes what is missing off as nothing. */
export interface Total {
  /** Of the lines that are known. Unit: USD. */
  readonly usd: number;
  readonly formula: string;
  /** What is not in it, and why. */
  readonly missing: readonly string[];
}

export const usd = (value: number, formula: string): Figure => ({ value, unit: 'USD', formula });
export const unknownUsd = (why: string): Figure => ({ value: null, unit: 'USD', why });

/** Longest formula that names each line. */
const NAMED_LINES_MAX = 8;

export function totalOf(lines: readonly CostLine[]): Total {
  const known = lines.flatMap(({ figure, what }) => (figure.value === null ? [] : [{ value: figure.value, what }]));
  return {
    usd: known.reduce((sum, { value }) => sum + value, 0),
    formula:
      known.length === 0
        ? 'nothing is known'
        : known.length <= NAMED_LINES_MAX
          ? known.map(({ what, value }) => `${what} USD ${value.toFixed(2)}`).join(' + ')
          : `sum of ${known.length} lines, USD`,
    missing: lines.flatMap(({ what, figure }) => (figure.value === null ? [`${what}: ${figure.why}`] : [])),
  };
}

/** Total of totals. */
export function addTotals(named: readonly { readonly name: string; readonly total: Total }[]): Total {
  return {
    usd: named.reduce((sum, { total }) => sum + total.usd, 0),
    formula: `sum over ${named.length} workload(s), USD`,
    missing: named.flatMap(({ name, total }) => total.missing.map((text) => `${name}: ${text}`)),
  };
}

/** `USD 12.30`, or `at least USD 12.30 (2 not known)`. */
export function totalText({ usd: value, missing }: Total): string {
  const text = `USD ${value.toFixed(2)}`;
  return missing.length === 0 ? text : `at least ${text}, ${missing.length} figure(s) not known`;
}
