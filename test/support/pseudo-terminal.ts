/** A program on a terminal of the kernel's own, as a person has it; Python makes the terminal. */
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

const OPEN = 'import os,pty,sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';
/** The new terminal has no size before it is given one. */
const SIZED = 'stty rows 40 columns 100 && exec "$@"';

export class PseudoTerminal {
  private text = '';
  private readonly listeners = new Set<() => void>();

  private constructor(private readonly child: ChildProcessByStdio<Writable, Readable, null>) {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      this.text += chunk;
      for (const look of this.listeners) look();
    });
  }

  /** @param env of the program; without this process's own. */
  static open(command: readonly string[], env: NodeJS.ProcessEnv): PseudoTerminal {
    const args = ['-c', OPEN, 'sh', '-c', SIZED, 'sh', ...command];
    return new PseudoTerminal(spawn('python3', args, { env, stdio: ['pipe', 'pipe', 'inherit'] }));
  }

  /** Of Python; the program is its child. */
  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** All that was ever drawn. */
  get shown(): string {
    return this.text;
  }

  type(keys: string): void {
    this.child.stdin.write(keys);
  }

  /** Resolves once the words were drawn after what is drawn now. Rejects after the time, with the end of the screen. */
  async shows(words: string, withinMs = 30_000): Promise<void> {
    const from = this.text.length;
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (!this.text.includes(words, from)) return;
        clearTimeout(timer);
        this.listeners.delete(look);
        resolve();
      };
      const timer = setTimeout(() => {
        this.listeners.delete(look);
        reject(new Error(`waited for ${words}; last drawn: ${this.text.slice(-1_000)}`));
      }, withinMs);
      this.listeners.add(look);
    });
  }

  /** Of the program. */
  async exitCode(): Promise<number | null> {
    if (this.child.exitCode === null) await once(this.child, 'exit');
    return this.child.exitCode;
  }

  /** Whatever still runs is ended: its terminal is gone. */
  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }
}
