import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EvidenceWindow, ShadowAccount, SideWindow } from '../../src/domain/evidence';
import { addAccounts, EMPTY_ACCOUNT } from '../../src/domain/evidence';
import type { ShadowOrder } from '../../src/ports/shadow';
import type { TapConfig } from '../../src/tap/config';
import { InlineExaminer } from '../../src/tap/examiner';
import type { TapOptions } from '../../src/tap/front';
import { startTap } from '../../src/tap/tap';
import type { Tap } from '../../src/tap/tap';

export const TOKEN = 'test-token';
export const EXACT = { relativeTolerance: 0, absoluteTolerance: 0, mismatchRateMax: 0 };
const HOST = '127.0.0.1';
const DEADLINE_MS = 5_000;

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** A server that remembers what it received and answers as it is told. */
export class TestServer {
  readonly received: Received[] = [];
  answer: (received: Received, response: http.ServerResponse) => void = (_received, response) =>
    sendJson(response, { score: 1 });
  private readonly server: http.Server;

  constructor() {
    this.server = http.createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('error', () => undefined);
      request.on('end', () => {
        const received = {
          method: request.method ?? '',
          url: request.url ?? '',
          headers: request.headers,
          body: Buffer.concat(chunks).toString(),
        };
        this.received.push(received);
        this.answer(received, response);
      });
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, HOST, resolve));
    return this;
  }

  get url(): string {
    return `http://${HOST}:${(this.server.address() as AddressInfo).port}`;
  }

  cutIdleConnections(): void {
    this.server.closeIdleConnections();
  }

  /** However long they idle. */
  keepsConnections(): void {
    this.server.keepAliveTimeout = 0;
  }

  connectionCount(): Promise<number> {
    return new Promise((resolve, reject) =>
      this.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    );
  }

  async stop(): Promise<void> {
    if (!this.server.listening) return;
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

export function sendJson(response: http.ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

/** Answers 101, which nobody asked for. */
export function switchProtocol({ socket }: http.ServerResponse): void {
  socket?.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: chat\r\n\r\n');
}

export interface Reply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** Source, target and a tap between, with a clock that only the test moves. */
export class TapBed {
  nowMs = 1_700_000_000_000;
  private readonly agent = new http.Agent({ keepAlive: false });

  private constructor(
    readonly source: TestServer,
    readonly target: TestServer,
    private tap: Tap | undefined,
  ) {}

  static async start(options: Partial<TapOptions> = {}, config: Partial<TapConfig> = {}): Promise<TapBed> {
    const bed = new TapBed(await new TestServer().start(), await new TestServer().start(), undefined);
    const anyPort = { host: HOST, port: 0 };
    bed.tap = await startTap(
      {
        listen: anyPort,
        control: anyPort,
        source: new URL(bed.source.url),
        token: TOKEN,
        metricsAccess: 'token',
        copyTimeoutMs: 10_000,
        ...config,
      },
      { now: () => bed.nowMs, examiner: new InlineExaminer(), ...options },
    );
    return bed;
  }

  async stop(): Promise<void> {
    await Promise.all([this.source.stop(), this.target.stop()]);
    await this.stopTap();
  }

  stopTap(): Promise<void> {
    return (this.tap as Tap).stop();
  }

  get userPort(): number {
    return (this.tap as Tap).listenPort;
  }

  get controlUrl(): string {
    return `http://${HOST}:${(this.tap as Tap).controlPort}`;
  }

  /** As a user: through the tap. */
  request(path: string, options: http.RequestOptions = {}, body?: string | Buffer): Promise<Reply> {
    return send({ host: HOST, port: this.userPort, path, agent: this.agent, ...options }, body);
  }

  control(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = { authorization: `Bearer ${TOKEN}` },
  ): Promise<Reply> {
    const options = { host: HOST, port: (this.tap as Tap).controlPort, method, path, headers, agent: this.agent };
    return send(options, body === undefined ? undefined : JSON.stringify(body));
  }

  async order(fraction: number, extra: Partial<ShadowOrder> = {}): Promise<void> {
    const target = { url: this.target.url, headers: { 'x-probe': 'secret' } };
    const reply = await this.control('PUT', '/v1/shadow', { fraction, target, equivalence: EXACT, ...extra });
    expect(reply).toMatchObject({ status: 200 });
  }

  async windows(): Promise<{ windows: EvidenceWindow[]; settledToMs: number; keptFromMs: number }> {
    const reply = await this.control('GET', `/v1/windows?from=0&to=${this.nowMs + 10_000}`);
    return JSON.parse(reply.body) as { windows: EvidenceWindow[]; settledToMs: number; keptFromMs: number };
  }

  /** Moves the clock past the current second and waits until all of it is settled. */
  async settle(): Promise<{ account: ShadowAccount; source: SideWindow; target: SideWindow }> {
    this.nowMs = Math.floor(this.nowMs / 1_000) * 1_000 + 1_000;
    await until(async () => (await this.windows()).settledToMs >= this.nowMs);
    const { windows } = await this.windows();
    const last = windows.at(-1) as EvidenceWindow;
    const account = windows.reduce((sum, window) => addAccounts(sum, window.shadow ?? EMPTY_ACCOUNT), EMPTY_ACCOUNT);
    return { account, source: last.source, target: last.target };
  }
}

export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + DEADLINE_MS;
  while (!(await isTrue())) {
    if (Date.now() > deadlineMs) throw new Error(`not so within ${DEADLINE_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function send(options: http.RequestOptions, body?: string | Buffer): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = http.request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}
