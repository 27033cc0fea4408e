/** Sends requests when they are due, whether or not earlier ones are answered, in a process of its own. */
import http from 'node:http';
import { LOOPBACK } from '../../lab/loopback';
import { requestOf } from './bodies';
import { ANSWER_BYTES_HEADER } from './model';

export interface Round {
  readonly port: number;
  /** From the start of the round, ascending. */
  readonly dueMs: readonly number[];
  readonly bodyBytes: number;
}

export interface Played {
  readonly sentCount: number;
  /** Of the answers with status 200, from when their request was due. */
  readonly latenciesMs: readonly number[];
}

/** How long the last answers are waited for. */
const PATIENCE_MS = 20_000;

async function play({ port, dueMs, bodyBytes }: Round): Promise<Played> {
  const agent = new http.Agent({ keepAlive: true });
  const latenciesMs: number[] = [];
  const bodies = dueMs.map((_due, index) => Buffer.from(requestOf(index, bodyBytes)));
  const startMs = performance.now() + 50;
  const answered: Promise<void>[] = [];
  const sendOne = (index: number): Promise<void> =>
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
          response.on('end', () => {
            if (response.statusCode === 200) latenciesMs.push(performance.now() - startMs - (dueMs[index] ?? 0));
            resolve();
          });
          response.on('error', () => resolve());
        },
      );
      request.on('timeout', () => request.destroy());
      request.on('error', () => resolve());
      request.end(bodies[index]);
    });
  await new Promise<void>((resolve) => {
    const sendDue = (): void => {
      const nowMs = performance.now() - startMs;
      while (answered.length < dueMs.length && (dueMs[answered.length] ?? 0) <= nowMs) {
        answered.push(sendOne(answered.length));
      }
      if (answered.length === dueMs.length) resolve();
      else setTimeout(sendDue, Math.max(0, (dueMs[answered.length] ?? 0) - (performance.now() - startMs)));
    };
    sendDue();
  });
  await Promise.all(answered);
  agent.destroy();
  return { sentCount: dueMs.length, latenciesMs };
}

if (require.main === module) {
  process.on('disconnect', () => process.exit(0));
  process.on('message', (round: Round) => void play(round).then((played) => process.send?.(played)));
}
