/** A loopback server in AWS's place: what the real SDK sends is recorded, what it is answered is the test's. */
import type { IncomingHttpHeaders, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface WireRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body of AWS's query protocol; `{}` for every other one. */
  readonly form: Readonly<Record<string, string>>;
}

export interface WireAnswer {
  readonly status?: number;
  readonly body?: string;
}

export interface Wire {
  readonly seen: WireRequest[];
  /** What every client of the SDK takes. */
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
    readonly maxAttempts: number;
    readonly forcePathStyle: boolean;
  };
}

const servers: Server[] = [];

export async function openWire(answer: (request: WireRequest) => WireAnswer): Promise<Wire> {
  const seen: WireRequest[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
      const form = isForm ? Object.fromEntries(new URLSearchParams(body)) : {};
      const received = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body, form };
      seen.push(received);
      const { status = 200, body: text = '' } = answer(received);
      response.writeHead(status, { 'content-type': 'text/xml' }).end(text);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    maxAttempts: 1,
    forcePathStyle: true,
  };
  return { seen, client };
}

export async function closeWires(): Promise<void> {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** An answer of the query protocol. */
export function queryAnswer(operation: string, result: string): WireAnswer {
  return { body: `<${operation}Response><${operation}Result>${result}</${operation}Result></${operation}Response>` };
}
