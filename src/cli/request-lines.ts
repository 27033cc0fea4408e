/** Recorded requests: one JSON object a line, `{at, latencyMs, ok, segment?}`. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { UsageError } from './failure';

export interface RequestLine {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly latencyMs: number;
  readonly ok: boolean;
  readonly segment?: string;
}

/** How a file was, besides its requests. */
export interface FileFacts {
  readonly lines: number;
  readonly malformed: readonly string[];
  readonly malformedCount: number;
  /** Where the clock first goes back: `line 17 is 3000 ms before line 16`. */
  readonly clockGoesBack?: string;
}

const MALFORMED_SHARE_MAX = 0.01;
const MALFORMED_NAMED_MAX = 20;

/** @throws UsageError for a file that cannot be read, holds nothing, or of which over 1 % of the lines mean nothing. */
export async function readRequests(file: string, take: (request: RequestLine) => void): Promise<FileFacts> {
  const malformed: string[] = [];
  let [number, lines, malformedCount, beforeMs] = [0, 0, 0, Number.NEGATIVE_INFINITY];
  let clockGoesBack: string | undefined;
  try {
    for await (const text of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
      number += 1;
      if (text.trim() === '') continue;
      lines += 1;
      const request = parseRequest(text);
      if (typeof request === 'string') {
        malformedCount += 1;
        if (malformed.length < MALFORMED_NAMED_MAX) malformed.push(`line ${number}: ${request}`);
        continue;
      }
      if (request.at < beforeMs)
        clockGoesBack ??= `line ${number} is ${beforeMs - request.at} ms before the line above it`;
      beforeMs = request.at;
      take(request);
    }
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (lines === 0) throw new UsageError(`${file}: is empty`);
  if (malformedCount > lines * MALFORMED_SHARE_MAX) {
    throw new UsageError(
      [`${file}: ${malformedCount} of ${lines} lines are malformed, at most 1 % may be`, ...malformed].join('\n  '),
    );
  }
  return { lines, malformed, malformedCount, ...(clockGoesBack === undefined ? {} : { clockGoesBack }) };
}

/** @returns what is wrong with it, where something is. */
export function parseRequest(text: string): RequestLine | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'not JSON';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'not an object';
  const { at, latencyMs, ok, segment } = value as Record<string, unknown>;
  const atMs = typeof at === 'string' ? Date.parse(at) : at;
  if (typeof atMs !== 'number' || !Number.isFinite(atMs) || Math.abs(atMs) > DATE_MS_MAX)
    return `at: must be ISO 8601 or epoch milliseconds (got ${JSON.stringify(at)})`;
  if (typeof latencyMs !== 'number' || !(latencyMs >= 0 && latencyMs < Number.POSITIVE_INFINITY))
    return `latencyMs: must be milliseconds, 0 or more (got ${JSON.stringify(latencyMs)})`;
  if (typeof ok !== 'boolean') return `ok: must be true or false (got ${JSON.stringify(ok)})`;
  if (segment !== undefined && (typeof segment !== 'string' || segment === ''))
    return `segment: must be text (got ${JSON.stringify(segment)})`;
  return { at: atMs, latencyMs, ok, ...(segment === undefined ? {} : { segment }) };
}

/** The furthest time that a Date can hold. */
const DATE_MS_MAX = 8.64e15;
