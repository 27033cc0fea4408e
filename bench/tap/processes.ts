import { fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { findFreePort, LOOPBACK } from '../../lab/loopback';
import { program } from '../../lab/tools';
import type { Played } from '../support/open-loop';
import type { Round } from './generator';
import { untilListening } from './listening';
import type { ModelOrder, ModelWord } from './model';

export interface Running {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'exit');
  child.kill('SIGTERM');
  await closed;
}

export interface Model extends Running {
  setStalled(isStalled: boolean): void;
}

export async function startModel(step: number): Promise<Model> {
  const child = fork(path.join(__dirname, 'model.js'), [String(step)]);
  const [{ port }] = (await once(child, 'message')) as [ModelWord];
  return {
    port,
    pid: child.pid ?? 0,
    stop: () => ended(child),
    setStalled: (isStalled) => {
      const order: ModelOrder = { isStalled };
      child.send(order);
    },
  };
}

export interface Generator {
  play(round: Round): Promise<Played>;
  stop(): Promise<void>;
}

/** @param program takes a Round as a message and answers with what was played. */
export function startGenerator(program = path.join(__dirname, 'generator.js'), env: NodeJS.ProcessEnv = {}): Generator {
  const child = fork(program, { env: { ...process.env, ...env } });
  return {
    play: async (round) => {
      const played = once(child, 'message') as Promise<[Played]>;
      child.send(round);
      return (await played)[0];
    },
    stop: () => ended(child),
  };
}

const TOKEN = 'bench';

export interface TapProcess extends Running {
  ask<T>(method: string, path: string, body?: unknown): Promise<T>;
}

/** The product's own process. */
export async function startTap(sourcePort: number): Promise<TapProcess> {
  const [port, controlPort] = [await findFreePort(), await findFreePort()];
  const profiling = process.env['BENCH_CPU_PROFILE'];
  const child = spawn(
    process.execPath,
    [...(profiling === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiling}`]), program('src/tap/main.js')],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        CROSSFADE_TAP_LISTEN: `${LOOPBACK}:${port}`,
        CROSSFADE_TAP_CONTROL: `${LOOPBACK}:${controlPort}`,
        CROSSFADE_TAP_SOURCE: `http://${LOOPBACK}:${sourcePort}`,
        CROSSFADE_TAP_TOKEN: TOKEN,
      },
    },
  );
  await untilListening(controlPort, child);
  return {
    port,
    pid: child.pid ?? 0,
    stop: () => ended(child),
    ask: async <T>(method: string, to: string, body?: unknown) => {
      const response = await fetch(`http://${LOOPBACK}:${controlPort}${to}`, {
        method,
        headers: { authorization: `Bearer ${TOKEN}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!response.ok) throw new Error(`${method} ${to}: ${response.status} ${await response.text()}`);
      return (await response.json()) as T;
    },
  };
}
