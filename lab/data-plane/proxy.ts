/** The load balancer's request path. Invariant: a change of weights or of members fails no request. */
import http from 'node:http';
import { BodyTooLarge, readBody } from '../loopback';
import type { Random } from '../seeded';
import type { LoadBalancerMetrics } from './metrics';
import { pickRule, pickTargetGroup } from './routing';
import type { Rule } from './routing';
import type { TargetTable } from './targets';

/** ALB's idle timeout. Unit: milliseconds. */
const IDLE_TIMEOUT_MS = 60_000;
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export interface ProxyState {
  /** Sorted by priority. */
  rules: readonly Rule[];
  readonly targets: TargetTable;
  readonly metrics: LoadBalancerMetrics;
  readonly random: Random;
  /** Target group ARN → CloudWatch dimension. */
  dimensionOf(arn: string): string;
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 512, maxFreeSockets: 64 });

export function createProxy(state: ProxyState): http.Server {
  return http.createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    void handle(state, request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else answerItself(state, response, error instanceof BodyTooLarge ? 413 : 502);
    });
  });
}

async function handle(state: ProxyState, request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  // The body is read first, so that a request whose kept-alive socket just closed can be sent again.
  const body = await readBody(request);
  const head = { method: request.method ?? 'GET', url: request.url ?? '/', headers: request.headers };
  const rule = pickRule(state.rules, head);
  if (rule === undefined) return answerItself(state, response, 503);
  if (rule.action.kind === 'fixed') {
    const { status, contentType, body: text } = rule.action;
    return answerItself(state, response, status, contentType, text);
  }
  const arn = pickTargetGroup(rule.action.targetGroups, state.random);
  const target = arn === undefined ? 'none' : state.targets.pick(arn);
  if (arn === undefined || target === 'none') return answerItself(state, response, 503);
  const dimension = state.dimensionOf(arn);
  const startedMs = performance.now();
  const record = (status: number | undefined): void =>
    state.metrics.recordRequest(dimension, status, (performance.now() - startedMs) / 1000, Date.now());
  if (target === 'dead') {
    record(undefined);
    return answerWithout(response, 502);
  }
  await forward(target.address, request, body, response, record);
}

function answerItself(
  state: ProxyState,
  response: http.ServerResponse,
  status: number,
  contentType = 'text/html',
  text?: string,
): void {
  state.metrics.recordOwnAnswer(status, Date.now());
  answerWithout(response, status, contentType, text);
}

function answerWithout(response: http.ServerResponse, status: number, contentType = 'text/html', text?: string): void {
  const reason = http.STATUS_CODES[status] ?? '';
  const body =
    text ?? `<html><head><title>${status} ${reason}</title></head><body><h1>${status} ${reason}</h1></body></html>`;
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** Sends the request to the target and its answer back; resolves when the answer has been sent or is known to be impossible. */
function forward(
  address: string,
  request: http.IncomingMessage,
  body: Buffer,
  response: http.ServerResponse,
  record: (status: number | undefined) => void,
  freshSocket = false,
): Promise<void> {
  return new Promise((resolve) => {
    const outgoing = http.request(`${address}${request.url ?? '/'}`, {
      method: request.method ?? 'GET',
      headers: { ...forwardedHeaders(request), 'content-length': body.length },
      agent: freshSocket ? false : agent,
    });
    outgoing.setTimeout(IDLE_TIMEOUT_MS, () => outgoing.destroy(new Error('idle timeout')));
    outgoing.on('response', (incoming) => {
      response.writeHead(incoming.statusCode ?? 502, endToEndHeaders(incoming.headers));
      incoming.pipe(response);
      incoming.on('end', () => record(incoming.statusCode));
      incoming.on('error', () => response.destroy());
      response.on('close', resolve);
    });
    outgoing.on('error', () => {
      if (response.headersSent) return;
      // The target closed an idle socket just as we used it: that is no failed request, ALB sends it again too.
      if (outgoing.reusedSocket && !freshSocket) {
        resolve(forward(address, request, body, response, record, true));
        return;
      }
      record(undefined);
      answerWithout(response, 502);
      resolve();
    });
    outgoing.end(body);
  });
}

function endToEndHeaders(headers: http.IncomingHttpHeaders): http.OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}

function forwardedHeaders(request: http.IncomingMessage): http.OutgoingHttpHeaders {
  const before = request.headers['x-forwarded-for'];
  const client = request.socket.remoteAddress ?? '';
  return {
    ...endToEndHeaders(request.headers),
    'x-forwarded-for': before === undefined ? client : `${String(before)}, ${client}`,
    'x-forwarded-proto': 'http',
  };
}
