/**
 * S3 over plain HTTP, for the operations that come a thousand times a second. Reads are tried again here; a write is sent
 * once, because whoever asked for it knows how to find out whether it took effect.
 */
import http from 'node:http';
import https from 'node:https';
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { AwsCall } from '../domain/aws-call';
import { actionOf } from '../domain/iam-actions';
import { translateAwsError } from './aws-errors';
import type { S3Place } from './s3-store-place';
import { EMPTY_SHA256, escapeForS3, S3Signer } from './s3-store-sign';
import { textOf } from './s3-store-xml';

export interface WireRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  /** In the bucket, its prefix included; empty for the bucket itself. */
  readonly key: string;
  /** In the order of their names. */
  readonly query?: readonly (readonly [string, string])[];
  /** Names in lower case; all are signed. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Hex; missing: computed. */
  readonly bodySha256?: string;
  /** Errors say which action has to be allowed for it. */
  readonly call: AwsCall;
  /** Until the end of the reply, or of its headers where it is streamed. */
  readonly deadlineMs?: number;
  readonly signal: AbortSignal;
}

export interface WireReply {
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

const DEADLINE_MS = 60_000;
/** A stream from which nothing comes for so long is taken for dead. */
const SILENCE_MS = 120_000;
const ATTEMPTS_MAX = 4;
const BACKOFF_MS = 100;
const SOCKETS_MAX = 512;
const RETRIED_STATUSES = new Set([429, 500, 502, 503, 504]);
const STATUS_NAMES: Readonly<Record<number, string>> = {
  301: 'PermanentRedirect',
  304: 'NotModified',
  400: 'BadRequest',
  403: 'Forbidden',
  404: 'NotFound',
  412: 'PreconditionFailed',
  416: 'InvalidRange',
  503: 'ServiceUnavailable',
};

/** What S3 answered in place of success. Shaped as the SDK's errors are, so that one table translates both. */
export class S3ReplyError extends Error {
  readonly $fault: 'client' | 'server';
  readonly $metadata: { readonly httpStatusCode: number };

  constructor(
    status: number,
    code: string,
    message: string,
    readonly headers: http.IncomingHttpHeaders,
    readonly text: string,
  ) {
    super(message);
    this.name = code;
    this.$fault = status >= 500 ? 'server' : 'client';
    this.$metadata = { httpStatusCode: status };
  }
}

/** The connection failed, or nothing came over it. */
class NoAnswer extends Error {
  constructor(
    message: string,
    readonly code = 'ETIMEDOUT',
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export class S3Wire {
  private readonly signer: S3Signer;
  private readonly http: typeof http | typeof https;
  private readonly agent: http.Agent;
  /** The server's clock less ours, where it refused ours. */
  private clockOffsetMs = 0;

  constructor(private readonly place: S3Place) {
    this.signer = new S3Signer(place.region);
    this.http = place.protocol === 'http:' ? http : https;
    this.agent = new this.http.Agent({ keepAlive: true, maxSockets: SOCKETS_MAX, maxFreeSockets: SOCKETS_MAX });
  }

  /** The reply with its whole text. @throws MigrationError as `awsCall` does, or the signal's reason. */
  send(request: WireRequest): Promise<WireReply> {
    return this.attempts(request, async (response) => {
      const text = await wholeText(response);
      // S3 may answer 200 and find out while it copies that it fails.
      if (request.method === 'PUT' && text.includes('<Error>'))
        throw replyError(200, response.headers, text, request.method);
      return { headers: response.headers, text };
    });
  }

  /** The reply with its body still to come. Whoever reads it must read to the end or destroy it. */
  stream(request: WireRequest): Promise<http.IncomingMessage> {
    return this.attempts(request, (response) => Promise.resolve(response));
  }

  /** Bytes of a streamed reply. @throws MigrationError when they stop coming. */
  async *bytesOf(response: http.IncomingMessage, request: WireRequest): AsyncGenerator<Buffer> {
    const timer = setTimeout(() => response.destroy(new NoAnswer(`silent for ${SILENCE_MS} ms`)), SILENCE_MS);
    const stopWatching = onAbort(request.signal, (reason) => void response.destroy(reason));
    try {
      request.signal.throwIfAborted();
      for await (const chunk of response) {
        yield chunk as Buffer;
        timer.refresh();
      }
    } catch (error) {
      request.signal.throwIfAborted();
      throw this.translated(connectionError(error as Error), request);
    } finally {
      clearTimeout(timer);
      stopWatching();
      response.destroy();
    }
  }

  close(): void {
    this.agent.destroy();
  }

  private async attempts<T>(request: WireRequest, take: Take<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      request.signal.throwIfAborted();
      try {
        return await this.exchange(request, await this.optionsFor(request), take);
      } catch (error) {
        request.signal.throwIfAborted();
        if (attempt === ATTEMPTS_MAX || !(await this.mayAskAgain(request, error, attempt)))
          throw this.translated(error, request);
      }
      const isWrite = request.method === 'PUT' || request.method === 'DELETE';
      if (!isWrite) await delay(BACKOFF_MS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2), undefined, request);
    }
  }

  /** Whether another attempt makes sense, with what was learnt from this one. */
  private async mayAskAgain(request: WireRequest, error: unknown, attempt: number): Promise<boolean> {
    if (!(error instanceof S3ReplyError)) return isRead(request) && error instanceof NoAnswer;
    // Refused before anything happened: a write may be sent again as well.
    if (error.name === 'RequestTimeTooSkewed' && attempt === 1) {
      const serverMs = Date.parse(error.headers.date ?? '');
      this.clockOffsetMs = Number.isNaN(serverMs) ? 0 : serverMs - Date.now();
      return true;
    }
    if (error.name === 'ExpiredToken' && attempt === 1) {
      await this.place.identity(true);
      return true;
    }
    // Whoever steers the rate must hear of it at once.
    if (error.name === 'SlowDown') return false;
    const status = error.$metadata.httpStatusCode;
    return isRead(request) && RETRIED_STATUSES.has(status);
  }

  private async optionsFor(request: WireRequest): Promise<http.RequestOptions> {
    const { place } = this;
    const path = `${place.basePath}/${request.key === '' ? '' : escapeKey(request.key)}`;
    const query = (request.query ?? []).map(([name, value]) => `${name}=${escapeForS3(value)}`).join('&');
    const body = request.body;
    const payloadSha256 =
      request.bodySha256 ?? (body === undefined ? EMPTY_SHA256 : createHash('sha256').update(body).digest('hex'));
    const unsigned = {
      method: request.method,
      path,
      query,
      headers: { ...request.headers, host: place.host },
      payloadSha256,
    };
    const headers = this.signer.sign(unsigned, await place.identity(), Date.now() + this.clockOffsetMs);
    if (body !== undefined || request.method === 'PUT') headers['content-length'] = String(body?.length ?? 0);
    headers['user-agent'] = 'crossfade';
    return {
      agent: this.agent,
      method: request.method,
      hostname: place.hostname,
      ...(place.port === undefined ? {} : { port: place.port }),
      path: query === '' ? path : `${path}?${query}`,
      headers,
    };
  }

  private exchange<T>(request: WireRequest, options: http.RequestOptions, take: Take<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const deadlineMs = request.deadlineMs ?? DEADLINE_MS;
      const outgoing = this.http.request(options);
      const timer = setTimeout(() => outgoing.destroy(new NoAnswer(`no answer within ${deadlineMs} ms`)), deadlineMs);
      const stopWatching = onAbort(request.signal, (reason) => void outgoing.destroy(reason));
      const settle = (): void => {
        clearTimeout(timer);
        stopWatching();
      };
      const fail = (error: Error): void => {
        settle();
        reject(connectionError(error));
      };
      outgoing.on('error', fail);
      outgoing.on('response', (response) => {
        const status = response.statusCode ?? 0;
        const taken = status >= 200 && status < 300 ? take(response) : refuse(response, request.method);
        taken.then((value) => {
          settle();
          resolve(value);
        }, fail);
      });
      outgoing.end(request.body);
    });
  }

  private translated(error: unknown, request: WireRequest): unknown {
    return translateAwsError(error, actionOf(request.call), `s3://${this.place.location.bucket}/${request.key}`);
  }
}

type Watcher = (reason: Error) => void;
const watchers = new WeakMap<AbortSignal, Set<Watcher>>();

/** One listener a signal for all requests that are in flight with it. @returns ends the watching. */
function onAbort(signal: AbortSignal, watcher: Watcher): () => void {
  const known = watchers.get(signal);
  const mine = known ?? new Set<Watcher>();
  if (known === undefined) {
    watchers.set(signal, mine);
    signal.addEventListener('abort', () => mine.forEach((each) => each(signal.reason as Error)), { once: true });
  }
  mine.add(watcher);
  return () => void mine.delete(watcher);
}

type Take<T> = (response: http.IncomingMessage) => Promise<T>;

function isRead(request: WireRequest): boolean {
  return request.method === 'GET' || request.method === 'HEAD';
}

function escapeKey(key: string): string {
  return escapeForS3(key).replace(/%2F/g, '/');
}

const NETWORK_CODE =
  /^(ECONN|EPIPE$|ETIMEDOUT$|ENOTFOUND$|EAI_AGAIN$|EHOSTUNREACH$|ENETUNREACH$|ERR_STREAM_PREMATURE_CLOSE$)/;

/** Node's own errors of a connection as one of ours; any other as it is. */
function connectionError(error: Error): Error {
  const { code, message } = error as { code?: unknown; message: string };
  if (error instanceof NoAnswer || typeof code !== 'string' || !NETWORK_CODE.test(code)) return error;
  return new NoAnswer(message, code, { cause: error });
}

function wholeText(response: http.IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () =>
      resolve(chunks.length === 1 ? (chunks[0] as Buffer).toString() : Buffer.concat(chunks).toString()),
    );
    response.on('error', reject);
  });
}

async function refuse(response: http.IncomingMessage, method: string): Promise<never> {
  throw replyError(response.statusCode ?? 0, response.headers, await wholeText(response), method);
}

function replyError(status: number, headers: http.IncomingHttpHeaders, text: string, method: string): S3ReplyError {
  const named = STATUS_NAMES[status] ?? `Http${status}`;
  const code = method === 'HEAD' ? named : (textOf(text, 'Code') ?? named);
  return new S3ReplyError(status, code, textOf(text, 'Message') ?? `HTTP ${status}`, headers, text);
}
