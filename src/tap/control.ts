import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { unaccountedCount } from '../domain/evidence';
import type { ShadowOrder } from '../ports/shadow';
import type { Standing, TapMetrics } from './metrics';
import { readOrder } from './order';
import type { PairBook } from './pair-book';
import type { WindowBook } from './windows';

/** Longest order. Unit: bytes. */
const ORDER_BYTES_MAX = 65_536;
/** Of windows in one answer: between two answers users are served. Unit: milliseconds. */
const PART_MS_MAX = 600_000;
const JSON_TYPE = 'application/json';

export interface Controlled {
  readonly token: string;
  /** Whether `GET /metrics` asks for the token. */
  readonly metricsAccess: 'open' | 'token';
  readonly windows: WindowBook;
  readonly pairs: PairBook;
  readonly metrics: TapMetrics;
  standing(): Standing;
  setOrder(order: ShadowOrder): void;
}

interface Reply {
  readonly status: number;
  /** Sent as JSON, unless it is a text with a type of its own. */
  readonly body: unknown;
  readonly contentType?: string;
}

/** The tap's control side: health for anybody, metrics too where that is configured, everything else for who has the token. */
export function controlListener(tap: Controlled): RequestListener {
  return (request, response) => {
    void answer(tap, request)
      .catch((error: unknown): Reply => ({ status: 500, body: { error: String(error) } }))
      .then((reply) => send(response, reply));
  };
}

async function answer(tap: Controlled, request: IncomingMessage): Promise<Reply> {
  const url = new URL(request.url ?? '/', 'http://tap');
  const call = `${request.method} ${url.pathname}`;
  if (call === 'GET /v1/health') return { status: 200, body: { ok: true } };
  const isOpen = call === 'GET /metrics' && tap.metricsAccess === 'open';
  if (!isOpen && !isAuthorized(request, tap.token))
    return { status: 401, body: { error: 'a bearer token is needed, and it is not this one' } };
  switch (call) {
    case 'PUT /v1/shadow':
      return setShadow(tap, request);
    case 'GET /v1/windows':
      return readWindows(tap, url.searchParams);
    case 'GET /v1/account':
      return readAccount(tap);
    case 'GET /v1/pairs':
      return { status: 200, body: { pairs: tap.pairs.read() } };
    case 'GET /metrics':
      return { status: 200, body: await tap.metrics.text(), contentType: tap.metrics.contentType };
    default:
      return { status: 404, body: { error: `there is no ${call}` } };
  }
}

async function setShadow(tap: Controlled, request: IncomingMessage): Promise<Reply> {
  const text = await readText(request);
  if (text === undefined) return { status: 413, body: { error: `an order has at most ${ORDER_BYTES_MAX} bytes` } };
  const order = readOrder(parseJson(text));
  if (typeof order === 'string') return { status: 400, body: { error: order } };
  tap.setOrder(order);
  return { status: 200, body: { fraction: order.fraction } };
}

/** `hasMore`: the windows from `settledToMs` on are settled too, and have to be asked for. */
function readWindows({ windows }: Controlled, query: URLSearchParams): Reply {
  const [fromMs, toMs] = [readTime(query.get('from')), readTime(query.get('to'))];
  if (fromMs === undefined || toMs === undefined || fromMs > toMs) {
    return { status: 400, body: { error: 'from and to must be milliseconds since 1970, from not after to' } };
  }
  // First, or a second that ends in between is told as settled and not shown.
  const allSettledToMs = windows.settledToMs();
  const keptFromMs = windows.keptFromMs();
  const partToMs = Math.floor((Math.max(fromMs, keptFromMs) + PART_MS_MAX) / 1_000) * 1_000;
  const settledToMs = Math.min(allSettledToMs, partToMs);
  const hasMore = settledToMs < Math.min(toMs, allSettledToMs);
  const shown = windows.read(fromMs, Math.min(toMs, settledToMs)).join(',');
  const rest = JSON.stringify({ settledToMs, keptFromMs, hasMore }).slice(1);
  return { status: 200, body: `{"windows":[${shown}],${rest}`, contentType: JSON_TYPE };
}

/** `unaccounted` is 0, or the tap has lost count of a request. */
function readAccount(tap: Controlled): Reply {
  const account = tap.windows.total();
  const now = tap.standing();
  return { status: 200, body: { account, unaccounted: unaccountedCount(account) - now.openRequests, now } };
}

/** Compares digests, so that neither the time taken nor the length tells anything about the token. */
function isAuthorized(request: IncomingMessage, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(request.headers.authorization ?? ''), digest(`Bearer ${token}`));
}

function readTime(text: string | null): number | undefined {
  return text !== null && /^\d{1,16}$/.test(text) ? Number(text) : undefined;
}

/** @returns undefined when it is too long. */
async function readText(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let byteCount = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    byteCount += chunk.length;
    if (byteCount <= ORDER_BYTES_MAX) chunks.push(chunk);
  }
  return byteCount > ORDER_BYTES_MAX ? undefined : Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function send(response: ServerResponse, { status, body, contentType }: Reply): void {
  const text = contentType === undefined ? JSON.stringify(body) : String(body);
  const headers = { 'content-type': contentType ?? JSON_TYPE, 'content-length': Buffer.byteLength(text) };
  response.writeHead(status, headers);
  response.end(text);
}
