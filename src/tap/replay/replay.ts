/** Sends recorded requests to both sides, each at its time, and tells what came back. */
import { setImmediate, setTimeout as delay } from 'node:timers/promises';
import { isFailure } from '../answer';
import type { Answer } from '../answer';
import { BODY_BYTES_MAX } from '../body';
import { ByteBudget } from '../byte-budget';
import type { RecordedLine } from '../capture/recorded-line';
import { bytesOf } from '../capture/recorded-line';
import { Copier } from '../copier';
import type { Copy, CopyOutcome } from '../copier';
import { MARK_HEADER, pathBelow, SHADOW_HEADER } from '../headers';
import type { HeaderMap } from '../headers';
import { REDACTED, redactBody } from '../redact';
import type { Redaction } from '../redact';
import { unpack } from '../unpack';
import type { Arrival } from './plan';

export type SideName = 'source' | 'target';

export interface ReplaySide {
  readonly url: URL;
  /** In the place of recorded ones of the same name. Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Clock {
  /** Never goes back. Unit: milliseconds. */
  now(): number;
  /** At once when it is past or stopped, but never without letting others work. Never rejects. */
  waitUntil(atMs: number, stop: AbortSignal): Promise<void>;
}

export interface ReplayOptions {
  readonly source: ReplaySide;
  readonly target: ReplaySide;
  /** Decides which side is first. From 0 (included) to 1 (not included). */
  readonly random: () => number;
  readonly clock: Clock;
  /** Pairs of which an answer is missing yet. */
  readonly inFlightMax: number;
  readonly timeoutMs: number;
  /** Of what the answers say: it is neither compared nor kept. */
  readonly redaction: Redaction;
  readonly onPair: (pair: ReplayedPair) => void;
  /** Then nothing more is sent; what is in flight is waited for. */
  readonly stop: AbortSignal;
}

/** What one side did with one request. */
export interface SideResult {
  /** undefined: there was no whole answer. */
  readonly status?: number;
  readonly isOk: boolean;
  /** From when the request was to be sent; of one that timed out, how long it was waited for. null: the connection broke. Unit: milliseconds. */
  readonly latencyMs: number | null;
  /** undefined: it cannot be read, or is not to be. */
  readonly output?: { readonly value: unknown };
}

export interface ReplayedPair {
  readonly id: string;
  readonly line: RecordedLine;
  readonly offsetMs: number;
  readonly first: SideName;
  /** How late both were sent. Unit: milliseconds. */
  readonly lagMs: number;
  readonly source: SideResult;
  readonly target: SideResult;
}

/** Adds up: sent + crowded + interrupted = planned. */
export interface SentAccount {
  readonly sent: number;
  /** Not sent, because so many were in flight. */
  readonly crowded: number;
  readonly interrupted: number;
  readonly inFlightMost: number;
}

/**
 * 1. Open loop: when a request is sent depends on the recording alone, never on an answer.
 * 2. Both sides get every request that is sent, in the same turn; a coin says who is first.
 * 3. Latency counts from when the request was to be sent, so that a slow sender or a slow server hides nothing.
 */
export async function replay(arrivals: readonly Arrival[], options: ReplayOptions): Promise<SentAccount> {
  const { clock, inFlightMax, timeoutMs, stop } = options;
  const room = { concurrencyMax: inFlightMax, queueMax: 0, timeoutMs };
  const copiers = { source: new Copier(room), target: new Copier(room) };
  const startMs = clock.now();
  const flying = new Set<Promise<void>>();
  let [sent, crowded, inFlightMost] = [0, 0, 0];
  for (const arrival of arrivals) {
    await clock.waitUntil(startMs + arrival.offsetMs, stop);
    if (stop.aborted) break;
    if (flying.size >= inFlightMax) {
      crowded += 1;
      continue;
    }
    sent += 1;
    const pair = sendPair(arrival, startMs + arrival.offsetMs, copiers, options).then(options.onPair);
    flying.add(pair);
    void pair.finally(() => flying.delete(pair));
    inFlightMost = Math.max(inFlightMost, flying.size);
  }
  await Promise.all(flying);
  copiers.source.stop();
  copiers.target.stop();
  return { sent, crowded, interrupted: arrivals.length - sent - crowded, inFlightMost };
}

/** Never rejects. */
async function sendPair(
  { id, line, offsetMs }: Arrival,
  intendedMs: number,
  copiers: Readonly<Record<SideName, Copier>>,
  options: ReplayOptions,
): Promise<ReplayedPair> {
  const lagMs = options.clock.now() - intendedMs;
  const send = (side: SideName): Promise<SideResult> => sendTo(line, options[side], copiers[side], intendedMs, options);
  const first = options.random() < 0.5 ? 'source' : 'target';
  const [ahead, behind] = first === 'source' ? ([send('source'), send('target')] as const) : swapped(send);
  const [source, target] = await Promise.all([ahead, behind]);
  return { id, line, offsetMs, first, lagMs, source, target };
}

/** The target is called first; the pair is still source, target. */
function swapped(
  send: (side: SideName) => Promise<SideResult>,
): readonly [source: Promise<SideResult>, target: Promise<SideResult>] {
  const target = send('target');
  return [send('source'), target];
}

async function sendTo(
  line: RecordedLine,
  side: ReplaySide,
  copier: Copier,
  intendedMs: number,
  { clock, redaction }: ReplayOptions,
): Promise<SideResult> {
  // Room there is: no more pairs are in flight than a copier sends at once.
  const outcome: CopyOutcome = (await copier.offer(copyOf(line, side))) ?? { kind: 'failed' };
  const latencyMs = Math.max(0, clock.now() - intendedMs);
  switch (outcome.kind) {
    case 'timed_out':
      return { isOk: false, latencyMs };
    case 'not_sent':
    case 'failed':
      return { isOk: false, latencyMs: null };
    case 'answered': {
      const { answer } = outcome;
      if (answer.body === 'aborted') return { isOk: false, latencyMs };
      const output = await outputOf(answer, redaction);
      const known = output === undefined ? {} : { output };
      return { status: answer.status, isOk: !isFailure(answer.status), latencyMs, ...known };
    }
  }
}

/** Belong to the connection and the host that were recorded, or are made anew. */
const NOT_SENT_AGAIN = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  MARK_HEADER,
]);

function copyOf(line: RecordedLine, { url, headers }: ReplaySide): Copy {
  const body = bytesOf(line.body);
  const recorded: HeaderMap = Object.fromEntries(
    Object.entries(line.headers)
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name, value]) => !NOT_SENT_AGAIN.has(name) && value !== REDACTED),
  );
  return {
    url,
    path: pathBelow(url, line.path),
    method: line.method,
    headers: {
      ...recorded,
      ...(body.length > 0 ? { 'content-length': String(body.length) } : {}),
      ...headers,
      [SHADOW_HEADER]: '1',
    },
    body,
    // Pairs in flight are counted, so one whole answer each is room enough.
    allowance: new ByteBudget(BODY_BYTES_MAX).open(),
  };
}

async function outputOf(answer: Answer, redaction: Redaction): Promise<SideResult['output']> {
  if (!Buffer.isBuffer(answer.body)) return undefined;
  const bytes = await unpack(answer.body, answer.contentEncoding);
  if (bytes === undefined) return undefined;
  const { body, bodyRedacted } = redactBody({ bytes, contentType: answer.contentType, contentEncoding: '' }, redaction);
  if (body === undefined) return bodyRedacted === undefined ? { value: '' } : undefined;
  if ('json' in body) return { value: body.json };
  if ('base64' in body) return { value: body.base64 };
  return { value: /[/+]json\b/i.test(answer.contentType) ? (JSON.parse(body.text) as unknown) : body.text };
}

export function processClock(): Clock {
  const now = (): number => performance.now();
  return {
    now,
    waitUntil: async (atMs, signal) => {
      if (now() >= atMs) await setImmediate();
      // A timer may be early by a fraction of a millisecond.
      while (now() < atMs && !signal.aborted)
        await delay(Math.max(1, atMs - now()), undefined, { signal }).catch(() => undefined);
    },
  };
}
