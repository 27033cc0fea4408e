/** What stands between a store and its server: the lab's gateway with its faults, or a server with a habit of its own. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import type { FaultRule } from '../../../lab/gateway/faults';
import { listenOnFreePort, LOOPBACK } from '../../../lab/loopback';
import { ChildChannel } from '../../../lab/rpc';
import { program, readTools } from '../../../lab/tools';

export interface Gateway {
  readonly endpoint: string;
  addFault(rule: FaultRule): Promise<void>;
  clearFaults(): Promise<void>;
  stop(): Promise<void>;
}

/** The lab's own process. */
export async function startGateway(s3: string): Promise<Gateway> {
  const env = { ...process.env, LAB_MOTO: s3, LAB_MINISTACK: s3, LAB_BOTOCORE: readTools().botocoreData };
  const child = fork(program('lab/gateway/main.js'), { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const channel = new ChildChannel('gateway', child);
  const { url } = await new Promise<{ url: string }>((resolve) => channel.on('ready', resolve));
  return {
    endpoint: url,
    addFault: (rule) => channel.call('addFault', rule),
    clearFaults: () => channel.call('clearFaults'),
    stop: async () => {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
}

/** @returns true: it has answered itself. */
export type Habit = (
  request: http.IncomingMessage,
  response: http.ServerResponse,
  forward: (change: (reply: http.IncomingMessage) => void) => void,
) => boolean;

export interface Forwarder {
  readonly endpoint: string;
  habit: Habit;
  readonly seen: string[];
  stop(): Promise<void>;
}

/** Hands everything on to the server behind it, but for what its habit answers. */
export async function startForwarder(behind: string): Promise<Forwarder> {
  const seen: string[] = [];
  const made: Forwarder = {
    endpoint: '',
    habit: () => false,
    seen,
    stop: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
  const server = http.createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    const forward = (change: (reply: http.IncomingMessage) => void): void => {
      const { method = 'GET', headers } = request;
      const onward = http.request(`${behind}${request.url}`, { method, headers, agent: false }, change);
      onward.on('error', () => response.destroy());
      request.pipe(onward);
    };
    if (made.habit(request, response, forward)) return;
    forward((reply) => {
      response.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(response);
    });
  });
  const port = await listenOnFreePort(server);
  return Object.assign(made, { endpoint: `http://${LOOPBACK}:${port}` });
}

/** Answers as S3 does. */
export function refuseWith(response: http.ServerResponse, status: number, code: string, headers = {}): true {
  response.writeHead(status, { 'content-type': 'application/xml', ...headers });
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>said so</Message></Error>`);
  return true;
}
