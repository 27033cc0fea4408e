/** Sends recorded requests to both sides, each at its time, and tells what came back. */
import { setImmediate, setTimeout as delay } from 'node:timers/promises';
import type { EquivalenceSpec } from '../../domain/spec';
import { isFailure } from '../answer';
import type { Answer } from '../answer';
import { ByteBudget } from '../../server/byte-budget';
import type { Allowance } from '../../server/byte-budget';
import type { RecordedLine } from '../capture/recorded-line';
import { bytesOf } from '../capture/recorded-line';
import { Copier } from '../copier';
import type { Copy, CopyOutcome } from '../copier';
import { NOT_COMPARED } from '../compare-answers';
import type { PairResult } from '../compare-answers';
import { examine } from '../examine';
import type { Rules } from '../examine';
import { SHADOW_HEADER } from '../../server/shadow-header';
import { MARK_HEADER, pathBelow } from '../headers';
import type { HeaderMap } from '../headers';
import { REDACTED } from '../redact';
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
  /** Share of the pairs whose request the source gets a second time, to learn how it differs from itself. From 0 to 1. */
  readonly noiseFraction: number;
  readonly equivalence: EquivalenceSpec;
  /** JSON paths of answers whose values are compared and not told. */
  readonly redactPaths: readonly string[];
  /** May take its time: the pair is in flight until then. Never rejects. */
  readonly onPair: (pair: ReplayedPair) => Promise<void> | void;
  /** Then nothing more is sent; what is in flight is waited for. */
  readonly stop: AbortSignal;
}

/** What one side did with one request. */
export interface SideResult {
  /** undefined: there was no whole one. */
  readonly answer?: Answer;
  readonly isOk: boolean;
  /** From when the request was to be sent; of one that timed out, how long it was waited for. null: the connection broke. Unit: milliseconds. */
  readonly latencyMs: number | null;
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
  readonly comparison: PairResult;
  /** The source against itself; undefined: it was not asked again. */
  readonly noise?: PairResult;
}

/** Adds up: sent + crowded + interrupted = planned. */
export interface SentAccount {
  readonly sent: number;
  /** Not sent, because so many were in flight. */
  readonly crowded: number;
  readonly interrupted: number;
  readonly inFlightMost: number;
}

/** Of answers that wait for the other side's. Unit: bytes. */
const KEPT_BYTES_MAX = 256 * 1_048_576;

interface Senders {
  readonly source: Copier;
  readonly target: Copier;
  /** For second requests to the source: few at a time, and none waits. */
  readonly repeater: Copier;
  readonly budget: ByteBudget;
}

const REPEATS_MAX = 8;

/**
 * 1. Open loop: when a request is sent depends on the recording alone, never on an answer.
 * 2. Both sides get every request that is sent, in the same turn; a coin says who is first.
 * 3. Latency counts from when the request was to be sent, so that a slow sender or a slow server hides nothing.
 */
export async function replay(arrivals: readonly Arrival[], options: ReplayOptions): Promise<SentAccount> {
  const { clock, inFlightMax, timeoutMs, stop } = options;
  const room = { concurrencyMax: inFlightMax, queueMax: 0, timeoutMs };
  const senders: Senders = {
    source: new Copier(room),
    target: new Copier(room),
    repeater: new Copier({ ...room, concurrencyMax: REPEATS_MAX }),
    budget: new ByteBudget(KEPT_BYTES_MAX),
  };
  const startMs = clock.now();
  const flying = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let [sent, crowded, inFlightMost] = [0, 0, 0];
  for (const arrival of arrivals) {
    await clock.waitUntil(startMs + arrival.offsetMs, stop);
    if (stop.aborted) break;
    if (flying.size >= inFlightMax) {
      crowded += 1;
      continue;
    }
    sent += 1;
    const pair = sendPair(arrival, startMs + arrival.offsetMs, senders, options);
    flying.add(pair);
    const land = (): void => void flying.delete(pair);
    pair.then(land, (error: unknown) => {
      failures.push(error);
      land();
    });
    inFlightMost = Math.max(inFlightMost, flying.size);
  }
  await Promise.allSettled(flying);
  for (const copier of [senders.source, senders.target, senders.repeater]) copier.stop();
  // A pair that nobody could take is no evidence: whoever judges must not go on without it.
  if (failures.length > 0) throw failures[0];
  return { sent, crowded, interrupted: arrivals.length - sent - crowded, inFlightMost };
}

async function sendPair(
  { id, line, offsetMs }: Arrival,
  intendedMs: number,
  senders: Senders,
  options: ReplayOptions,
): Promise<void> {
  const { clock } = options;
  const allowance = senders.budget.open();
  const lagMs = clock.now() - intendedMs;
  const send = async (side: SideName): Promise<SideResult> => {
    // Room there is: no more pairs are in flight than a copier sends at once.
    const outcome = await senders[side].offer(copyOf(line, options[side], allowance));
    return resultOf(outcome, Math.max(0, clock.now() - intendedMs));
  };
  const first = options.random() < 0.5 ? 'source' : 'target';
  const isRepeated = options.noiseFraction > 0 && options.random() < options.noiseFraction;
  const [source, target] = await Promise.all(first === 'source' ? [send('source'), send('target')] : swapped(send));
  // Only afterwards: the pair itself must not compete with it.
  const outcome = isRepeated ? await senders.repeater.offer(copyOf(line, options.source, allowance)) : undefined;
  const again = resultOf(outcome, null);
  const rules = { equivalence: options.equivalence, redactPaths: options.redactPaths };
  const comparison = (await compared(source, target, rules)) ?? NOT_COMPARED;
  // A source that refuses the second time, for its rate limit say, tells nothing of its outputs.
  const isAlike = again.answer !== undefined && again.answer.status === source.answer?.status;
  const noise = isAlike ? await compared(source, again, rules) : undefined;
  await options.onPair({
    ...{ id, line, offsetMs, first, lagMs, source, target, comparison },
    ...(noise === undefined ? {} : { noise }),
  });
  allowance.close();
}

/** @returns undefined when a side has not answered. */
async function compared(one: SideResult, other: SideResult, rules: Rules): Promise<PairResult | undefined> {
  if (one.answer === undefined || other.answer === undefined) return undefined;
  return (await examine({ pairs: [{ source: one.answer, target: other.answer }] }, rules)).results[0];
}

/** The target is called first; the pair is still source, target. */
function swapped(
  send: (side: SideName) => Promise<SideResult>,
): readonly [source: Promise<SideResult>, target: Promise<SideResult>] {
  const target = send('target');
  return [send('source'), target];
}

function resultOf(outcome: CopyOutcome | undefined, latencyMs: number | null): SideResult {
  if (outcome?.kind === 'timed_out') return { isOk: false, latencyMs };
  if (outcome?.kind !== 'answered') return { isOk: false, latencyMs: null };
  const { answer } = outcome;
  return answer.body === 'aborted'
    ? { isOk: false, latencyMs }
    : { answer, isOk: !isFailure(answer.status), latencyMs };
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

function copyOf(line: RecordedLine, { url, headers }: ReplaySide, allowance: Allowance): Copy {
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
      ...headers,
      [SHADOW_HEADER]: '1',
    },
    body: body.length > 0 ? [body] : [],
    allowance,
  };
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
