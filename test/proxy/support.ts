import http from 'node:http';
import type { ProxyConfig } from '../../src/proxy/config';
import { readProxyConfig } from '../../src/proxy/config';
import type { Proxy, ProxyOptions } from '../../src/proxy/proxy';
import { startProxy } from '../../src/proxy/proxy';
import { FakeEndpoint } from '../support/sagemaker/fake-endpoint';

const HOST = '127.0.0.1';
const DEADLINE_MS = 5_000;

export interface Heard {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** An endpoint and a proxy before it, with a clock that only the test moves. */
export class ProxyBed {
  nowMs = 1_700_000_000_000;
  readonly logged: string[] = [];
  private stopped: Promise<void> | undefined;
  private readonly agent = new http.Agent({ keepAlive: false });

  private constructor(
    readonly endpoint: FakeEndpoint,
    private proxy: Proxy | undefined,
  ) {}

  static async start(config: Partial<ProxyConfig> = {}, options: Partial<ProxyOptions> = {}): Promise<ProxyBed> {
    const bed = new ProxyBed(await new FakeEndpoint().start(), undefined);
    Object.assign(process.env, bed.endpoint.env);
    const defaults = readProxyConfig({ CROSSFADE_PROXY_LISTEN: `${HOST}:0`, CROSSFADE_PROXY_ENDPOINT: 'ranker' });
    bed.proxy = await startProxy(
      { ...defaults, drainMs: 0, ...config },
      { now: () => bed.nowMs, random: () => 0.5, log: (line) => bed.logged.push(line), ...options },
    );
    return bed;
  }

  get port(): number {
    return (this.proxy as Proxy).port;
  }

  stopProxy(): Promise<void> {
    this.stopped ??= (this.proxy as Proxy).stop();
    return this.stopped;
  }

  async stop(): Promise<void> {
    await this.endpoint.stop();
    await this.stopProxy();
  }

  /** As the load balancer: a POST of JSON, unless it is told otherwise. */
  ask(options: http.RequestOptions = {}, body: string | Buffer = '{}'): Promise<Heard> {
    return new Promise((resolve, reject) => {
      const request = this.open(options, (response) => {
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

  /** For whoever reads the answer as it comes, or leaves. */
  open(options: http.RequestOptions, onResponse: (response: http.IncomingMessage) => void): http.ClientRequest {
    const headers = options.headers ?? { 'content-type': 'application/json' };
    return http.request(
      { host: HOST, port: this.port, path: '/', method: 'POST', agent: this.agent, ...options, headers },
      onResponse,
    );
  }

  health(): Promise<Heard> {
    return this.ask({ method: 'GET', path: '/health' }, '');
  }
}

export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + DEADLINE_MS;
  while (!(await isTrue())) {
    if (Date.now() > deadlineMs) throw new Error(`not so within ${DEADLINE_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
