/** How many pairs are shown to a person. */
export const WORST_MAX = 20;

/** @param severity how many times the allowed distance; infinite where no distance exists. */
export interface Ranked {
  readonly severity: number;
}

/** Worst first; of two that are as bad, the one that came first. @returns at most `WORST_MAX`. */
export function withPair<T extends Ranked>(worst: readonly T[], pair: T): readonly T[] {
  const behind = worst.findIndex(({ severity }) => severity < pair.severity);
  const at = behind < 0 ? worst.length : behind;
  if (at >= WORST_MAX) return worst;
  return [...worst.slice(0, at), pair, ...worst.slice(at, WORST_MAX - 1)];
}

/** JSON has no infinity: null says that no distance exists. */
export function severityOrNull(severity: number): number | null {
  return Number.isFinite(severity) ? severity : null;
}
