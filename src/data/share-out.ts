/**
 * Cuts a listing into ranges of about equal object counts, one for each worker, without reading it. The place's own
 * division gives some pieces for each range. The first page of a piece holds all of its keys, or tells about how many
 * there are (key-count.ts). A piece that outweighs a quarter of a share is divided again, so that one folder with nearly
 * everything is found; then neighbours are put together. Ten ranges cost some hundred requests and the most there may be
 * some thousand, however much there is to copy.
 */
import type { KeyRange, ObjectSource } from '../ports/object-store';
import { Budget } from './budget';
import type { WeighedRange } from './even-ranges';
import { cutAtKeys, evenRanges } from './even-ranges';
import type { FirstKeys } from './key-count';
import { digitsIn, estimateCount } from './key-count';
import { eitherSignal } from './signals';

/** So fine that two ranges differ by about an eighth. */
const PIECES_PER_RANGE = 8;
/** Of one that is divided again. */
const PIECES_AGAIN = 16;
const ROUNDS_MAX = 6;
const ASKED_AT_ONCE = 16;

interface Piece {
  readonly range: KeyRange;
  /** All of its keys. Missing: it holds more than were seen. */
  readonly keys?: readonly string[];
  /** There where not all are known. */
  readonly seen?: FirstKeys;
  /** The place does not cut it any further. */
  readonly isWhole?: true;
}

/**
 * @param countMax 1 or more.
 * @returns adjoining ranges that cover every key once, in order; fewer where there are fewer objects, and at least one.
 */
export async function shareOut(source: ObjectSource, countMax: number, signal: AbortSignal): Promise<KeyRange[]> {
  const look = new Look(source, eitherSignal(signal));
  const finest = countMax * PIECES_PER_RANGE;
  let pieces = await look.at(await source.divide(finest, signal));
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const total = look.totalOf(pieces);
    const isHeavy = (piece: Piece): boolean => look.weightOf(piece) * finest > 2 * total;
    const mayBeCut = (piece: Piece): boolean => piece.keys === undefined && piece.isWhole === undefined;
    if (!pieces.some((piece) => mayBeCut(piece) && isHeavy(piece))) break;
    const finer = pieces.map(async (piece) => (mayBeCut(piece) && isHeavy(piece) ? look.closerAt(piece) : [piece]));
    pieces = (await Promise.all(finer)).flat();
  }
  return evenRanges(look.weigh(pieces, finest), countMax);
}

class Look {
  private readonly slots = new Budget(ASKED_AT_ONCE);
  /** Of all keys that were seen. */
  private readonly digits = new Set<string>();

  constructor(
    private readonly source: ObjectSource,
    private readonly signal: AbortSignal,
  ) {}

  at(ranges: readonly KeyRange[]): Promise<Piece[]> {
    return Promise.all(ranges.map((range) => this.inTurn(() => this.pieceOf(range))));
  }

  async closerAt(piece: Piece): Promise<Piece[]> {
    const ranges = await this.inTurn(() => this.source.divide(PIECES_AGAIN, this.signal, piece.range));
    return ranges.length < 2 ? [{ ...piece, isWhole: true }] : this.at(ranges);
  }

  weightOf({ keys, seen }: Piece): number {
    if (keys !== undefined) return keys.length;
    return seen === undefined ? 0 : estimateCount(seen, this.digits);
  }

  totalOf(pieces: readonly Piece[]): number {
    return pieces.reduce((sum, piece) => sum + this.weightOf(piece), 0);
  }

  /** What is known to the last key is cut at keys, as finely as all of it is to be. */
  weigh(pieces: readonly Piece[], finest: number): WeighedRange[] {
    const total = this.totalOf(pieces);
    return pieces.flatMap((piece) => {
      const { range, keys = [] } = piece;
      if (keys.length === 0) return [{ range, objectCount: this.weightOf(piece) }];
      return cutAtKeys(range, keys, Math.ceil((keys.length * finest) / total));
    });
  }

  private async pieceOf(range: KeyRange): Promise<Piece> {
    const pages: (readonly string[])[] = [];
    for await (const page of this.source.list(range, this.signal)) {
      pages.push(page.map(({ key }) => key));
      if (pages.length === 2) break;
    }
    const keys = pages.flat();
    for (const digit of digitsIn(keys)) this.digits.add(digit);
    const [first, last] = [keys[0], keys.at(-1)];
    if (pages.length < 2 || first === undefined || last === undefined) return { range, keys };
    return { range, seen: { range, first, last, count: keys.length } };
  }

  private async inTurn<T>(ask: () => Promise<T>): Promise<T> {
    const giveBack = await this.slots.take(1, this.signal);
    try {
      return await ask();
    } finally {
      giveBack();
    }
  }
}
