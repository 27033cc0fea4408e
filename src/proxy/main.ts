import { MigrationError } from '../domain/errors';
import { readProxyConfig } from './config';
import { startProxy } from './proxy';

/** Runs until SIGTERM or SIGINT, then drains and ends. */
export async function runProxy(env: NodeJS.ProcessEnv): Promise<void> {
  const config = readProxyConfig(env);
  const say = (line: string): void => console.log(`invoke-proxy: ${line}`);
  const proxy = await startProxy(config, { now: Date.now, random: Math.random, log: say });
  say(`${config.listen.host}:${proxy.port} asks the endpoint ${config.endpoint}`);
  await new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  say(`stopping; requests are taken for ${config.drainMs / 1_000} s more`);
  await proxy.stop();
}

if (require.main === module) {
  runProxy(process.env).catch((error: unknown) => {
    console.error(error instanceof MigrationError ? `${error.code}: ${error.message}` : error);
    process.exit(1);
  });
}
