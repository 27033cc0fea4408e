/** Adjoining pieces of a listing, put together to ranges of about as many objects each. Pure. */
import type { KeyRange } from '../ports/object-store';

export interface WeighedRange {
  readonly range: KeyRange;
  /** About how many keys it holds. 0 or more. */
  readonly objectCount: number;
}

/**
 * @param pieces adjoin, in the order of their keys. @param countMax 1 or more.
 * @returns at most so many ranges that cover what the pieces cover, each key once and in order; none holds more than an
 * even share and one piece.
 */
export function evenRanges(pieces: readonly WeighedRange[], countMax: number): KeyRange[] {
  const total = pieces.reduce((sum, { objectCount }) => sum + objectCount, 0);
  const ranges: KeyRange[] = [];
  let first: KeyRange | undefined;
  let [soFar, sharesCut] = [0, 0];
  for (const [index, { range, objectCount }] of pieces.entries()) {
    first ??= range;
    soFar += objectCount;
    // Behind the last border that counts, what is left is one range, also where it holds nothing.
    const shares = Math.min(countMax - 1, Math.floor((soFar * countMax) / total));
    if (!(shares > sharesCut) && index < pieces.length - 1) continue;
    ranges.push(fromTo(first, range));
    first = undefined;
    sharesCut = shares;
  }
  return ranges;
}

/**
 * One range whose keys are all known, cut at keys into at most so many.
 * @param keys of the range, in order; all of them.
 */
export function cutAtKeys(range: KeyRange, keys: readonly string[], countMax: number): WeighedRange[] {
  const count = Math.max(1, Math.min(countMax, keys.length));
  const ends = Array.from({ length: count }, (_, at) => Math.floor((keys.length * (at + 1)) / count));
  return ends.map((end, at) => {
    const begin = ends[at - 1] ?? 0;
    const [before, last] = [keys[begin - 1], keys[end - 1]];
    const lower = before === undefined ? range : { after: before };
    const upper = at === count - 1 || last === undefined ? range : { upTo: last };
    return { range: fromTo(lower, upper), objectCount: end - begin };
  });
}

function fromTo({ after }: KeyRange, { upTo }: KeyRange): KeyRange {
  return { ...(after === undefined ? {} : { after }), ...(upTo === undefined ? {} : { upTo }) };
}
