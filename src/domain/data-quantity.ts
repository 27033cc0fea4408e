/** Amounts of data and their rates, with the unit in the text. K, M, G and T are 1,000 each; Ki, Mi, Gi and Ti 1,024. */

const FACTOR: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  K: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  Ti: 1024 ** 4,
  Pi: 1024 ** 5,
};

const NUMBER = '(\\d+(?:\\.\\d+)?)';
const BYTES = new RegExp(`^${NUMBER} ?([kKMGTP]i?|)B$`);
/** `b` are bits, `B` bytes: a factor of eight hangs on it, so no other spelling passes. */
const RATE = new RegExp(`^${NUMBER} ?([kKMGT]i?|)(bps|bit/s|b/s|B/s|Bps)$`);
const BITS_PER_BYTE = 8;

/** Reads `3.2TB`, `500 MB`, `64KiB`, `0B`. @returns bytes, whole; undefined when the text is no amount of data. */
export function parseBytes(text: string): number | undefined {
  const match = BYTES.exec(text.trim());
  const factor = FACTOR[match?.[2] ?? ''];
  return match === null || factor === undefined ? undefined : Math.round(Number(match[1]) * factor);
}

/** Reads `200Mbps`, `10 Gbit/s`, `25MB/s`. @returns bytes a second; undefined when the text is no rate. */
export function parseRate(text: string): number | undefined {
  const match = RATE.exec(text.trim());
  const factor = FACTOR[match?.[2] ?? ''];
  if (match === null || factor === undefined) return undefined;
  const value = Number(match[1]) * factor;
  return match[3]?.startsWith('B') ? value : value / BITS_PER_BYTE;
}

/** Three digits are enough for a person: `3.2 TB`, `40 MB`, `512 B`. */
export function formatBytes(bytes: number): string {
  const unit = (['P', 'T', 'G', 'M', 'k'] as const).find((prefix) => bytes >= (FACTOR[prefix] ?? 1)) ?? '';
  return `${Number((bytes / (FACTOR[unit] ?? 1)).toPrecision(3))} ${unit}B`;
}

export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/** A rate as lines are sold: `200 Mbps`. */
export function formatLine(bytesPerSecond: number): string {
  return formatBytes(bytesPerSecond * BITS_PER_BYTE).replace(/B$/, 'bps');
}
