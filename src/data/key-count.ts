/**
 * About how many keys a range holds, told from the first ones: how far they reach into it. A key is read as a fraction in
 * digits that are the characters seen behind what neighbouring keys have in common, so that a listing of decimal numbers
 * counts in tens and one of hashes in sixteens. Right for running numbers, hashes and dates; a guess for names. Pure.
 */
import { compareKeys } from '../domain/key-order';
import type { KeyRange } from '../ports/object-store';

/** Above every key that begins with what stands before it. */
const TOP = '\u{10FFFF}';
/** Digits beyond tell keys apart that lie closer than a double can say. */
const DIGITS_MAX = 16;
const COUNT_MAX = 1e12;

/** The first keys of a range, in order. */
export interface FirstKeys {
  readonly range: KeyRange;
  readonly first: string;
  readonly last: string;
  readonly count: number;
}

/** The characters in which neighbouring keys differ. @param keys in order. */
export function digitsIn(keys: readonly string[]): Set<string> {
  const shared = commonLength(keys[0] ?? '', keys.at(-1) ?? '');
  return new Set(keys.flatMap((key) => [...key.slice(shared)]));
}

/** @param digits as of digitsIn, of all the pieces that are compared with each other. */
export function estimateCount(seen: FirstKeys, digits: ReadonlySet<string>): number {
  const { first, last, count } = seen;
  const top = topOf(seen);
  const shared = commonLength(first, top);
  const ranks = new Map([...digits].sort(compareKeys).map((digit, index) => [digit, index + 1]));
  const place = (key: string): number => fractionOf(key.slice(shared), ranks);
  const reach = (place(last) - place(first)) / (place(top) - place(first));
  // Stated as what must hold, so that a reach which is no number counts what was seen.
  return reach > 0 && reach < 1 ? Math.min(COUNT_MAX, count / reach) : count;
}

/** Where the keys end: at the range's end, unless that is the border of another folder. */
function topOf({ range: { after, upTo }, first, last }: FirstKeys): string {
  const folder = after === undefined ? undefined : [...after].slice(0, -1).join('');
  if (folder === undefined || !first.startsWith(folder)) return upTo ?? first.slice(0, commonLength(first, last)) + TOP;
  return upTo?.startsWith(folder) === true ? upTo : folder + TOP;
}

/** 0 to 1. A character that was never seen weighs as the next one that was. */
function fractionOf(text: string, ranks: ReadonlyMap<string, number>): number {
  const base = ranks.size + 2;
  let [value, unit] = [0, 1 / base];
  for (const character of [...text].slice(0, DIGITS_MAX)) {
    value += unit * (ranks.get(character) ?? rankBetween(character, ranks));
    unit /= base;
  }
  return value;
}

function rankBetween(character: string, ranks: ReadonlyMap<string, number>): number {
  for (const [digit, rank] of ranks) if (compareKeys(digit, character) > 0) return rank;
  return ranks.size + 1;
}

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}
