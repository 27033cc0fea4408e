import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { ByteBudget } from '../server/byte-budget';
import { openUserServer } from '../server/user-server';
import type { ProxyConfig } from './config';
import { Endpoint } from './endpoint';
import { Health } from './health';
import type { HealthOptions } from './health';
import { answerInference, pathOf } from './inference';
import type { Desk } from './inference';
import { RareLog } from './rare-log';
import { busy } from './refusal';
import { reply } from './reply';
import type { Reply } from './reply';

export interface ProxyOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** 0 up to 1. */
  readonly random: () => number;
  /** For the operator, a line at a time. */
  readonly log: (line: string) => void;
  readonly wait?: (ms: number) => Promise<unknown>;
  readonly health?: Pick<HealthOptions, 'everyMs' | 'staleMs'>;
}

export interface Proxy {
  readonly port: number;
  /** Says that it is not well, takes requests for `drainMs` more, answers what is under way, then closes. */
  stop(): Promise<void>;
}

/** @throws ConfigInvalid when the address cannot be listened on. */
export async function startProxy(config: ProxyConfig, options: ProxyOptions): Promise<Proxy> {
  const { now, random, wait = delay } = options;
  const endpoint = new Endpoint(config.endpoint, config.concurrencyMax, config.variant);
  const log = new RareLog(options.log, now);
  const health = new Health({
    ...options.health,
    look: () => endpoint.status(),
    now,
    random,
    onFailure: (error) => log.say('look', `looking at ${config.endpoint} failed (${nameOf(error)})`),
  });
  const front = new Front({ config, endpoint, log, budget: new ByteBudget(config.heldBytesMax) }, health);
  const serve = (request: IncomingMessage, response: ServerResponse): void => front.serve(request, response);
  const server = await openUserServer(config.listen, serve, config.timeoutMs);
  health.start();
  return {
    port: server.port,
    stop: async () => {
      front.drain();
      await wait(config.drainMs);
      await server.stop();
      health.stop();
      endpoint.close();
    },
  };
}

class Front {
  private runningCount = 0;
  private isDraining = false;

  constructor(
    private readonly desk: Desk,
    private readonly health: Health,
  ) {}

  drain(): void {
    this.isDraining = true;
    this.health.drain();
  }

  serve(request: IncomingMessage, response: ServerResponse): void {
    // Whoever keeps its connection would go on sending here.
    if (this.isDraining) response.setHeader('connection', 'close');
    const { healthPath } = this.desk.config;
    if (pathOf(request.url) === healthPath && (request.method === 'GET' || request.method === 'HEAD')) {
      const complaint = this.health.complaint();
      reply(request, response, { status: complaint === undefined ? 200 : 503, body: complaint ?? 'well' });
      return;
    }
    const refusal = this.refusalOf(request);
    if (refusal !== undefined) {
      if (refusal.status === 405) response.setHeader('allow', 'POST');
      reply(request, response, refusal);
      return;
    }
    this.runningCount += 1;
    void answerInference(this.desk, request, response).finally(() => (this.runningCount -= 1));
  }

  /** Before anything of the body is read. */
  private refusalOf({ method, url, headers }: IncomingMessage): Reply | undefined {
    const { path, streamPath, concurrencyMax } = this.desk.config;
    if (path !== undefined && ![path, streamPath].includes(pathOf(url)))
      return { status: 404, body: 'no model is asked under this path' };
    if (method !== 'POST') return { status: 405, body: 'a model is asked by POST' };
    // The container would take what is packed for plain: the header that says so does not reach it.
    if (!['', 'identity'].includes((headers['content-encoding'] ?? '').trim().toLowerCase()))
      return { status: 415, body: 'send the body without content-encoding' };
    return this.runningCount >= concurrencyMax ? busy('too many requests are under way') : undefined;
  }
}

/** Without the message, as in refusal.ts. */
function nameOf(error: unknown): string {
  const { name, code } = error as { name?: string; code?: string };
  return [name, code].filter((part) => part !== undefined).join(' ');
}
