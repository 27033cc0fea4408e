const FNV_PRIME = 0x01000193;
const FNV_BASIS = 0x811c9dc5;

/**
 * Whether a key belongs to the sample. The same keys for the same seed, whatever the order and whoever asks.
 * @param percent 0 to 100; 100 takes every key, 0 none.
 * @param seed a whole number from 0 below 2^32.
 */
export function isSampled(key: string, percent: number, seed: number): boolean {
  return hashOf(key, seed) / 0x1_0000_0000 < percent / 100;
}

/** FNV-1a over UTF-16 code units, then the finaliser of MurmurHash3: FNV alone leaves like keys alike. */
function hashOf(key: string, seed: number): number {
  let hash = (FNV_BASIS ^ seed) >>> 0;
  for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), FNV_PRIME);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
