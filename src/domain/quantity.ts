/** Quantities with their unit in the type, so that seconds never meet milliseconds by accident. */

/** A length of time. Unit: milliseconds. Never negative. */
export type Milliseconds = number & { readonly __unit: 'ms' };
/** A point in time. Unit: milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number & { readonly __unit: 'epochMs' };
/** A share of traffic. Unit: percent, 0 to 100, whole numbers only. */
export type Percent = number & { readonly __unit: 'percent' };

export const milliseconds = (value: number): Milliseconds => value as Milliseconds;
export const epochMs = (value: number): EpochMs => value as EpochMs;
export const percent = (value: number): Percent => value as Percent;

const MS_PER_UNIT = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type DurationUnit = keyof typeof MS_PER_UNIT;

/**
 * Reads `500ms`, `20s`, `15m`, `48h`, `7d` (whole or decimal numbers, one unit).
 * @returns undefined when the text is not a duration. Zero is a duration; callers that forbid it say so.
 */
export function parseDuration(text: string): Milliseconds | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim());
  if (!match) return undefined;
  return milliseconds(Math.round(Number(match[1]) * MS_PER_UNIT[match[2] as DurationUnit]));
}

/** Writes a length of time with its two largest units: `1d 4h`, `12m 5s`, `0.8s`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1_000) return `${(durationMs / 1_000).toFixed(1)}s`;
  const parts: string[] = [];
  let restMs = durationMs;
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const count = Math.floor(restMs / MS_PER_UNIT[unit]);
    restMs -= count * MS_PER_UNIT[unit];
    if (count > 0) parts.push(`${count}${unit}`);
    if (parts.length === 2) break;
  }
  return parts.join(' ');
}

/** `p99.9` → 0.999, to the last digit that a person wrote. */
export function fractionOf(quantile: string): number {
  return Number((Number(quantile.slice(1)) / 100).toPrecision(12));
}

/** The furthest time that a Date can hold. */
const DATE_MS_MAX = 8.64e15;

/** Reads ISO 8601 or epoch milliseconds. @returns undefined for anything else, and for times before 1970. */
export function parseTime(value: unknown): EpochMs | undefined {
  const atMs = typeof value === 'string' ? Date.parse(value) : value;
  return typeof atMs === 'number' && atMs >= 0 && atMs <= DATE_MS_MAX ? epochMs(atMs) : undefined;
}
