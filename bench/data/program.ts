/** One run of a program, with what it cost. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { processMb } from '../support/memory';
import { processorMs } from '../support/processor';

export interface Run {
  readonly seconds: number;
  /** Most that it held at once. Unit: MB. */
  readonly mbMax: number;
  /** Of all its threads, to within the last SAMPLE_EVERY_MS. */
  readonly processorSeconds: number;
  readonly output: string;
  /** null: ended by a signal. */
  readonly code: number | null;
}

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

const SAMPLE_EVERY_MS = 100;
const OUTPUT_SHOWN = 4_000;

/** @param killAfterMs SIGKILL after that time, if it still runs. */
export async function run({ program, args, env }: Command, killAfterMs?: number): Promise<Run> {
  const startedMs = performance.now();
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  let [mbMax, processorSeconds] = [0, 0];
  const sampling = setInterval(() => {
    const pid = child.pid ?? 0;
    try {
      processorSeconds = processorMs(pid) / 1_000;
      mbMax = Math.max(mbMax, processMb(pid).rss);
    } catch {
      // It has just ended.
    }
  }, SAMPLE_EVERY_MS);
  const killing = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(sampling);
  clearTimeout(killing);
  const output = Buffer.concat(chunks).toString('utf8');
  return { seconds: (performance.now() - startedMs) / 1_000, mbMax, processorSeconds, output, code };
}

/** @throws Error with the end of what it said, when it does not end with 0. */
export async function runWell(command: Command): Promise<Run> {
  const made = await run(command);
  if (made.code !== 0) {
    const said = made.output.slice(-OUTPUT_SHOWN);
    throw new Error(`${command.program} ${command.args.join(' ')} ended with ${made.code}: ${said}`);
  }
  return made;
}
