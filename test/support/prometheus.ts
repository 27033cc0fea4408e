/** A real Prometheus that scrapes a real exporter; `npm test` brings the program. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** undefined: there is none on this machine. */
export const PROMETHEUS = process.env['CROSSFADE_PROMETHEUS'];

/** Bounds of the buckets. Unit: seconds. */
const BOUNDS = [0.05, 0.1, 0.2, 0.4];
const TICK_MS = 100;

/** 200 requests a second on the source, 100 on the target, of which every tenth fails. */
function page(ticks: number): string {
  return [...side('source', 20 * ticks, 0, 0.1), ...side('target', 10 * ticks, ticks, 0.2), ''].join('\n');
}

function side(name: string, requests: number, errors: number, seconds: number): string[] {
  return [
    `${name}_requests_total{code="200"} ${requests - errors}`,
    `${name}_requests_total{code="500"} ${errors}`,
    ...BOUNDS.map((bound) => `${name}_seconds_bucket{le="${bound}"} ${seconds <= bound ? requests : 0}`),
    `${name}_seconds_bucket{le="+Inf"} ${requests}`,
  ];
}

/** Runs until it is stopped; binds loopback only. */
export class RealPrometheus {
  readonly startedMs = Date.now();

  private constructor(
    readonly url: string,
    private readonly program: ChildProcess,
    private readonly folder: string,
    private readonly exporter?: http.Server,
  ) {}

  /** Scrapes an exporter of its own twice a second. */
  static async start(program: string): Promise<RealPrometheus> {
    const startedMs = Date.now();
    const exporter = http.createServer((_request, response) =>
      response.end(page(Math.floor((Date.now() - startedMs) / TICK_MS))),
    );
    const job = `{job_name: lab, static_configs: [{targets: ["127.0.0.1:${await listen(exporter)}"]}]}`;
    const config = `{global: {scrape_interval: 500ms}, scrape_configs: [${job}]}`;
    const { url, child, folder } = await launch(program, config, []);
    return new RealPrometheus(url, child, folder, exporter);
  }

  /** Scrapes nothing and takes what is written to it, native histograms too. Ready for it when this returns. */
  static async startEmpty(program: string): Promise<RealPrometheus> {
    const options = ['--enable-feature=native-histograms', '--web.enable-remote-write-receiver'];
    const { url, child, folder } = await launch(program, '{}', options);
    const prometheus = new RealPrometheus(url, child, folder);
    await isReady(url);
    return prometheus;
  }

  async stop(): Promise<void> {
    const gone = once(this.program, 'exit');
    this.program.kill('SIGKILL');
    await gone;
    this.exporter?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function launch(
  program: string,
  config: string,
  options: readonly string[],
): Promise<{ url: string; child: ChildProcess; folder: string }> {
  const probe = createServer();
  const port = await listen(probe);
  await new Promise((resolve) => probe.close(resolve));
  const folder = mkdtempSync(path.join(tmpdir(), 'crossfade-prometheus-'));
  const file = path.join(folder, 'prometheus.yml');
  writeFileSync(file, config);
  const args = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${path.join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    ...options,
  ];
  return { url: `http://127.0.0.1:${port}`, child: spawn(program, args, { stdio: 'ignore' }), folder };
}

const READY_WITHIN_MS = 30_000;
const ASK_EVERY_MS = 100;

async function isReady(url: string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    const status = await fetch(`${url}/-/ready`).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 200) return;
    await delay(ASK_EVERY_MS);
  }
  throw new Error(`Prometheus was not ready within ${READY_WITHIN_MS} ms`);
}

export async function listen(server: {
  listen(port: number, host: string, done: () => void): unknown;
  address(): unknown;
}): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
