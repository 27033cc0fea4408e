/** CRC-32C and CRC-64/NVME, eight bytes a step from eight tables. Node's zlib computes CRC-32 and no other. */
import type { Polynomial } from './gf2';
import { CRC32C, CRC64NVME } from './gf2';

const STEP = 8;
const LOW = 0xffff_ffffn;

/** `low[n * 256 + byte]`: what the byte becomes once n more zero bytes have followed it. */
interface Tables {
  readonly low: Uint32Array;
  readonly high: Uint32Array;
}

function tablesOf({ reflected }: Polynomial): Tables {
  const rows: bigint[] = [];
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1n) === 1n ? (crc >> 1n) ^ reflected : crc >> 1n;
    rows.push(crc);
  }
  for (let at = 256; at < STEP * 256; at += 1) {
    const before = rows[at - 256] as bigint;
    rows.push((before >> 8n) ^ (rows[Number(before & 0xffn)] as bigint));
  }
  return {
    low: Uint32Array.from(rows, (row) => Number(row & LOW)),
    high: Uint32Array.from(rows, (row) => Number(row >> 32n)),
  };
}

/** Made when first needed: most copies need one of them at most. */
const made = new Map<Polynomial, Tables>();

function tables(polynomial: Polynomial): Tables {
  const found = made.get(polynomial) ?? tablesOf(polynomial);
  made.set(polynomial, found);
  return found;
}

/** @param before of what came before; 0 at the beginning. */
export function crc32c(bytes: Uint8Array, before: number): number {
  const { low } = tables(CRC32C);
  let crc = ~before;
  let at = 0;
  for (const end = bytes.length - STEP; at <= end; at += STEP) {
    const word = crc ^ wordAt(bytes, at);
    crc =
      (low[1792 + (word & 255)] as number) ^
      (low[1536 + ((word >>> 8) & 255)] as number) ^
      (low[1280 + ((word >>> 16) & 255)] as number) ^
      (low[1024 + (word >>> 24)] as number) ^
      (low[768 + (bytes[at + 4] as number)] as number) ^
      (low[512 + (bytes[at + 5] as number)] as number) ^
      (low[256 + (bytes[at + 6] as number)] as number) ^
      (low[bytes[at + 7] as number] as number);
  }
  for (; at < bytes.length; at += 1) crc = (low[(crc ^ (bytes[at] as number)) & 255] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** As two halves, since a bigint for each step would cost a hundred times as much. */
export interface Halves {
  readonly low: number;
  readonly high: number;
}

/** @param before of what came before; 0 in both halves at the beginning. */
export function crc64nvme(bytes: Uint8Array, before: Halves): Halves {
  const { low: lows, high: highs } = tables(CRC64NVME);
  let [low, high] = [~before.low, ~before.high];
  let at = 0;
  for (const end = bytes.length - STEP; at <= end; at += STEP) {
    const first = low ^ wordAt(bytes, at);
    const second = high ^ wordAt(bytes, at + 4);
    const [a, b, c, d] = [
      1792 + (first & 255),
      1536 + ((first >>> 8) & 255),
      1280 + ((first >>> 16) & 255),
      1024 + (first >>> 24),
    ];
    const [e, f, g, h] = [
      768 + (second & 255),
      512 + ((second >>> 8) & 255),
      256 + ((second >>> 16) & 255),
      second >>> 24,
    ];
    low = xor(lows, a, b, c, d) ^ xor(lows, e, f, g, h);
    high = xor(highs, a, b, c, d) ^ xor(highs, e, f, g, h);
  }
  for (; at < bytes.length; at += 1) {
    const index = (low ^ (bytes[at] as number)) & 255;
    low = ((low >>> 8) | (high << 24)) ^ (lows[index] as number);
    high = (high >>> 8) ^ (highs[index] as number);
  }
  return { low: ~low >>> 0, high: ~high >>> 0 };
}

function xor(table: Uint32Array, a: number, b: number, c: number, d: number): number {
  return (table[a] as number) ^ (table[b] as number) ^ (table[c] as number) ^ (table[d] as number);
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}
