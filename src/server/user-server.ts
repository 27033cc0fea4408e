/** The side of a process that stands in front of a source on which users arrive. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { MigrationError } from '../domain/errors';
import type { Address } from './environment';

/** A load balancer keeps idle connections for 60 s; who closes earlier than it cuts requests on their way. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
/** How long a stopping server waits for requests under way, unless it is told otherwise. */
const DRAIN_TIMEOUT_MS = 30_000;
const SWEEP_EVERY_MS = 20;

export interface UserServer {
  readonly port: number;
  /** Takes no new connections, answers what is under way, then closes. */
  stop(): Promise<void>;
}

/** @throws ConfigInvalid when the address cannot be listened on. */
export async function openUserServer(
  { host, port }: Address,
  serve: http.RequestListener,
  drainTimeoutMs = DRAIN_TIMEOUT_MS,
): Promise<UserServer> {
  let isStopping = false;
  const server = http.createServer(
    { keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS, requestTimeout: 0 },
    (request, response) => {
      if (isStopping) response.setHeader('connection', 'close');
      serve(request, response);
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new MigrationError('ConfigInvalid', `cannot listen on ${host}:${port}: ${error.message}`, { cause: error }),
      ),
    );
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => {
      isStopping = true;
      return drain(server, drainTimeoutMs);
    },
  };
}

function drain(server: http.Server, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), timeoutMs);
    // A connection whose last request has just been answered stays open otherwise.
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_EVERY_MS);
    server.close(() => {
      clearTimeout(cut);
      clearInterval(sweep);
      resolve();
    });
  });
}
