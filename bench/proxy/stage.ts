import { spawn } from 'node:child_process';
import path from 'node:path';
import { findFreePort, LOOPBACK } from '../../lab/loopback';
import { program } from '../../lab/tools';
import { lapOf } from '../support/open-loop';
import type { Lap } from '../support/open-loop';
import { untilListening } from '../tap/listening';
import { ended, startGenerator, startModel } from '../tap/processes';
import type { Generator, Model, Running } from '../tap/processes';

export const PATHS = ['direct', 'sdk', 'proxy'] as const;
export type PathName = (typeof PATHS)[number];
export const ENDPOINT = 'ranker';

/** A model and three ways to it: plain HTTP, the SDK, and plain HTTP through the proxy. */
export class Stage {
  private constructor(
    private readonly model: Model,
    readonly proxy: Running,
    private readonly plain: Generator,
    private readonly invoker: Generator,
  ) {}

  static async use<T>(play: (stage: Stage) => Promise<T>): Promise<T> {
    const model = await startModel(0);
    const env = awsEnv(model.port);
    const invoker = startGenerator(path.join(__dirname, 'invoker.js'), env);
    const stage = new Stage(model, await startProxy(env), startGenerator(), invoker);
    const stop = (): void => void stage.stop().finally(() => process.exit(130));
    process.once('SIGINT', stop).once('SIGTERM', stop);
    try {
      return await play(stage);
    } finally {
      process.off('SIGINT', stop).off('SIGTERM', stop);
      await stage.stop();
    }
  }

  async lap(name: PathName, dueMs: readonly number[], bodyBytes: number): Promise<Lap> {
    const { port } = name === 'proxy' ? this.proxy : this.model;
    const generator = name === 'sdk' ? this.invoker : this.plain;
    return lapOf(await generator.play({ port, dueMs, bodyBytes }));
  }

  private async stop(): Promise<void> {
    await Promise.all([this.plain, this.invoker, this.proxy, this.model].map((each) => each.stop()));
  }
}

/** The model answers to every path, so it serves as the runtime too. */
function awsEnv(port: number): Record<string, string> {
  const url = `http://${LOOPBACK}:${port}`;
  return {
    AWS_ENDPOINT_URL_SAGEMAKER: url,
    AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: url,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
  };
}

/** The product's own process. */
async function startProxy(env: Record<string, string>): Promise<Running> {
  const port = await findFreePort();
  const child = spawn(process.execPath, [program('src/proxy/main.js')], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      ...env,
      CROSSFADE_PROXY_LISTEN: `${LOOPBACK}:${port}`,
      CROSSFADE_PROXY_ENDPOINT: ENDPOINT,
      CROSSFADE_PROXY_DRAIN_SECONDS: '0',
    },
  });
  await untilListening(port, child);
  return { port, pid: child.pid ?? 0, stop: () => ended(child) };
}
