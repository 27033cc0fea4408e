/** Small HTTP over 127.0.0.1: the lab binds nothing else. */
import http from 'node:http';
import net from 'node:net';
import type { AddressInfo } from 'node:net';

export const LOOPBACK = '127.0.0.1';

/** Listens on a port that the system chooses; resolves with it. */
export function listenOnFreePort(server: net.Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, LOOPBACK, () => resolve((server.address() as AddressInfo).port));
  });
}

const PORT_TRIES_MAX = 20;

/**
 * Every server at its address, all on one port; resolves with it.
 * @throws Error where this machine has one loopback address only: another than 127.0.0.1 needs Linux.
 */
export async function listenOnSamePort(
  servers: readonly { readonly address: string; readonly server: net.Server }[],
): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    const port = await findFreePort();
    const results = await Promise.allSettled(servers.map(({ address, server }) => listenAt(server, address, port)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed === undefined) return port;
    await Promise.all(servers.map(({ server }) => new Promise((resolve) => server.close(resolve))));
    // Somebody took the port at one of the addresses in the meantime.
    const isTaken = (failed.reason as NodeJS.ErrnoException).code === 'EADDRINUSE';
    if (!isTaken || tries === PORT_TRIES_MAX) throw failed.reason;
  }
}

async function listenAt(server: net.Server, address: string, port: number): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, address, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRNOTAVAIL') throw error;
    throw new Error(
      `${address} cannot be bound: stacks that only DNS tells apart need Linux, where all of 127.0.0.0/8 is this machine`,
      { cause: error },
    );
  }
}

/** A port that is free now. For programs that cannot choose one themselves; another process may still win the race. */
export async function findFreePort(): Promise<number> {
  const server = net.createServer();
  const port = await listenOnFreePort(server);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

export class BodyTooLarge extends Error {}

/** The whole body. Rejects with BodyTooLarge past `bytesMax`. */
export async function readBody(request: http.IncomingMessage, bytesMax = 16 * 1024 * 1024): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new BodyTooLarge(`body of more than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export interface HttpReply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** One exchange with the whole body in memory. Rejects when the connection fails or `timeoutMs` passes. */
export function exchange(
  url: string,
  options: http.RequestOptions & { body?: Buffer | string; timeoutMs?: number } = {},
): Promise<HttpReply> {
  const { body, timeoutMs = 10_000, ...rest } = options;
  return new Promise((resolve, reject) => {
    const request = http.request(url, rest, (response) => {
      readBody(response, 256 * 1024 * 1024).then(
        (buffer) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: buffer }),
        reject,
      );
    });
    request.setTimeout(timeoutMs, () => request.destroy(new Error(`${url}: no answer in ${timeoutMs} ms`)));
    request.on('error', reject);
    request.end(body);
  });
}

/** A JSON exchange between the lab's own processes; an answer of 400 or above is an error with its text. */
export async function exchangeJson<T>(
  method: string,
  url: string,
  value?: unknown,
  headers: Record<string, string> = {},
): Promise<T> {
  const reply = await exchange(url, {
    method,
    headers: { ...headers, ...(value === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(value === undefined ? {} : { body: JSON.stringify(value) }),
    timeoutMs: 60_000,
  });
  const text = reply.body.toString('utf8');
  if (reply.status >= 400) throw new Error(`${method} ${url}: ${reply.status} ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

export function sendJson(response: http.ServerResponse, status: number, value: unknown): void {
  const body = value === undefined ? '' : JSON.stringify(value);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
