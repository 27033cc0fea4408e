import { createCli } from '../../src/cli/cli';
import type { Interruption } from '../../src/cli/cli';
import { main } from '../../src/cli/main';
import { NOW_MS } from './support';

/** Between two users. */
const EVERY_MS = 15;

/** The command, running; a test interrupts it, or it ends by itself. */
export class RunningCapture {
  readonly out: string[] = [];
  /** Where it listens. */
  readonly url: Promise<string>;
  readonly code: Promise<number>;
  interrupt: () => void = () => undefined;

  constructor(command: readonly string[]) {
    let found: (url: string) => void = () => undefined;
    this.url = new Promise((resolve) => (found = resolve));
    const io = {
      out: (line: string) => void this.out.push(line),
      err: (line: string) => {
        const port = /port (\d+)/.exec(line)?.[1];
        if (port !== undefined) found(`http://127.0.0.1:${port}`);
      },
      write: () => undefined,
      isTerminal: false,
      screenSize: () => ({ columns: 80, rows: 24 }),
      user: 'anna',
      env: {},
      now: () => NOW_MS,
      sleep: async () => undefined,
    };
    const happened = new Promise<void>((resolve) => (this.interrupt = resolve));
    const interruption = (): Interruption => ({ happened, ignore: () => undefined });
    this.code = main(['node', 'crossfade', ...command], { ...createCli(io), interruption });
  }

  async ask(path: string, body: unknown): Promise<number> {
    const headers = { 'content-type': 'application/json', authorization: 'SECRET' };
    const reply = await fetch(`${await this.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    await reply.text();
    return reply.status;
  }

  /** As users do: not all at once. */
  async askSteadily(count: number): Promise<void> {
    const statuses: Promise<number>[] = [];
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        statuses.push(this.ask('/invocations', { x: statuses.length }));
        if (statuses.length < count) return;
        clearInterval(timer);
        resolve();
      }, EVERY_MS);
    });
    await Promise.all(statuses);
  }
}
