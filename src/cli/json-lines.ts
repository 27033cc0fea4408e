/** Files of one JSON value a line. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { UsageError } from './failure';

export type JsonObject = Readonly<Record<string, unknown>>;

/** How a file was, besides what it holds. */
export interface FileFacts {
  readonly lines: number;
  /** The first ones, each with the number of its line. */
  readonly malformed: readonly string[];
  readonly malformedCount: number;
  /** Where the clock first goes back. */
  readonly clockGoesBack?: string;
}

const MALFORMED_SHARE_MAX = 0.01;
const MALFORMED_NAMED_MAX = 20;

/**
 * Values with a number `at` must come in the order of time.
 * @param parse says what is wrong with a line, where something is.
 * @throws UsageError for a file that cannot be read, holds nothing, or of which over 1 % of the lines mean nothing.
 */
export async function readLines<T extends object>(
  file: string,
  parse: (line: JsonObject) => T | string,
  take: (value: T) => void,
): Promise<FileFacts> {
  const malformed: string[] = [];
  let [number, lines, malformedCount, beforeMs] = [0, 0, 0, Number.NEGATIVE_INFINITY];
  let clockGoesBack: string | undefined;
  try {
    for await (const text of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
      number += 1;
      if (text.trim() === '') continue;
      lines += 1;
      const line = objectOf(text);
      const value = typeof line === 'string' ? line : parse(line);
      if (typeof value === 'string') {
        malformedCount += 1;
        if (malformed.length < MALFORMED_NAMED_MAX) malformed.push(`line ${number}: ${value}`);
        continue;
      }
      const at = 'at' in value && typeof value.at === 'number' ? value.at : beforeMs;
      if (at < beforeMs) clockGoesBack ??= `line ${number} is ${beforeMs - at} ms before the line above it`;
      beforeMs = at;
      take(value);
    }
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${String(error)}`);
  }
  if (lines === 0) throw new UsageError(`${file}: is empty`);
  if (malformedCount > lines * MALFORMED_SHARE_MAX) {
    throw new UsageError(
      [`${file}: ${malformedCount} of ${lines} lines are malformed, at most 1 % may be`, ...malformed].join('\n  '),
    );
  }
  return { lines, malformed, malformedCount, ...(clockGoesBack === undefined ? {} : { clockGoesBack }) };
}

/** @returns what is wrong with the line, where something is. */
function objectOf(text: string): JsonObject | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'not JSON';
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : 'not an object';
}
