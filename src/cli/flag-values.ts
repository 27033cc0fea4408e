/** Values of flags that more than one command takes. Each error names the flag and what it got. */
import { parseDuration } from '../domain/quantity';
import type { Address } from '../server/environment';
import { UsageError } from './failure';

/** For flags that may be given several times. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

export function durationMsOf(flag: string, text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs === undefined || !(durationMs > 0)) throw wrong(flag, text, 'a duration like 60s');
  return durationMs;
}

/** @param text undefined: no limit. */
export function limitOf(flag: string, text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  if (!/^[1-9]\d{0,14}$/.test(text)) throw wrong(flag, text, 'a whole number, 1 or more');
  return Number(text);
}

/** @returns a number within the range, both ends included. */
export function numberOf(flag: string, text: string, min: number, max: number): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) throw wrong(flag, text, `a number from ${min} to ${max}`);
  return value;
}

export function addressOf(flag: string, text: string): Address {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) throw wrong(flag, text, 'host:port');
  return { host: match[1] ?? match[2] ?? '', port };
}

export function serverOf(flag: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '')
    throw wrong(flag, text, 'an http or https URL without query');
  return url;
}

/** Names in lower case. The value is not repeated in the error: it may be a credential. */
export function headersOf(flag: string, texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const match = /^([\w!#$%&'*+.^`|~-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/.exec(text);
      if (match === null) throw new UsageError(`${flag}: must be name:value`);
      return [(match[1] ?? '').toLowerCase(), match[2] ?? ''];
    }),
  );
}

function wrong(flag: string, text: string, expected: string): UsageError {
  return new UsageError(`${flag} ${text}: must be ${expected}`);
}
