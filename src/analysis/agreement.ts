/** How far two answers of a model agree where they need not be the same. */

/** Share of the first k that both have. Range 0 to 1; shorter lists count as far as they go, two empty ones agree. */
export function agreementOfTop(ours: readonly string[], theirs: readonly string[], k: number): number {
  const [first, second] = [new Set(ours.slice(0, k)), new Set(theirs.slice(0, k))];
  const size = Math.max(first.size, second.size);
  return size === 0 ? 1 : [...first].filter((each) => second.has(each)).length / size;
}

/**
 * Kendall's tau of the order of what both have; what only one has counts as in the wrong order with everything. 1: the same
 * order, -1: the reverse. Of what is there twice the first place counts.
 */
export function kendallTau(ours: readonly string[], theirs: readonly string[]): number {
  const [first, second] = [[...new Set(ours)], [...new Set(theirs)]];
  const ranks = new Map(second.map((key, rank) => [key, rank]));
  const all = new Set([...first, ...second]).size;
  const shared = first.flatMap((key) => ranks.get(key) ?? []);
  const pairs = (all * (all - 1)) / 2;
  if (pairs === 0) return first.length === second.length ? 1 : -1;
  const concordant = (shared.length * (shared.length - 1)) / 2 - inversions(shared);
  return (2 * concordant) / pairs - 1;
}

/** Pairs in the wrong order, by merge sort: answers may hold thousands of entries. */
function inversions(ranks: readonly number[]): number {
  let [from, to] = [[...ranks], [...ranks]];
  let count = 0;
  for (let width = 1; width < from.length; width *= 2) {
    for (let start = 0; start < from.length; start += 2 * width) {
      const [middle, end] = [Math.min(start + width, from.length), Math.min(start + 2 * width, from.length)];
      let [left, right] = [start, middle];
      for (let at = start; at < end; at += 1) {
        const takesLeft = left < middle && (right >= end || (from[left] ?? 0) <= (from[right] ?? 0));
        if (!takesLeft) count += middle - left;
        to[at] = from[takesLeft ? left++ : right++] ?? 0;
      }
    }
    [from, to] = [to, from];
  }
  return count;
}

/** Range -1 to 1; NaN where one has no direction. */
export function cosine(ours: readonly number[], theirs: readonly number[]): number {
  let [dot, ourSquare, theirSquare] = [0, 0, 0];
  for (const [index, our] of ours.entries()) {
    const their = theirs[index] ?? Number.NaN;
    dot += our * their;
    ourSquare += our * our;
    theirSquare += their * their;
  }
  return dot / (Math.sqrt(ourSquare) * Math.sqrt(theirSquare));
}

/** Index of the highest, the first of several; undefined where one is not a number. */
export function argMax(scores: readonly number[]): number | undefined {
  if (scores.some((score) => Number.isNaN(score))) return undefined;
  return scores.reduce((best, score, index) => (score > (scores[best] ?? Number.NEGATIVE_INFINITY) ? index : best), 0);
}
