/** One recorded request: a line of a capture, and what a replay sends again. */
import { parseTime } from '../../domain/quantity';
import type { EpochMs } from '../../domain/quantity';
import type { HeaderMap } from '../headers';
import { REDACTED } from '../redact';
import type { BodyRedaction, RecordedBody } from '../redact';

/** `too_large`: longer than a body that is kept (body.ts). */
export type BodyGap = BodyRedaction | 'too_large';

export interface RecordedAnswer {
  readonly status: number;
  readonly headers: HeaderMap;
  readonly body?: RecordedBody;
  readonly bodyRedacted?: BodyGap;
  /** From the last byte of the request to the last byte of the answer. Unit: milliseconds. */
  readonly latencyMs: number;
}

export interface RecordedLine {
  /** When the request arrived. */
  readonly at: EpochMs;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: HeaderMap;
  /** Missing: there was none, or it is left out. */
  readonly body?: RecordedBody;
  readonly bodyRedacted?: BodyGap;
  /** Missing: nobody answered, or the user left first, or it was not recorded. */
  readonly answer?: RecordedAnswer;
}

type JsonObject = Readonly<Record<string, unknown>>;

/** Methods that ask; the others change something, and are neither recorded nor sent again. POST is what models are asked by. */
const ASKING = new Set(['GET', 'HEAD', 'OPTIONS', 'POST']);
const GAPS: ReadonlySet<unknown> = new Set<BodyGap>(['values', 'unreadable', 'not_json', 'encoded', 'too_large']);
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export function isAsking(method: string): boolean {
  return ASKING.has(method);
}

/** Whether it is still the request that a user sent. */
export function isRedacted({ path, bodyRedacted }: RecordedLine): boolean {
  return bodyRedacted !== undefined || path.includes(REDACTED);
}

/** @returns what is wrong with the line, where something is. */
export function parseRecordedLine(line: JsonObject): RecordedLine | string {
  const { method, path, answer } = line;
  const at = parseTime(line['at']);
  if (at === undefined) return `at: must be ISO 8601 or epoch milliseconds (got ${quoted(line['at'])})`;
  if (typeof method !== 'string' || !/^[A-Z]{1,20}$/.test(method))
    return `method: must be a method of HTTP (got ${quoted(method)})`;
  if (typeof path !== 'string' || !/^\/[\x21-\x7e\x80-\xff]*$/.test(path))
    return `path: must begin with / and be encoded (got ${quoted(path)})`;
  const content = parseContent(line, '');
  if (typeof content === 'string') return content;
  const said = answer === undefined ? undefined : parseAnswer(answer);
  if (typeof said === 'string') return said;
  return { at, method, path, ...content, ...(said === undefined ? {} : { answer: said }) };
}

function parseAnswer(value: unknown): RecordedAnswer | string {
  if (!isObject(value)) return 'answer: must be an object';
  const { status, latencyMs } = value;
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 100 || status > 599)
    return `answer.status: must be a status of HTTP (got ${quoted(status)})`;
  if (typeof latencyMs !== 'number' || !(latencyMs >= 0 && latencyMs < Number.POSITIVE_INFINITY))
    return `answer.latencyMs: must be milliseconds, 0 or more (got ${quoted(latencyMs)})`;
  const content = parseContent(value, 'answer.');
  return typeof content === 'string' ? content : { status, ...content, latencyMs };
}

type Content = Pick<RecordedLine, 'headers' | 'body' | 'bodyRedacted'>;

function parseContent(line: JsonObject, where: string): Content | string {
  const { headers = {}, body, bodyRedacted } = line;
  if (!isHeaders(headers)) return `${where}headers: must be texts, or lists of texts, by name`;
  if (bodyRedacted !== undefined && !GAPS.has(bodyRedacted))
    return `${where}bodyRedacted: must be one of ${[...GAPS].join(', ')} (got ${quoted(bodyRedacted)})`;
  if (body !== undefined && !isBody(body)) return `${where}body: must be one of {json}, {text}, {base64}`;
  return {
    headers,
    ...(body === undefined ? {} : { body }),
    ...(bodyRedacted === undefined ? {} : { bodyRedacted: bodyRedacted as BodyGap }),
  };
}

function isHeaders(value: unknown): value is HeaderMap {
  const isText = (each: unknown): boolean => typeof each === 'string' && /^[\t\x20-\x7e\x80-\xff]*$/.test(each);
  return (
    isObject(value) &&
    Object.entries(value).every(
      ([name, each]) => /^[\w!#$%&'*+.^`|~-]+$/.test(name) && (Array.isArray(each) ? each.every(isText) : isText(each)),
    )
  );
}

function isBody(value: unknown): value is RecordedBody {
  if (!isObject(value) || Object.keys(value).length !== 1) return false;
  const { text, base64 } = value;
  return 'json' in value || typeof text === 'string' || (typeof base64 === 'string' && BASE64.test(base64));
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function bytesOf(body: RecordedBody | undefined): Buffer {
  if (body === undefined) return Buffer.alloc(0);
  if ('json' in body) return Buffer.from(JSON.stringify(body.json));
  return 'text' in body ? Buffer.from(body.text) : Buffer.from(body.base64, 'base64');
}

/** A line is bad for what it says, not for how much it says. */
function quoted(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 80);
}
