/** Requests to one registry: credentials where it asks for them, errors in the catalogue's words. */
import type { ErrorCode } from '../domain/errors';
import { MigrationError } from '../domain/errors';
import { fetchReason } from './fetch-reason';
import { basic, fetchToken, parseChallenge } from './oci-challenge';
import type { RegistryCredentials, Token } from './oci-challenge';

export interface RegistryAccess {
  /** `https://host`, without a slash. */
  readonly endpoint: string;
  readonly credentials?: RegistryCredentials;
}

export interface RegistryRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the registry, or a whole URL that it gave for an upload. */
  readonly url: string;
  /** What a token must allow: `repository:NAME:pull`. */
  readonly scopes: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
  /** Answers that are none of ours to refuse. */
  readonly accepts: readonly number[];
  readonly signal: AbortSignal;
}

/** A manifest, a question: everything but the bytes of blobs. Unit: milliseconds. */
const SMALL_WITHIN_MS = 60_000;
const MESSAGE_LENGTH_MAX = 400;

export class RegistryWire {
  /** By scopes. */
  private readonly tokens = new Map<string, Token>();
  private asksBasic = false;

  constructor(readonly access: RegistryAccess) {}

  /** Reads whole what it answers with. */
  async send(request: RegistryRequest): Promise<{ reply: Response; bytes: Buffer }> {
    const late = AbortSignal.timeout(SMALL_WITHIN_MS);
    const signal = AbortSignal.any([request.signal, late]);
    try {
      const reply = await this.answered({ ...request, signal });
      return { reply, bytes: Buffer.from(await reply.arrayBuffer()) };
    } catch (error) {
      throw this.translate(request, error, late);
    }
  }

  /** What the request's body is may take as long as it takes. */
  async upload(request: RegistryRequest & { readonly body: AsyncIterable<Uint8Array> }): Promise<Response> {
    try {
      const reply = await this.answered(request);
      await reply.body?.cancel();
      return reply;
    } catch (error) {
      throw this.translate(request, error);
    }
  }

  /** What it answers with, as it comes. */
  async *download(request: RegistryRequest): AsyncGenerator<Uint8Array> {
    try {
      const reply = await this.answered(request);
      for await (const chunk of (reply.body ?? []) as AsyncIterable<Uint8Array>) yield chunk;
    } catch (error) {
      throw this.translate(request, error);
    }
  }

  /** Whoever cancelled must find the own reason again. */
  private translate(request: RegistryRequest, error: unknown, late?: AbortSignal): unknown {
    if (request.signal.aborted) return request.signal.reason;
    if (error instanceof MigrationError) return error;
    const reason = late?.aborted === true ? `no answer within ${SMALL_WITHIN_MS} ms` : fetchReason(error);
    return new MigrationError('RegistryUnavailable', `${this.describe(request)}: ${reason}`, { cause: error });
  }

  private async answered(request: RegistryRequest): Promise<Response> {
    const first = await this.once(request);
    if (first.status !== 401) return this.accepted(request, first);
    await first.body?.cancel();
    await this.answerChallenge(request, first.headers.get('www-authenticate'));
    // A stream is not sent twice: it is asked for by a request before it, which got the credentials.
    if (request.body !== undefined && !(request.body instanceof Uint8Array))
      throw new MigrationError('RegistryUnavailable', `${this.describe(request)}: asked for credentials half-way`);
    return this.accepted(request, await this.once(request));
  }

  private async once({ method, url, headers, body, scopes, signal }: RegistryRequest): Promise<Response> {
    const authorization = this.authorizationFor(scopes);
    const target = new URL(url, this.access.endpoint);
    const isOwn = target.origin === new URL(this.access.endpoint).origin;
    return fetch(target, {
      method,
      // A registry may hand an upload to a store of its own, which must not see the credentials.
      headers: { ...headers, ...(authorization === undefined || !isOwn ? {} : { authorization }) },
      ...(body === undefined ? {} : { body: body as NonNullable<RequestInit['body']>, duplex: 'half' }),
      signal,
    });
  }

  private authorizationFor(scopes: readonly string[]): string | undefined {
    const { credentials } = this.access;
    if (this.asksBasic && credentials !== undefined) return basic(credentials);
    const token = this.tokens.get(scopes.join(' '));
    return token === undefined || token.goodUntilMs <= Date.now() ? undefined : `Bearer ${token.value}`;
  }

  private async answerChallenge(request: RegistryRequest, header: string | null): Promise<void> {
    const { credentials, endpoint } = this.access;
    const challenge = parseChallenge(header);
    if (challenge?.scheme === 'bearer') {
      const isPlain = endpoint.startsWith('http:');
      const { scopes, signal } = request;
      this.tokens.set(scopes.join(' '), await fetchToken(challenge, scopes, credentials, isPlain, signal));
      return;
    }
    if (challenge === undefined || credentials === undefined || this.asksBasic)
      throw new MigrationError(
        'RegistryDenied',
        `${this.describe(request)}: ${credentials === undefined ? 'asks for credentials, and there are none' : `does not take the credentials of ${credentials.user}`}`,
      );
    this.asksBasic = true;
  }

  private async accepted(request: RegistryRequest, reply: Response): Promise<Response> {
    if (request.accepts.includes(reply.status)) return reply;
    const said = (await reply.text()).replace(/\s+/g, ' ').slice(0, MESSAGE_LENGTH_MAX);
    const text = `${this.describe(request)}: ${reply.status}${said === '' ? '' : ` ${said}`}`;
    throw new MigrationError(codeOf(reply.status), text);
  }

  private describe({ method, url }: RegistryRequest): string {
    const { host, pathname } = new URL(url, this.access.endpoint);
    return `${method} ${host}${pathname}`;
  }
}

function codeOf(status: number): ErrorCode {
  if (status === 401 || status === 403) return 'RegistryDenied';
  if (status === 404) return 'NotFound';
  return status === 408 || status === 429 || status >= 500 ? 'RegistryUnavailable' : 'RegistryRejected';
}
