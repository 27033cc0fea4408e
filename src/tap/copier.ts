import http from 'node:http';
import https from 'node:https';
import type { Answer } from './answer';
import { captureBody } from './body';
import type { HeaderMap } from './headers';

/** Copies under way, and copies that wait: beyond both, a request goes without a copy. */
const CONCURRENCY_MAX = 64;
const QUEUE_MAX = 256;
const COPY_TIMEOUT_MS = 10_000;

export interface Copy {
  readonly url: URL;
  readonly path: string;
  readonly method: string;
  readonly headers: HeaderMap;
  readonly body: Buffer;
}

export type CopyOutcome =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'timed_out' }
  /** No connection, or it broke before an answer began. */
  | { readonly kind: 'failed' };

interface Waiting {
  readonly copy: Copy;
  readonly resolve: (outcome: CopyOutcome) => void;
}

export interface CopierOptions {
  readonly concurrencyMax?: number;
  readonly queueMax?: number;
  readonly timeoutMs?: number;
}

/** Sends copies to the target, so many at a time; never waits for room. */
export class Copier {
  private readonly queue: Waiting[] = [];
  private runningCount = 0;
  private readonly concurrencyMax: number;
  private readonly queueMax: number;
  private readonly timeoutMs: number;
  private readonly httpAgent = new http.Agent({ keepAlive: true });
  private readonly httpsAgent = new https.Agent({ keepAlive: true });

  constructor(options: CopierOptions = {}) {
    this.concurrencyMax = options.concurrencyMax ?? CONCURRENCY_MAX;
    this.queueMax = options.queueMax ?? QUEUE_MAX;
    this.timeoutMs = options.timeoutMs ?? COPY_TIMEOUT_MS;
  }

  /** @returns undefined when there is no room; the outcome otherwise, which never rejects. */
  offer(copy: Copy): Promise<CopyOutcome> | undefined {
    if (this.runningCount >= this.concurrencyMax && this.queue.length >= this.queueMax) return undefined;
    return new Promise((resolve) => {
      this.queue.push({ copy, resolve });
      this.startNext();
    });
  }

  stop(): void {
    this.httpAgent.destroy();
    this.httpsAgent.destroy();
  }

  private startNext(): void {
    if (this.runningCount >= this.concurrencyMax) return;
    const next = this.queue.shift();
    if (next === undefined) return;
    this.runningCount += 1;
    void this.send(next.copy).then((outcome) => {
      this.runningCount -= 1;
      next.resolve(outcome);
      this.startNext();
    });
  }

  private async send(copy: Copy): Promise<CopyOutcome> {
    const deadline = AbortSignal.timeout(this.timeoutMs);
    const first = await this.exchange(copy, deadline, true);
    // A connection that idled to death says nothing about the target.
    return first === 'stale' ? ((await this.exchange(copy, deadline, false)) as CopyOutcome) : first;
  }

  private exchange(copy: Copy, signal: AbortSignal, mayReuse: boolean): Promise<CopyOutcome | 'stale'> {
    return new Promise((resolve) => {
      const isSecure = copy.url.protocol === 'https:';
      const startedMs = performance.now();
      const request = (isSecure ? https : http).request(copy.url, {
        path: copy.path,
        method: copy.method,
        headers: copy.headers,
        signal,
        agent: mayReuse ? (isSecure ? this.httpsAgent : this.httpAgent) : false,
      });
      request.on('response', (response) => {
        void captureBody(response).then((body) => {
          if (signal.aborted) resolve({ kind: 'timed_out' });
          else resolve({ kind: 'answered', answer: answerOf(response, body, performance.now() - startedMs) });
        });
        response.resume();
      });
      request.on('error', () => {
        if (signal.aborted) resolve({ kind: 'timed_out' });
        else resolve(request.reusedSocket && mayReuse ? 'stale' : { kind: 'failed' });
      });
      request.end(copy.body);
    });
  }
}

/** @param latencyMs from the last byte of the request. */
export function answerOf(response: http.IncomingMessage, body: Answer['body'], latencyMs: number): Answer {
  return {
    status: response.statusCode ?? 0,
    contentType: response.headers['content-type'] ?? '',
    contentEncoding: (response.headers['content-encoding'] ?? '').trim().toLowerCase(),
    body,
    latencyMs: Math.max(0, latencyMs),
  };
}
