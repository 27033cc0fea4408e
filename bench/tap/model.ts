/** A model server that takes as long as it is told, in a process of its own. Tells its port, takes orders by message. */
import http from 'node:http';
import { listenOnFreePort } from '../../lab/loopback';
import { answerOf } from './bodies';

export const ANSWER_BYTES_HEADER = 'x-answer-bytes';

export type ModelOrder = { readonly isStalled: boolean };
export type ModelWord = { readonly port: number };

const LATENCY_MS = 20;

/** @param step see `answerOf`. */
async function runModel(step: number): Promise<void> {
  const answers = new Map<number, Buffer>();
  const held = new Set<http.ServerResponse>();
  let isStalled = false;

  const answer = (request: http.IncomingMessage, response: http.ServerResponse): void => {
    const byteCount = Number(request.headers[ANSWER_BYTES_HEADER] ?? 1_024);
    const body = answers.get(byteCount) ?? Buffer.from(answerOf(byteCount, step));
    answers.set(byteCount, body);
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
    response.end(body);
  };
  const server = http.createServer((request, response) => {
    // A server that hangs does not even read.
    if (isStalled) {
      held.add(response);
      response.on('close', () => held.delete(response));
      return;
    }
    request.resume();
    request.on('end', () => setTimeout(() => answer(request, response), LATENCY_MS));
  });
  server.keepAliveTimeout = 120_000;
  process.on('message', (order: ModelOrder) => {
    isStalled = order.isStalled;
    if (!isStalled) for (const response of held) response.destroy();
  });
  process.on('disconnect', () => process.exit(0));
  const word: ModelWord = { port: await listenOnFreePort(server) };
  process.send?.(word);
}

if (require.main === module) void runModel(Number(process.argv[2] ?? 0));
