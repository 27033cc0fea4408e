/** Shift between two samples with the confidence interval that R's `wilcox.test(conf.int = TRUE)` gives for large samples. */

export interface Shift {
  /** Hodges and Lehmann's estimate: the median of all differences. */
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** Standard normal quantiles of the two-sided confidences that are used. */
const Z: Readonly<Record<number, number>> = { 0.98: 2.326347874 };

export function shiftInterval(ours: readonly number[], theirs: readonly number[], confidence: number): Shift {
  const z = Z[confidence];
  if (z === undefined) throw new RangeError(`no table for a confidence of ${confidence}`);
  const differences = new Float64Array(ours.length * theirs.length);
  let index = 0;
  for (const our of ours) for (const their of theirs) differences[index++] = our - their;
  differences.sort();
  const pairs = differences.length;
  const deviation = Math.sqrt((pairs * (ours.length + theirs.length + 1)) / 12);
  const outside = Math.max(0, Math.floor(pairs / 2 - z * deviation));
  return {
    estimate: differences[pairs >> 1] ?? Number.NaN,
    low: differences[outside] ?? Number.NaN,
    high: differences[pairs - 1 - outside] ?? Number.NaN,
  };
}
