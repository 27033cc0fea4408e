/** Real registries of images over a folder of their own, on loopback, for as long as a test runs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { exchange, findFreePort, LOOPBACK } from '../../../lab/loopback';

/** undefined: there is none on this machine; `npm test` brings it. */
export const REGISTRY = process.env['CROSSFADE_REGISTRY_SERVER'];
/** As REGISTRY. */
export const CRANE = process.env['CROSSFADE_CRANE'];

const READY_WITHIN_MS = 30_000;
const ASK_EVERY_MS = 50;

export interface Registry {
  /** `127.0.0.1:PORT`, as references name it. */
  readonly host: string;
  readonly endpoint: string;
  readonly folder: string;
  stop(): Promise<void>;
}

export async function startRegistry(program: string): Promise<Registry> {
  const folder = mkdtempSync(path.join(tmpdir(), 'crossfade-registry-'));
  const data = path.join(folder, 'data');
  mkdirSync(data);
  const host = `${LOOPBACK}:${await findFreePort()}`;
  const config = {
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: data }, delete: { enabled: true } },
    http: { addr: host, secret: 'of this test' },
  };
  // YAML takes JSON as it is.
  const file = path.join(folder, 'config.yml');
  writeFileSync(file, JSON.stringify(config));
  const child = spawn(program, ['serve', file], {
    // It calls every 404 an error.
    stdio: 'ignore',
    env: { ...process.env, OTEL_TRACES_EXPORTER: 'none' },
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  const endpoint = `http://${host}`;
  const until = Date.now() + READY_WITHIN_MS;
  while (!(await answers(endpoint))) {
    if (child.exitCode !== null || Date.now() > until) {
      await stop();
      throw new Error(`the registry at ${endpoint} did not start`);
    }
    await delay(ASK_EVERY_MS);
  }
  return { host, endpoint, folder: data, stop };
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    return (await exchange(`${endpoint}/v2/`)).status === 200;
  } catch {
    return false;
  }
}
