/** A copy whose process is killed every 20 s, with its bandwidth limited: whether it ends, and how much it moves twice. */
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { LOOPBACK } from '../../lab/loopback';
import { say } from '../support/report';
import type { Measured } from '../support/report';
import { countObjects } from './copies';
import { product } from './peers';
import { run } from './program';
import type { Stage } from './stage';

const KILL_EVERY_MS = 20_000;
const OBJECTS = 5_000;
const BYTES = 2 * 1_024 ** 3;
/** Three to five kills at full scale. */
const BANDWIDTH = '24M';
const RUNS_MAX = 60;

export async function killed(stage: Stage, scale: number): Promise<Measured> {
  const [count, bytes] = [Math.ceil(OBJECTS * scale), Math.ceil(BYTES / OBJECTS)];
  say(`killed: writing ${count} objects of ${bytes} bytes`);
  const [from, to] = [stage.emptyBucket(), stage.emptyBucket()];
  await stage.fill(from, count, bytes);
  const counted = await countingProxy(stage.server.endpoint);
  const state = mkdtempSync(path.join(os.tmpdir(), 'crossfade-bench-state-'));
  try {
    // Another address is another service, so every byte comes by here and back.
    const places = ['--from', `s3://${from}`, '--to', `s3://${to}`];
    const endpoints = ['--from-endpoint', stage.server.endpoint, '--to-endpoint', counted.endpoint];
    const command = product(stage.server, [
      ...['copy', ...places, ...endpoints, '--state', state, '--bandwidth', BANDWIDTH, '--json'],
    ]);
    for (let kills = 0; kills < RUNS_MAX; kills += 1) {
      const { code, output, seconds } = await run(command, KILL_EVERY_MS * Math.min(1, scale * 2));
      say(`killed: run ${kills + 1} ended with ${code ?? 'a kill'} after ${seconds.toFixed(1)} s`);
      if (code === null) continue;
      if (code !== 0) throw new Error(`killed: ended with ${code}: ${output.slice(-2_000)}`);
      const arrived = countObjects(stage, to);
      const movedTwicePercent = (counted.bytes() / (count * bytes) - 1) * 100;
      return { figures: { kills, movedTwicePercent, killedUnproven: count - arrived }, ratios: {} };
    }
    throw new Error(`killed: not done after ${RUNS_MAX} runs`);
  } finally {
    counted.stop();
    rmSync(state, { recursive: true, force: true });
    for (const bucket of [from, to]) stage.remove(bucket);
  }
}

interface Counted {
  readonly endpoint: string;
  /** Sent towards the server: bodies, and the headers of every request. */
  bytes(): number;
  stop(): void;
}

async function countingProxy(behind: string): Promise<Counted> {
  const { hostname, port } = new URL(behind);
  let bytes = 0;
  const sockets = new Set<net.Socket>();
  const server = net.createServer((client) => {
    const upstream = net.connect(Number(port), hostname);
    for (const socket of [client, upstream]) sockets.add(socket.on('close', () => sockets.delete(socket)));
    client.on('data', (chunk: Buffer) => (bytes += chunk.length));
    client.pipe(upstream).pipe(client);
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve));
  return {
    endpoint: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`,
    bytes: () => bytes,
    stop: () => {
      server.close();
      sockets.forEach((socket) => socket.destroy());
    },
  };
}
