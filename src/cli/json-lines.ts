/** Files of one JSON value a line. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { RecordedFile } from '../ports/recordings';
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

/** @returns what is wrong with the line, where something is. */
export type Parse<T> = (line: JsonObject) => T | string;
/** @returns false: enough. */
export type Take<T> = (value: T) => boolean | void;

/** One file of the file system; see `readFiles`. */
export function readLines<T extends object>(file: string, parse: Parse<T>, take: Take<T>): Promise<FileFacts> {
  const files = [{ name: file, open: () => createReadStream(file) }];
  return readFiles(file, files, parse, take);
}

/**
 * Values with a number `at` must come in the order of time within a file.
 * @param place what the files are together.
 * @throws UsageError for files that cannot be read, hold nothing, or of which over 1 % of the lines mean nothing.
 */
export async function readFiles<T extends object>(
  place: string,
  files: Iterable<RecordedFile> | AsyncIterable<RecordedFile>,
  parse: Parse<T>,
  take: Take<T>,
): Promise<FileFacts> {
  const tally = new Tally(parse, take);
  try {
    for await (const file of files) {
      if (!(await tally.read(file, file.name === place ? '' : `${file.name} `))) break;
    }
  } catch (error) {
    throw new UsageError(`cannot read ${place}: ${String(error)}`);
  }
  const facts = tally.facts();
  const { lines, malformed, malformedCount } = facts;
  if (lines === 0) throw new UsageError(`${place}: is empty`);
  if (malformedCount > lines * MALFORMED_SHARE_MAX) {
    throw new UsageError(
      [`${place}: ${malformedCount} of ${lines} lines are malformed, at most 1 % may be`, ...malformed].join('\n  '),
    );
  }
  return facts;
}

class Tally<T extends object> {
  private readonly malformed: string[] = [];
  private lines = 0;
  private malformedCount = 0;
  private clockGoesBack: string | undefined;
  private beforeMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly parse: Parse<T>,
    private readonly take: Take<T>,
  ) {}

  /** @returns false: enough. */
  async read(file: RecordedFile, prefix: string): Promise<boolean> {
    this.beforeMs = Number.NEGATIVE_INFINITY;
    let number = 0;
    for await (const text of textLinesOf(file)) {
      number += 1;
      if (text.trim() !== '' && !this.readLine(text, `${prefix}line ${number}`)) return false;
    }
    return true;
  }

  facts(): FileFacts {
    const { lines, malformed, malformedCount, clockGoesBack } = this;
    return { lines, malformed, malformedCount, ...(clockGoesBack === undefined ? {} : { clockGoesBack }) };
  }

  private readLine(text: string, where: string): boolean {
    this.lines += 1;
    const line = objectOf(text);
    const value = typeof line === 'string' ? line : this.parse(line);
    if (typeof value === 'string') {
      this.malformedCount += 1;
      if (this.malformed.length < MALFORMED_NAMED_MAX) this.malformed.push(`${where}: ${value}`);
      return true;
    }
    const at = 'at' in value && typeof value.at === 'number' ? value.at : this.beforeMs;
    if (at < this.beforeMs) this.clockGoesBack ??= `${where} is ${this.beforeMs - at} ms before the line above it`;
    this.beforeMs = at;
    return this.take(value) !== false;
  }
}

async function* textLinesOf(file: RecordedFile): AsyncGenerator<string> {
  const content = Readable.from(file.open());
  const text = file.name.endsWith('.gz') ? pipeline(content, createGunzip(), () => undefined) : content;
  try {
    yield* createInterface({ input: text, crlfDelay: Infinity });
  } finally {
    // Also when nobody wants the rest.
    content.destroy();
  }
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
