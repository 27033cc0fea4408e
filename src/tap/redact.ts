/**
 * What must not be stored is taken out before anything is. Where that cannot be made sure, nothing is stored.
 *
 * 1. A header or query value that a rule names never leaves here, whatever its case or encoding.
 * 2. While paths are given, no byte of a body leaves here that was not looked at as JSON.
 * 3. A body in which nothing is replaced leaves here byte for byte.
 */
import { PROBE_HEADER } from '../adapters/alb-actions';
import { parsePattern } from '../domain/json-path';
import type { Pattern } from '../domain/json-path';
import type { HeaderMap } from './headers';
import { MARK_HEADER } from './headers';

export const REDACTED = '[redacted]';

/** What an operator names besides what is always taken out. Headers and query in any case. */
export interface RedactionRules {
  readonly headers: readonly string[];
  /** JSON paths of request and answer bodies (domain/json-path.ts). */
  readonly paths: readonly string[];
  readonly query: readonly string[];
}

export interface Redaction {
  readonly headers: ReadonlySet<string>;
  readonly query: ReadonlySet<string>;
  readonly paths: readonly Pattern[];
}

export type RecordedBody = { readonly json: unknown } | { readonly text: string } | { readonly base64: string };

/**
 * Why a body is not as it came. `values`: what lay at the paths is replaced. All others: the whole body is left out,
 * because it claims to be JSON and is not (`unreadable`), is none while paths are given (`not_json`), or is packed
 * while paths are given (`encoded`).
 */
export type BodyRedaction = 'values' | 'unreadable' | 'not_json' | 'encoded';

export interface StoredBody {
  /** Missing: there was none, or it is left out. */
  readonly body?: RecordedBody;
  readonly bodyRedacted?: BodyRedaction;
}

export interface RawBody {
  readonly bytes: Buffer;
  /** '' when the message does not say. */
  readonly contentType: string;
  /** '' or `identity`: not packed. */
  readonly contentEncoding: string;
}

/** Credentials, and the headers that repeat a whole URL with its query. */
const HEADERS_ALWAYS = [
  'api-key',
  'authorization',
  'content-location',
  'cookie',
  'location',
  'proxy-authorization',
  'referer',
  'set-cookie',
  'x-amz-security-token',
  'x-amzn-oidc-accesstoken',
  'x-amzn-oidc-data',
  'x-amzn-oidc-identity',
  'x-api-key',
  'x-auth-token',
  'x-csrf-token',
  'x-forwarded-uri',
  'x-goog-api-key',
  'x-original-uri',
  'x-original-url',
  MARK_HEADER,
  PROBE_HEADER,
];

const QUERY_ALWAYS = [
  'access_token',
  'accesstoken',
  'api-key',
  'api_key',
  'api_token',
  'apikey',
  'auth',
  'auth_token',
  'authorization',
  'client_secret',
  'id_token',
  'jwt',
  'key',
  'passwd',
  'password',
  'pwd',
  'refresh_token',
  'secret',
  'session',
  'sessionid',
  'sig',
  'signature',
  'token',
  'x-amz-credential',
  'x-amz-security-token',
  'x-amz-signature',
  'x-api-key',
];

/** @throws RangeError for a path that is none, and for a name that is empty. */
export function compileRedaction({ headers, paths, query }: RedactionRules): Redaction {
  return {
    headers: new Set([...HEADERS_ALWAYS, ...headers.map((name) => nameOf('header', name))]),
    query: new Set([...QUERY_ALWAYS, ...query.map((name) => nameOf('query', name))]),
    paths: paths.map(parsePattern),
  };
}

function nameOf(kind: string, name: string): string {
  const trimmed = name.trim().toLowerCase();
  if (trimmed === '') throw new RangeError(`a ${kind} name to redact is empty`);
  return trimmed;
}

/** The same headers in the same order; names in lower case. */
export function redactHeaders(headers: HeaderMap, redaction: Redaction): HeaderMap {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      const lowerName = name.toLowerCase();
      return [lowerName, redaction.headers.has(lowerName) ? REDACTED : value];
    }),
  );
}

/** A path with its query, as in a request line; scheme, user, host and fragment are dropped. */
export function redactTarget(requestTarget: string, redaction: Redaction): string {
  const path = requestTarget.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').replace(/#.*$/s, '');
  const target = path.startsWith('/') ? path : `/${path}`;
  const queryStart = target.indexOf('?');
  if (queryStart < 0) return target;
  // Some servers take `;` for `&`.
  const query = target
    .slice(queryStart + 1)
    .split(/([&;])/)
    .map((part) => redactPair(part, redaction))
    .join('');
  return `${target.slice(0, queryStart)}?${query}`;
}

function redactPair(pair: string, { query }: Redaction): string {
  const nameEnd = pair.indexOf('=');
  if (nameEnd < 0) return pair;
  const rawName = pair.slice(0, nameEnd);
  const name = decoded(rawName);
  // `token[]` and `user[token]` are how some frameworks write lists and objects.
  const isNamed = name === undefined || name.split(/[[\]]+/).some((part) => query.has(part));
  return isNamed ? `${rawName}=${REDACTED}` : pair;
}

/** @returns undefined for what is no encoding: nobody knows how the server reads that. */
function decoded(name: string): string | undefined {
  try {
    return decodeURIComponent(name.replace(/\+/g, ' ')).trim().toLowerCase();
  } catch {
    return undefined;
  }
}

export function redactBody({ bytes, contentType, contentEncoding }: RawBody, { paths }: Redaction): StoredBody {
  if (bytes.length === 0) return {};
  const isPacked = contentEncoding !== '' && contentEncoding.toLowerCase() !== 'identity';
  if (isPacked) return paths.length > 0 ? { bodyRedacted: 'encoded' } : { body: { base64: bytes.toString('base64') } };
  const isJson = /[/+]json\b/i.test(contentType);
  const text = textOf(bytes);
  if (!isJson && paths.length === 0) return { body: plainBody(bytes, text) };
  const json = text === undefined ? undefined : jsonOf(text);
  if (text === undefined || json === undefined || !(isJson || isStructure(json.value)))
    return { bodyRedacted: isJson ? 'unreadable' : 'not_json' };
  const root = { value: json.value };
  const replacedCount = paths.reduce((count, path) => count + replaceAt(root, ['value', ...path]), 0);
  if (replacedCount > 0) return { body: { json: root.value }, bodyRedacted: 'values' };
  // Written again, 1.0 is 1, and a long number is another one: such a body is kept as text.
  return { body: json.written === text ? { json: json.value } : { text } };
}

function plainBody(bytes: Buffer, text: string | undefined): RecordedBody {
  return text === undefined ? { base64: bytes.toString('base64') } : { text };
}

/** @returns undefined for what is not UTF-8. A byte order mark stays. */
function textOf(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** @returns undefined also for what is nested too deeply to be written again. */
function jsonOf(text: string): { readonly value: unknown; readonly written: string } | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return { value, written: JSON.stringify(value) };
  } catch {
    return undefined;
  }
}

function isStructure(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Goes down by the pattern, never by the document, whose depth is anybody's. @returns how many values it replaced. */
function replaceAt(holder: object, [part, ...rest]: Pattern): number {
  if (part === undefined) return 0;
  const entries = holder as Record<string, unknown>;
  const keys = part === null ? Object.keys(entries) : Object.hasOwn(entries, part) ? [part] : [];
  return keys.reduce((count, key) => {
    // An array's own `length` is no element.
    if (Array.isArray(holder) && key === 'length') return count;
    if (rest.length > 0) return isStructure(entries[key]) ? count + replaceAt(entries[key], rest) : count;
    entries[key] = REDACTED;
    return count + 1;
  }, 0);
}
