import http from 'node:http';
import https from 'node:https';
import type { Answer } from './answer';
import { readAnswer } from './answer';
import type { BodyParts } from './body';
import type { Allowance } from '../server/byte-budget';
import type { HeaderMap } from './headers';

/** Copies under way, and copies that wait: beyond both, a request goes without a copy. */
const CONCURRENCY_MAX = 64;
const QUEUE_MAX = 256;
/** A copy that comes much later than its request meets another load; and a window waits for its copies. Unit: milliseconds. */
const WAIT_MS_MAX = 1_000;
export const COPY_TIMEOUT_MS = 10_000;
/** A connection that was cut after it had idled for so long may have idled to death; one in use was cut by the target. Unit: milliseconds. */
const IDLE_MS_MIN = 1_000;

export interface Copy {
  readonly url: URL;
  readonly path: string;
  readonly method: string;
  readonly headers: HeaderMap;
  readonly body: BodyParts;
  /** For the answer. */
  readonly allowance: Allowance;
}

export type CopyOutcome =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'timed_out' }
  /** No connection, or it broke before an answer began. */
  | { readonly kind: 'failed' }
  /** It waited too long, and was never sent. */
  | { readonly kind: 'not_sent' };

interface Waiting {
  readonly copy: Copy;
  readonly resolve: (outcome: CopyOutcome) => void;
  /** Of performance.now(). */
  readonly offeredMs: number;
}

/** Of one copy, over both its tries. */
interface Deadline {
  isOver: boolean;
  request: http.ClientRequest | undefined;
}

export interface CopierOptions {
  readonly concurrencyMax?: number;
  readonly queueMax?: number;
  readonly waitMsMax?: number;
  readonly timeoutMs?: number;
  readonly idleMsMin?: number;
}

/** Sends copies, so many at a time; never makes its caller wait for room. */
export class Copier {
  readonly timeoutMs: number;
  private readonly queue: Waiting[] = [];
  private running = 0;
  private sweep: NodeJS.Timeout | undefined;
  private starting: NodeJS.Immediate | undefined;
  private readonly concurrencyMax: number;
  private readonly queueMax: number;
  private readonly waitMsMax: number;
  private readonly idleMsMin: number;
  /** When a connection was last put aside, of performance.now(). */
  private readonly idleSinceMs = new WeakMap<object, number>();
  private readonly httpAgent = new http.Agent({ keepAlive: true });
  private readonly httpsAgent = new https.Agent({ keepAlive: true });

  constructor(options: CopierOptions = {}) {
    this.concurrencyMax = options.concurrencyMax ?? CONCURRENCY_MAX;
    this.queueMax = options.queueMax ?? QUEUE_MAX;
    this.waitMsMax = options.waitMsMax ?? WAIT_MS_MAX;
    this.timeoutMs = options.timeoutMs ?? COPY_TIMEOUT_MS;
    this.idleMsMin = options.idleMsMin ?? IDLE_MS_MIN;
    for (const agent of [this.httpAgent, this.httpsAgent])
      agent.on('free', (socket: object) => this.idleSinceMs.set(socket, performance.now()));
  }

  get waitingCount(): number {
    return this.queue.length;
  }

  get runningCount(): number {
    return this.running;
  }

  /** @returns undefined when there is no room; the outcome otherwise, which never rejects. */
  offer(copy: Copy): Promise<CopyOutcome> | undefined {
    const room = Math.max(0, this.concurrencyMax - this.running) + this.queueMax;
    if (this.queue.length >= room) return undefined;
    return new Promise((resolve) => {
      this.queue.push({ copy, resolve, offeredMs: performance.now() });
      this.startSoon();
      this.sweep ??= setTimeout(() => this.giveUpWaiting(), this.waitMsMax);
    });
  }

  stop(): void {
    clearTimeout(this.sweep);
    clearImmediate(this.starting);
    this.httpAgent.destroy();
    this.httpsAgent.destroy();
  }

  /** One copy between two looks at the sockets: whatever users wait for there goes first, also when there is much of it. */
  private startSoon(): void {
    if (this.starting !== undefined || this.queue.length === 0 || this.running >= this.concurrencyMax) return;
    this.starting = setImmediate(() => {
      this.starting = undefined;
      this.startNext();
      this.startSoon();
    });
  }

  private startNext(): void {
    const next = this.queue.shift();
    if (next === undefined) return;
    this.running += 1;
    // What Node refuses to send throws at once.
    const sent = this.send(next.copy).catch((): CopyOutcome => ({ kind: 'failed' }));
    void sent.then((outcome) => {
      this.running -= 1;
      next.resolve(outcome);
      this.startSoon();
    });
  }

  private giveUpWaiting(): void {
    const nowMs = performance.now();
    const keptFrom = this.queue.findIndex(({ offeredMs }) => nowMs - offeredMs < this.waitMsMax);
    const late = this.queue.splice(0, keptFrom < 0 ? this.queue.length : keptFrom);
    const oldest = this.queue[0];
    const nextMs = oldest === undefined ? undefined : Math.max(1, oldest.offeredMs + this.waitMsMax - nowMs);
    this.sweep = nextMs === undefined ? undefined : setTimeout(() => this.giveUpWaiting(), nextMs);
    for (const { resolve } of late) resolve({ kind: 'not_sent' });
  }

  private async send(copy: Copy): Promise<CopyOutcome> {
    const deadline: Deadline = { isOver: false, request: undefined };
    const timer = setTimeout(() => {
      deadline.isOver = true;
      deadline.request?.destroy();
    }, this.timeoutMs);
    try {
      const first = await this.exchange(copy, deadline, true);
      // A connection that idled to death says nothing about the target. The second try has one of its own.
      return (first === 'stale' ? await this.exchange(copy, deadline, false) : first) as CopyOutcome;
    } finally {
      clearTimeout(timer);
    }
  }

  private exchange(copy: Copy, deadline: Deadline, mayReuse: boolean): Promise<CopyOutcome | 'stale'> {
    return new Promise((resolve) => {
      const isSecure = copy.url.protocol === 'https:';
      const startedMs = performance.now();
      const request = (isSecure ? https : http).request(copy.url, {
        path: copy.path,
        method: copy.method,
        headers: withLength(copy),
        agent: mayReuse ? (isSecure ? this.httpsAgent : this.httpAgent) : false,
      });
      deadline.request = request;
      let isIdled = false;
      request.on('socket', (socket) => {
        const sinceMs = this.idleSinceMs.get(socket);
        isIdled = sinceMs !== undefined && performance.now() - sinceMs >= this.idleMsMin;
      });
      let isAnswered = false;
      request.on('response', (response) => {
        isAnswered = true;
        void readAnswer(response, startedMs, copy.allowance).then((answer) => {
          resolve(deadline.isOver ? { kind: 'timed_out' } : { kind: 'answered', answer });
        });
        response.resume();
      });
      request.on('error', () => {
        if (deadline.isOver) resolve({ kind: 'timed_out' });
        else resolve(isIdled ? 'stale' : { kind: 'failed' });
      });
      // A 101 closes the connection without an error. After one, this changes nothing: a promise is settled once.
      request.on('close', () => {
        if (!isAnswered) resolve({ kind: deadline.isOver ? 'timed_out' : 'failed' });
      });
      for (const part of copy.body) request.write(part);
      request.end();
    });
  }
}

/** What came in chunks has come whole by now. */
function withLength({ headers, body }: Copy): HeaderMap {
  if (headers['content-length'] !== undefined || body.length === 0) return headers;
  return { ...headers, 'content-length': String(body.reduce((sum, part) => sum + part.length, 0)) };
}
