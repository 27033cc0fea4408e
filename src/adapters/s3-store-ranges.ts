/**
 * Cuts a listing into adjoining ranges of about the same size without reading it. What stands after the part that all keys
 * have in common is enumerated, a folder or a character at a time: after each that is found, the next probe skips all that
 * begins with it. Where that gives too few pieces, the pieces are cut again. Pieces of one depth count as equally large,
 * which holds for hashes, dates and running numbers.
 */
import { compareKeys } from '../domain/key-order';
import type { KeyRange } from '../ports/object-store';
import type { S3Listing } from './s3-store-listing';

/** Requests that one division may cost. */
const PROBES_MAX = 256;
const DEPTH_MAX = 64;
/** Above every key that begins with what stands before it. */
const TOP = '\u{10FFFF}';

/** As ObjectSource.divide. @param prefix as S3Listing's. @param within `{}`: all. */
export async function divideListing(
  listing: S3Listing,
  prefix: string,
  countMax: number,
  signal: AbortSignal,
  within: KeyRange,
): Promise<readonly KeyRange[]> {
  const after = within.after === undefined ? {} : { after: prefix + within.after };
  const upTo = within.upTo === undefined ? {} : { upTo: prefix + within.upTo };
  const first = await listing.page({ prefix, ...after }, signal);
  const last = first.objects.at(-1)?.key ?? prefix;
  const isOnePage = first.next === undefined || (upTo.upTo !== undefined && compareKeys(last, upTo.upTo) >= 0);
  if (countMax <= 1 || isOnePage) return [within];
  const probe = new Probe(listing, signal, { ...after, ...upTo });
  let pieces = [prefix];
  for (let depth = 0; depth < DEPTH_MAX && pieces.length < countMax / 2; depth += 1) {
    const finer = (await Promise.all(pieces.map((piece) => probe.children(piece)))).flat();
    // A budget that ran out has left pieces half cut: the coarser ones are more alike.
    if (probe.isSpent || finer.length === 0) break;
    pieces = finer;
  }
  return rangesBetween(bordersOf(pieces.slice(1), countMax - 1), prefix, within);
}

class Probe {
  private left = PROBES_MAX;

  constructor(
    private readonly listing: S3Listing,
    private readonly signal: AbortSignal,
    /** In the bucket, as all keys here. */
    private readonly within: KeyRange,
  ) {}

  get isSpent(): boolean {
    return this.left <= 0;
  }

  /** Every distinct beginning of a key, one character or one folder longer than the piece, in order. */
  async children(piece: string): Promise<string[]> {
    const found: string[] = [];
    const { after: from, upTo } = this.within;
    let after = from !== undefined && compareKeys(from, piece) > 0 ? from : piece;
    while (!this.isSpent) {
      this.left -= 1;
      const page = await this.listing.page({ prefix: piece, after, countMax: 1 }, this.signal);
      const key = page.objects[0]?.key;
      if (key === undefined || (upTo !== undefined && compareKeys(key, upTo) > 0)) break;
      const child = piece + String.fromCodePoint(key.codePointAt(piece.length) ?? 0);
      // Only a key with the topmost character itself is not skipped.
      if (child === found.at(-1)) break;
      found.push(child);
      after = child + TOP;
    }
    return found;
  }
}

/** At most so many, evenly among them. */
function bordersOf(candidates: readonly string[], countMax: number): string[] {
  if (candidates.length <= countMax) return [...candidates];
  return Array.from(
    { length: countMax },
    (_, index) => candidates[Math.floor(((index + 1) * candidates.length) / (countMax + 1))] as string,
  );
}

/** A border is the beginning of keys, and none of them is the border itself: everything up to it lies before it. */
function rangesBetween(borders: readonly string[], prefix: string, within: KeyRange): KeyRange[] {
  const keys = borders.map((border) => border.slice(prefix.length));
  return [within.after, ...keys].map((after, index) => {
    const upTo = keys[index] ?? within.upTo;
    return { ...(after === undefined ? {} : { after }), ...(upTo === undefined ? {} : { upTo }) };
  });
}
