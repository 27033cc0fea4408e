import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { MigrationError } from '../domain/errors';
import type { Address, TapConfig } from './config';
import { controlListener } from './control';
import { Front } from './front';
import type { TapOptions } from './front';

/** A load balancer keeps idle connections for 60 s; who closes earlier than it cuts requests on their way. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
/** How long a stopping tap waits for requests under way. */
const DRAIN_TIMEOUT_MS = 30_000;
const SWEEP_EVERY_MS = 20;

export interface Tap {
  readonly listenPort: number;
  readonly controlPort: number;
  /** Takes no new connections, answers what is under way, then closes. */
  stop(): Promise<void>;
}

/** @throws ConfigInvalid when an address cannot be listened on. */
export async function startTap(config: TapConfig, options: TapOptions): Promise<Tap> {
  const front = new Front(config, options);
  const users = http.createServer({ keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS, requestTimeout: 0 }, (request, response) =>
    front.serve(request, response),
  );
  const control = http.createServer(controlListener(front));
  await listen(users, config.listen);
  await listen(control, config.control);
  return {
    listenPort: (users.address() as AddressInfo).port,
    controlPort: (control.address() as AddressInfo).port,
    stop: async () => {
      front.isStopping = true;
      await drain(users);
      await drain(control);
      await front.stop();
    },
  };
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
