/** Sends requests when they are due, whether or not earlier ones are answered, in a process of its own. */
import http from 'node:http';
import { LOOPBACK } from '../../lab/loopback';
import { playOpenLoop } from '../support/open-loop';
import type { Played } from '../support/open-loop';
import { requestOf } from './bodies';
import { ANSWER_BYTES_HEADER } from './model';

export interface Round {
  readonly port: number;
  /** From the start of the round, ascending. */
  readonly dueMs: readonly number[];
  readonly bodyBytes: number;
}

/** How long the last answers are waited for. */
const PATIENCE_MS = 20_000;

async function play({ port, dueMs, bodyBytes }: Round): Promise<Played> {
  const agent = new http.Agent({ keepAlive: true });
  const bodies = dueMs.map((_due, index) => Buffer.from(requestOf(index, bodyBytes)));
  const sendOne = (index: number): Promise<boolean> =>
    new Promise((resolve) => {
      const request = http.request(
        {
          host: LOOPBACK,
          port,
          agent,
          method: 'POST',
          path: '/v1/embed',
          timeout: PATIENCE_MS,
          headers: {
            'content-type': 'application/json',
            'content-length': bodies[index]?.length ?? 0,
            [ANSWER_BYTES_HEADER]: bodyBytes,
          },
        },
        (response) => {
          response.resume();
          response.on('end', () => resolve(response.statusCode === 200));
          response.on('error', () => resolve(false));
        },
      );
      request.on('timeout', () => request.destroy());
      request.on('error', () => resolve(false));
      request.end(bodies[index]);
    });
  const played = await playOpenLoop(dueMs, sendOne);
  agent.destroy();
  return played;
}

if (require.main === module) {
  process.on('disconnect', () => process.exit(0));
  process.on('message', (round: Round) => void play(round).then((played) => process.send?.(played)));
}
