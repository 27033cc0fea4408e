import http from 'node:http';
import https from 'node:https';
import type { Answer } from './answer';
import { readAnswer } from './answer';
import type { WholeBody } from './body';
import type { Allowance } from '../server/byte-budget';
import { endToEndHeaders, pathBelow } from './headers';

export type SourceOutcome =
  | { readonly kind: 'answered'; readonly answer: Answer }
  /** The source did not answer, or not to the end. */
  | { readonly kind: 'failed' }
  /** The user left first. */
  | { readonly kind: 'abandoned' };

export interface SourceServer {
  readonly url: URL;
  readonly agent: http.Agent;
}

/**
 * How long a connection to the source may idle: less than any common server keeps one (gunicorn 2 s, uvicorn 5 s), so
 * that no request meets a connection that is being closed. Node takes less where the source says `Keep-Alive: timeout=`,
 * but looks at that only beside a limit of its own. Unit: milliseconds.
 */
const IDLE_MS_MAX = 1_500;
/** Doing these twice is doing them once (RFC 9110, 9.2.2). */
const IDEMPOTENT_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

export function connectSource(url: URL): SourceServer {
  const options = { keepAlive: true, timeout: IDLE_MS_MAX };
  return { url, agent: url.protocol === 'https:' ? new https.Agent(options) : new http.Agent(options) };
}

/** For a request of which no exchange can be opened. */
export function refuseUnsendable(request: http.IncomingMessage, response: http.ServerResponse): void {
  request.resume();
  response.writeHead(400, { 'content-type': 'text/plain', connection: 'close' });
  response.end('this request cannot be sent on\n');
}

/**
 * One user's request, passed to the source and answered from it.
 * 1. The user hears from the source alone; when it does not answer, from nobody else but this 502.
 * 2. The request is sent a second time only when its used connection was cut, nothing was answered, and doing it twice
 *    is doing it once: nobody can tell whether the source had read it.
 * 3. The outcome is settled once, and never by an error thrown.
 */
export class SourceExchange {
  readonly outcome: Promise<SourceOutcome>;
  private settle!: (outcome: SourceOutcome) => void;
  private upstream: http.ClientRequest | undefined;
  private requestEndedMs: number | undefined;
  private isRetried = false;

  constructor(
    private readonly source: SourceServer,
    private readonly request: http.IncomingMessage,
    private readonly response: http.ServerResponse,
    private readonly body: Promise<WholeBody>,
    /** For the answer. Closed: the answer is passed on and not kept. */
    private readonly allowance: Allowance,
  ) {
    this.outcome = new Promise((resolve) => (this.settle = resolve));
    request.on('end', () => (this.requestEndedMs = performance.now()));
    response.on('close', () => {
      if (response.writableFinished) return;
      this.settle({ kind: 'abandoned' });
      this.upstream?.destroy();
    });
    this.request.pipe(this.open(source.agent));
  }

  private open(agent: http.Agent | false): http.ClientRequest {
    const { request, source } = this;
    const headers = endToEndHeaders(request);
    // Without a length the body came in chunks, and goes on in chunks: a GET would lose it otherwise.
    if (request.headers['transfer-encoding'] !== undefined) headers['transfer-encoding'] = 'chunked';
    const upstream = (source.url.protocol === 'https:' ? https : http).request(source.url, {
      method: request.method ?? 'GET',
      path: pathBelow(source.url, request.url ?? '/'),
      headers,
      agent,
    });
    let isOver = false;
    upstream.on('response', (answer) => {
      isOver = true;
      this.relay(answer);
    });
    upstream.on('error', (error) => {
      isOver = true;
      void this.fail(upstream, error);
    });
    // A 101 closes the connection without an error.
    upstream.on('close', () => {
      if (!isOver) void this.fail(upstream);
    });
    this.upstream = upstream;
    return upstream;
  }

  private relay(answer: http.IncomingMessage): void {
    const { response } = this;
    void readAnswer(answer, this.requestEndedMs ?? performance.now(), this.allowance).then((whole) => {
      if (whole.body === 'aborted') {
        this.settle({ kind: 'failed' });
        // What was begun cannot be taken back: a cut connection tells the user that it is not whole.
        response.destroy();
      } else {
        this.settle({ kind: 'answered', answer: whole });
      }
    });
    try {
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEndHeaders(answer));
      answer.pipe(response);
    } catch {
      // A status or header that HTTP does not know: the source has not answered in a way that can be passed on.
      answer.destroy();
      this.answerBadGateway();
    }
  }

  private async fail(upstream: http.ClientRequest, error?: NodeJS.ErrnoException): Promise<void> {
    this.request.unpipe(upstream);
    this.request.resume();
    if (this.response.headersSent || this.response.destroyed) return;
    const isCut = upstream.reusedSocket && !this.isRetried && ['ECONNRESET', 'EPIPE'].includes(error?.code ?? '');
    const mayRepeat = isCut && IDEMPOTENT_METHODS.has(this.request.method ?? '');
    const body = mayRepeat ? await this.body : undefined;
    if (typeof body === 'object' && !this.response.destroyed) {
      this.isRetried = true;
      this.open(false).end(Buffer.concat(body));
      return;
    }
    this.settle({ kind: 'failed' });
    this.answerBadGateway();
  }

  private answerBadGateway(): void {
    if (this.response.headersSent || this.response.destroyed) return;
    this.response.writeHead(502, { 'content-type': 'text/plain' });
    this.response.end('the source did not answer\n');
  }
}
