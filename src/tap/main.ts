import { MigrationError } from '../domain/errors';
import { readTapConfig } from './config';
import { ThreadExaminer } from './examiner';
import { startTap } from './tap';

/** Runs until SIGTERM or SIGINT, then answers what is under way and ends. */
export async function runTap(env: NodeJS.ProcessEnv): Promise<void> {
  const config = readTapConfig(env);
  const tap = await startTap(config, {
    now: Date.now,
    examiner: new ThreadExaminer((reason) => console.error(`tap: the comparing thread ended: ${reason}`)),
    timeoutMs: config.copyTimeoutMs,
  });
  console.log(
    `tap: ${config.listen.host}:${tap.listenPort} answers from ${config.source.href}; control on ${config.control.host}:${tap.controlPort}`,
  );
  await new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  console.log('tap: stopping');
  await tap.stop();
}

if (require.main === module) {
  runTap(process.env).catch((error: unknown) => {
    console.error(error instanceof MigrationError ? `${error.code}: ${error.message}` : error);
    process.exit(1);
  });
}
