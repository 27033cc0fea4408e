/** The emulators behind the gateway, and how requests get there and back. */
import http from 'node:http';
import { exchange } from '../loopback';
import { AwsError, errorAnswer, sendAnswer } from './answer';
import type { Answer } from './answer';
import type { AwsRequest } from './request';

export interface Upstreams {
  readonly moto: string;
  readonly ministack: string;
}

const MINISTACK_SERVICES = new Set(['s3', 'kms', 'iam', 'sts']);
const CONNECTION_HEADERS = new Set(['connection', 'keep-alive', 'transfer-encoding', 'expect', 'proxy-connection']);

export function upstreamOf(upstreams: Upstreams, service: string): string {
  return MINISTACK_SERVICES.has(service) ? upstreams.ministack : upstreams.moto;
}

function withoutConnectionHeaders(headers: http.IncomingHttpHeaders): http.OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !CONNECTION_HEADERS.has(name)));
}

/** Forwards a request whose body is in memory. An HTML page, moto's answer to what it lacks, becomes an error of AWS's. */
export async function forwardBuffered(request: AwsRequest, upstream: string): Promise<Answer> {
  const reply = await exchange(`${upstream}${request.url}`, {
    method: request.method,
    headers: { ...withoutConnectionHeaders(request.headers), 'content-length': request.body?.length ?? 0 },
    body: request.body ?? Buffer.alloc(0),
    timeoutMs: 60_000,
  });
  if (reply.status >= 400 && /text\/html/.test(reply.headers['content-type'] ?? '') && reply.body.includes('<html')) {
    return errorAnswer(
      request,
      new AwsError('InvalidAction', `The lab's AWS does not implement ${request.service}:${request.operation}.`),
    );
  }
  const { 'content-length': _length, ...headers } = withoutConnectionHeaders(reply.headers);
  return { status: reply.status, headers, body: reply.body };
}

export interface StreamOptions {
  /** Cut the connection after this many bytes of the answer's body. */
  readonly cutReply?: boolean;
  /** Replaces the upstream's answer once it has acted. */
  readonly instead?: Answer;
}

/** Forwards a request byte by byte both ways, for S3: objects do not fit in memory. Resolves when the answer is through. */
export function forwardStreamed(
  incoming: http.IncomingMessage,
  response: http.ServerResponse,
  upstream: string,
  options: StreamOptions = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const hasLength = incoming.headers['content-length'] !== undefined;
    const chunked = incoming.headers['transfer-encoding'] !== undefined;
    const outgoing = http.request(`${upstream}${incoming.url ?? '/'}`, {
      method: incoming.method ?? 'GET',
      headers: {
        ...withoutConnectionHeaders(incoming.headers),
        ...(hasLength || chunked ? {} : { 'content-length': 0 }),
      },
      agent: false,
    });
    outgoing.on('error', reject);
    incoming.on('aborted', () => outgoing.destroy());
    outgoing.on('response', (reply) => {
      response.on('close', resolve);
      if (options.instead !== undefined || options.cutReply) {
        reply.resume();
        reply.on('end', () =>
          options.instead === undefined ? response.destroy() : sendAnswer(response, options.instead),
        );
        return;
      }
      response.writeHead(reply.statusCode ?? 502, withoutConnectionHeaders(reply.headers));
      reply.pipe(response);
      reply.on('error', () => response.destroy());
    });
    incoming.pipe(outgoing);
  });
}
