/** Servers on loopback that take notices as the test says, and a notifier that may go there. */
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { clientsByRegion, Notifications } from '../../src/adapters/notifier';
import type { NotifierOptions } from '../../src/adapters/notifier';
import { createSecretReader } from '../../src/adapters/secret-references';
import type { Notice } from '../../src/domain/notice';

export const NOTICE: Notice = {
  id: 'event-1',
  at: '2026-01-02T00:00:00.000Z',
  workload: 'ranker',
  workflowId: 'migration/ranker',
  event: 'gate',
  text: 'Is <!channel> "good" & ready?',
  answers: [{ signal: 'approve', input: { gate: 'g', reason: 'why' }, command: 'crossfade approve ranker --gate g' }],
};

export interface Delivery {
  readonly url: string;
  readonly method: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export type Reply = (delivery: Delivery, response: http.ServerResponse, socket: Socket) => void;

/** One receiver. */
export class Receiver {
  readonly seen: Delivery[] = [];
  private readonly server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { url = '', method = '', headers } = request;
      const delivery = { url, method, headers, body: Buffer.concat(chunks).toString() };
      this.seen.push(delivery);
      this.reply(delivery, response, request.socket);
    });
  });

  private constructor(private readonly reply: Reply) {}

  static async open(reply: Reply = (_delivery, response) => response.end('ok')): Promise<Receiver> {
    const receiver = new Receiver(reply);
    await new Promise<void>((resolve) => receiver.server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  url(path = '/hook'): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

export function notifier(
  changes: Partial<NotifierOptions> = {},
  environment: Readonly<Record<string, string>> = {},
): Notifications {
  const none = clientsByRegion<never>(() => {
    throw new Error('no AWS here');
  });
  return new Notifications({
    snsFor: none,
    secrets: createSecretReader(environment, none),
    pageOf: () => undefined,
    limits: { deadlineMs: 300, privateHosts: ['127.0.0.1', 'localhost'] },
    now: () => 1_767_312_000_999,
    ...changes,
  });
}
