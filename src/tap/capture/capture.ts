/** Stands in front of a source, answers users from it, and records what they ask. */
import type http from 'node:http';
import type { Recordings } from '../../ports/recordings';
import { captureBody } from '../body';
import type { WholeBody } from '../body';
import type { Address } from '../../server/environment';
import { ByteBudget } from '../../server/byte-budget';
import type { Allowance } from '../../server/byte-budget';
import { SHADOW_HEADER } from '../../server/shadow-header';
import { endToEndHeaders, isHealthCheck } from '../headers';
import type { HeaderMap } from '../headers';
import { redactBody, redactHeaders, redactTarget } from '../redact';
import type { Redaction } from '../redact';
import { connectSource, refuseUnsendable, SourceExchange } from '../source-exchange';
import type { SourceOutcome } from '../source-exchange';
import { unpack } from '../unpack';
import { openUserServer } from '../../server/user-server';
import { PartWriter } from './part-writer';
import type { PartAccount, PartOptions } from './part-writer';
import { isAsking } from './recorded-line';
import type { RecordedAnswer, RecordedLine } from './recorded-line';
import { within } from '../within';

export interface CaptureOptions extends PartOptions {
  readonly listen: Address;
  readonly source: URL;
  /** Share of requests that are recorded. From 0 to 1. */
  readonly fraction: number;
  readonly redaction: Redaction;
  readonly requestCountMax: number;
  /** Of lines, before packing. Unit: bytes. */
  readonly byteCountMax: number;
  /** Requests that are recorded at the same time. */
  readonly openCountMax: number;
  /** Of lines that wait to be written. Unit: bytes. */
  readonly waitingBytesMax: number;
  /** How long a body, and then an answer, is waited for. The user's own wait has no limit. Unit: milliseconds. */
  readonly answerTimeoutMs: number;
  /** From 0 (included) to 1 (not included). */
  readonly random: () => number;
  /** Milliseconds since 1970; never goes back. */
  readonly now: () => number;
}

/** What became of every request. Adds up: written + lost + dropped + skipped + unfinished + tooLarge = received. */
export interface CaptureAccount extends PartAccount {
  readonly received: number;
  /** There was no room: too many at once, or what was recorded could not be written fast enough. */
  readonly dropped: number;
  /** Not chosen, after the limit, or no question: a health check, a copy, a method that changes something. */
  readonly skipped: number;
  /** The body did not come whole. */
  readonly unfinished: number;
  readonly tooLarge: number;
  /** Unit: bytes, before packing. */
  readonly bytes: number;
}

export interface Capture {
  readonly port: number;
  /** Settles when a limit is reached. */
  readonly isFull: Promise<void>;
  /** Answers what is under way, writes all there is, and accounts for it. */
  stop(): Promise<CaptureAccount>;
}

type Counter = 'received' | 'dropped' | 'skipped' | 'unfinished' | 'tooLarge' | 'bytes';

interface WrittenLine {
  readonly atMs: number;
  readonly text: string;
}

/** A line that is not known yet; undefined: there will be none. Never rejects. */
type Slot = Promise<WrittenLine | undefined>;

/**
 * 1. The user is answered as if nobody recorded; nothing here is waited for by that answer.
 * 2. Every request is counted once as received, and once as what became of it.
 * 3. Lines are written in the order of arrival, so a slow answer holds up the lines behind it, at most for its timeout.
 * 4. Nothing is written that was not redacted.
 */
export async function startCapture(place: Recordings, options: CaptureOptions): Promise<Capture> {
  const recorder = new Recorder(new PartWriter(place, options), options);
  const source = connectSource(options.source);
  const budget = new ByteBudget(KEPT_BYTES_MAX);
  const serve = (request: http.IncomingMessage, response: http.ServerResponse): void => {
    const kept = budget.open();
    const body = captureBody(request, kept);
    try {
      const { outcome } = new SourceExchange(source, request, response, body, kept);
      recorder.take({ request, body, outcome, kept });
    } catch {
      kept.close();
      recorder.skip();
      refuseUnsendable(request, response);
    }
  };
  const server = await openUserServer(options.listen, serve);
  return {
    port: server.port,
    isFull: recorder.isFull,
    stop: async () => {
      await server.stop();
      source.agent.destroy();
      return recorder.close();
    },
  };
}

/** Of bodies that pass by, all together. Unit: bytes. */
const KEPT_BYTES_MAX = 48 * 1_048_576;

/** What cannot be kept of a request. */
const COUNTED = { too_large: 'tooLarge', no_room: 'dropped', aborted: 'unfinished' } as const;
type Counted = (typeof COUNTED)[keyof typeof COUNTED];

/** A request on its way to the source and back. */
interface Passing {
  readonly request: http.IncomingMessage;
  readonly body: Promise<WholeBody>;
  readonly outcome: Promise<SourceOutcome>;
  /** What is kept of its bodies; given back once its line is written or will not be. */
  readonly kept: Allowance;
}

class Recorder {
  readonly isFull: Promise<void>;
  private fill!: () => void;
  private readonly counts: Record<Counter, number> = {
    received: 0,
    dropped: 0,
    skipped: 0,
    unfinished: 0,
    tooLarge: 0,
    bytes: 0,
  };
  private readonly slots: Slot[] = [];
  private recordedCount = 0;
  private draining: Promise<void> | undefined;

  constructor(
    private readonly writer: PartWriter,
    private readonly options: CaptureOptions,
  ) {
    this.isFull = new Promise((resolve) => (this.fill = resolve));
  }

  skip(): void {
    this.counts.received += 1;
    this.counts.skipped += 1;
  }

  take(passing: Passing): void {
    const { options } = this;
    if (!isQuestion(passing.request) || this.isOver() || !(options.random() < options.fraction)) {
      passing.kept.close();
      return this.skip();
    }
    this.counts.received += 1;
    if (this.slots.length >= options.openCountMax || this.writer.waitingBytes >= options.waitingBytesMax) {
      passing.kept.close();
      this.counts.dropped += 1;
      return;
    }
    this.recordedCount += 1;
    this.slots.push(this.slotOf(passing));
    this.draining ??= this.drain();
  }

  async close(): Promise<CaptureAccount> {
    await this.draining;
    return { ...this.counts, ...(await this.writer.close()) };
  }

  private isOver(): boolean {
    const { requestCountMax, byteCountMax } = this.options;
    return this.recordedCount >= requestCountMax || this.counts.bytes >= byteCountMax;
  }

  /** Takes lines from the front for as long as there are any. */
  private async drain(): Promise<void> {
    for (let slot = this.slots[0]; slot !== undefined; slot = this.slots[0]) {
      const line = await slot;
      void this.slots.shift();
      if (line === undefined) this.recordedCount -= 1;
      else this.write(line);
      if (this.isOver()) this.fill();
    }
    this.draining = undefined;
  }

  private write({ atMs, text }: WrittenLine): void {
    this.counts.bytes += Buffer.byteLength(text) + 1;
    this.writer.add(atMs, text);
  }

  private async slotOf(passing: Passing): Promise<WrittenLine | undefined> {
    try {
      const line = await this.lineOf(passing);
      if (typeof line === 'object') return { atMs: line.at, text: JSON.stringify(line) };
      this.counts[line] += 1;
    } catch {
      // Whatever a stranger has sent, users go on being answered.
      this.counts.unfinished += 1;
    } finally {
      passing.kept.close();
    }
    return undefined;
  }

  private async lineOf({ request, body, outcome }: Passing): Promise<RecordedLine | Counted> {
    const { redaction, answerTimeoutMs } = this.options;
    const at = this.options.now() as RecordedLine['at'];
    const { method = 'GET', url = '/' } = request;
    const headers = endToEndHeaders(request);
    const whole = await within(body, answerTimeoutMs);
    if (typeof whole !== 'object') return COUNTED[whole ?? 'aborted'];
    const content = await stored(Buffer.concat(whole), headers, redaction);
    const said = await within(outcome, answerTimeoutMs);
    const answer = said?.kind === 'answered' ? await this.answerOf(said) : undefined;
    return { at, method, path: redactTarget(url, redaction), ...content, ...(answer === undefined ? {} : { answer }) };
  }

  private async answerOf({ answer }: SourceOutcome & { kind: 'answered' }): Promise<RecordedAnswer | undefined> {
    const { status, body, contentType, contentEncoding, latencyMs } = answer;
    if (body === 'aborted') return undefined;
    const headers = {
      ...(contentType === '' ? {} : { 'content-type': contentType }),
      ...(contentEncoding === '' ? {} : { 'content-encoding': contentEncoding }),
    };
    if (typeof body !== 'object') return { status, headers, bodyRedacted: 'too_large', latencyMs };
    return { status, ...(await stored(Buffer.concat(body), headers, this.options.redaction)), latencyMs };
  }
}

/** A packed body is looked into where paths are given, and kept unpacked then. */
async function stored(
  bytes: Buffer,
  headers: HeaderMap,
  redaction: Redaction,
): Promise<Pick<RecordedLine, 'headers' | 'body' | 'bodyRedacted'>> {
  const textOf = (name: string): string => [headers[name] ?? ''].flat().join(',');
  const contentType = textOf('content-type');
  const contentEncoding = textOf('content-encoding');
  const unpacked = redaction.paths.length > 0 ? await unpack(bytes, contentEncoding) : undefined;
  if (unpacked === undefined)
    return {
      headers: redactHeaders(headers, redaction),
      ...redactBody({ bytes, contentType, contentEncoding }, redaction),
    };
  const { 'content-encoding': _, ...plain } = headers;
  return {
    headers: redactHeaders(plain, redaction),
    ...redactBody({ bytes: unpacked, contentType, contentEncoding: '' }, redaction),
  };
}

/** Other processes' copies are no traffic. */
function isQuestion(request: http.IncomingMessage): boolean {
  const { method = '', headers } = request;
  return isAsking(method) && !isHealthCheck(request) && headers[SHADOW_HEADER] === undefined;
}
