/** Where the surrogates begin: UTF-16 writes every character beyond U+FFFF with two of them. */
const SURROGATES_FROM = 0xd800;
const SURROGATES_TO = 0xdfff;

/**
 * S3's order: by UTF-8 bytes. JavaScript's `<` would order characters beyond U+FFFF before those from U+E000.
 * @returns below 0, 0 or above 0.
 */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  const lengthMin = Math.min(a.length, b.length);
  for (let at = 0; at < lengthMin; at += 1) {
    const [left, right] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (left !== right) return weightOf(left) - weightOf(right);
  }
  return a.length - b.length;
}

/** Surrogates stand for the highest characters, so they weigh more than the rest of their plane. */
function weightOf(unit: number): number {
  return unit >= SURROGATES_FROM && unit <= SURROGATES_TO ? unit + 0x10000 : unit;
}
