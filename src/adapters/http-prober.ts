/** Sends smoke requests. `fetch` forbids a Host header, which a load balancer's rules may look at, hence node:http. */
import type { IncomingMessage, RequestOptions } from 'node:http';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { MigrationError } from '../domain/errors';
import type { SmokeRequestSpec } from '../domain/spec';
import type { ProbeAnswer, Prober } from '../ports/prober';

const TIMEOUT_MS = 10_000;
const ANSWER_BYTES_MAX = 16 * 1024 ** 2;

export class HttpProber implements Prober {
  async send(
    endpoint: string,
    request: SmokeRequestSpec,
    headers: Readonly<Record<string, string>>,
  ): Promise<ProbeAnswer> {
    const url = new URL(`${endpoint.replace(/\/+$/, '')}${request.path}`);
    const { text, type } = bodyOf(request.body);
    const options: RequestOptions = {
      method: request.method,
      headers: {
        ...(type === undefined ? {} : { 'content-type': type }),
        ...(text === undefined ? {} : { 'content-length': Buffer.byteLength(text) }),
        ...lowerCased(request.headers),
        ...lowerCased(headers),
      },
      // A connection of its own: a kept one that the server closes meanwhile would look like a failure of the workload.
      agent: false,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    };
    const startedAt = performance.now();
    try {
      const { status, contentType, body } = await exchange(url, options, text);
      return { status, body: parseBody(contentType, body), latencyMs: performance.now() - startedAt };
    } catch (error) {
      const why =
        error instanceof Error && error.name === 'AbortError'
          ? `no answer within ${TIMEOUT_MS} ms`
          : (error as Error).message;
      throw new MigrationError('EndpointUnreachable', `${request.method} ${url.origin}${url.pathname}: ${why}`, {
        cause: error,
      });
    }
  }
}

interface RawAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
}

function exchange(url: URL, options: RequestOptions, text: string | undefined): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(url, options, (response) => {
      readAll(response).then((body) => {
        resolve({ status: response.statusCode ?? 0, contentType: response.headers['content-type'] ?? '', body });
      }, reject);
    });
    request.on('error', reject);
    request.end(text);
  });
}

async function readAll(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of response) {
    sizeBytes += (chunk as Buffer).length;
    if (sizeBytes > ANSWER_BYTES_MAX) throw new Error(`the answer is longer than ${ANSWER_BYTES_MAX} bytes`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function bodyOf(body: unknown): { text: string | undefined; type: string | undefined } {
  if (body === undefined) return { text: undefined, type: undefined };
  return typeof body === 'string'
    ? { text: body, type: 'text/plain; charset=utf-8' }
    : { text: JSON.stringify(body), type: 'application/json' };
}

function parseBody(contentType: string, body: Buffer): unknown {
  const text = body.toString('utf8');
  if (!/[/+]json\b/i.test(contentType)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Announced as JSON and is none: the comparison shall see what really came.
    return text;
  }
}

/** Names without regard to case, so that a given header replaces a default instead of being sent beside it. */
function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
