import { createHmac } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { MigrationError } from '../domain/errors';
import type { ShadowOrder } from '../ports/shadow';
import { captureBody } from './body';
import type { Address, TapConfig } from './config';
import { controlListener } from './control';
import { Copier } from './copier';
import type { CopierOptions } from './copier';
import { MARK_HEADER, mirrorRequest, PAIR_TIMEOUT_MS } from './mirror';
import type { Mirroring } from './mirror';
import { NO_ORDER } from './order';
import { connectSource, SourceExchange } from './source-exchange';
import { WindowBook } from './windows';

/** A load balancer keeps idle connections for 60 s; who closes earlier than it cuts requests on their way. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
/** How long a stopping tap waits for requests under way. */
const DRAIN_TIMEOUT_MS = 30_000;
const SWEEP_EVERY_MS = 20;

export interface TapOptions extends CopierOptions {
  /** From 0 (included) to 1 (not included). */
  readonly random: () => number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly pairTimeoutMs?: number;
}

export interface Tap {
  readonly listenPort: number;
  readonly controlPort: number;
  /** Takes no new connections, answers what is under way, then closes. */
  stop(): Promise<void>;
}

/** @throws ConfigInvalid when an address cannot be listened on. */
export async function startTap(config: TapConfig, options: TapOptions): Promise<Tap> {
  const windows = new WindowBook(options.now);
  const copier = new Copier(options);
  const source = connectSource(config.source);
  const mirroring: Mirroring = {
    copier,
    mark: markOf(config.token),
    pairTimeoutMs: options.pairTimeoutMs ?? PAIR_TIMEOUT_MS,
  };
  let order: ShadowOrder = NO_ORDER;
  let isStopping = false;

  const serve = (request: http.IncomingMessage, response: http.ServerResponse): void => {
    if (isStopping) response.setHeader('connection', 'close');
    if (request.headers[MARK_HEADER] === mirroring.mark) {
      refuseOwnCopy(request, response);
      return;
    }
    const ticket = windows.receive();
    const body = captureBody(request);
    const exchange = openExchange(source, request, response, body);
    const { target } = order;
    if (
      exchange === undefined ||
      target === undefined ||
      isHealthCheck(request) ||
      !(options.random() < order.fraction)
    ) {
      ticket.settle({ kind: 'skipped' });
      return;
    }
    void mirrorRequest(mirroring, { ...order, target }, request, body, exchange.outcome).then((settlement) =>
      ticket.settle(settlement),
    );
  };

  const users = http.createServer({ keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS, requestTimeout: 0 }, serve);
  const control = http.createServer(
    controlListener({ token: config.token, windows, setOrder: (next) => (order = next) }),
  );
  await listen(users, config.listen);
  await listen(control, config.control);
  return {
    listenPort: (users.address() as AddressInfo).port,
    controlPort: (control.address() as AddressInfo).port,
    stop: async () => {
      isStopping = true;
      await drain(users);
      await drain(control);
      copier.stop();
      source.agent.destroy();
    },
  };
}

/** @returns undefined for a request that cannot be sent on; the user is told. */
function openExchange(
  ...[source, request, response, body]: ConstructorParameters<typeof SourceExchange>
): SourceExchange | undefined {
  try {
    return new SourceExchange(source, request, response, body);
  } catch {
    request.resume();
    response.writeHead(400, { 'content-type': 'text/plain', connection: 'close' });
    response.end('this request cannot be sent on\n');
    return undefined;
  }
}

/** Taps of one token recognise each other's copies, and nobody else can make one. */
function markOf(token: string): string {
  return createHmac('sha256', token).update('crossfade tap copy').digest('hex').slice(0, 32);
}

/** A copy that comes back here would compare the source with itself, and be copied for ever. */
function refuseOwnCopy(request: http.IncomingMessage, response: http.ServerResponse): void {
  request.resume();
  response.writeHead(508, { 'content-type': 'text/plain' });
  response.end('this is a copy: it was meant for the target\n');
}

/** A load balancer's own requests are no traffic, and each server answers them in its own words. */
function isHealthCheck(request: http.IncomingMessage): boolean {
  return (request.headers['user-agent'] ?? '').startsWith('ELB-HealthChecker/');
}

function listen(server: http.Server, { host, port }: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new MigrationError('ConfigInvalid', `cannot listen on ${host}:${port}: ${error.message}`, { cause: error }),
      );
    });
    server.listen(port, host, resolve);
  });
}

function drain(server: http.Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), DRAIN_TIMEOUT_MS);
    // A connection whose last request has just been answered stays open otherwise.
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_EVERY_MS);
    server.close(() => {
      clearTimeout(cut);
      clearInterval(sweep);
      resolve();
    });
  });
}
