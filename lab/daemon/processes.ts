/** Starts and ends the lab's processes. Every one of them dies with the daemon, however the daemon dies. */
import { fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { environmentWithoutCloud } from '../aws-env';
import { LOOPBACK } from '../loopback';
import { ChildChannel } from '../rpc';
import { recordProcess, signalRecorded } from '../state';
import type { RecordedProcess } from '../state';
import { program } from '../tools';

/** Asks the kernel to kill the process when its parent dies (Linux), then becomes the program. `PR_SET_PDEATHSIG` is 1. */
const GUARD = `
import ctypes, os, sys
try:
    ctypes.CDLL(None).prctl(1, 9)
except Exception:
    pass
if os.getppid() != int(sys.argv[1]):
    sys.exit(1)
os.execvp(sys.argv[2], sys.argv[2:])
`;

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 5_000;

export interface NodeChild<Ready> {
  readonly channel: ChildChannel;
  readonly ready: Ready;
}

interface Running {
  readonly recorded: RecordedProcess;
  readonly child: ChildProcess;
}

export class ProcessTable {
  private readonly running = new Map<string, Running>();
  private stopping = false;

  constructor(
    private readonly dir: string,
    private readonly python: string,
    /** Called whenever a process came or went. */
    private readonly changed: () => void,
  ) {}

  recorded(): RecordedProcess[] {
    return [...this.running.values()].map(({ recorded }) => recorded);
  }

  pidOf(name: string): number | undefined {
    return this.running.get(name)?.recorded.pid;
  }

  /** A program of the lab's own, with an IPC channel; resolves when it says it is ready. */
  async startNode<Ready>(name: string, script: string, env: Record<string, string>): Promise<NodeChild<Ready>> {
    const log = this.openLog(name);
    const child = fork(program(script), [], {
      env: { ...environmentWithoutCloud(), ...env, NODE_NO_WARNINGS: '1' },
      execArgv: ['--max-old-space-size=160', '--max-semi-space-size=4'],
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    const channel = new ChildChannel(name, child);
    this.add(name, child);
    const ready = await this.firstOf(
      name,
      child,
      new Promise<Ready>((resolve) => channel.on('ready', resolve as (data: never) => void)),
    );
    return { channel, ready };
  }

  /** Any other program; resolves when it accepts connections on `port`. */
  async startForeign(
    name: string,
    command: readonly string[],
    env: Record<string, string>,
    port?: number,
  ): Promise<void> {
    const log = this.openLog(name);
    const child = spawn(this.python, ['-I', '-c', GUARD, String(process.pid), ...command], {
      env: { ...environmentWithoutCloud(), ...env },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.add(name, child);
    if (port !== undefined) await this.firstOf(name, child, waitForPort(port));
  }

  signal(name: string, signal: NodeJS.Signals): void {
    const entry = this.running.get(name);
    if (entry !== undefined) signalRecorded(entry.recorded, signal);
  }

  /** Asks politely, then insists. Resolves when it is gone. */
  async stop(name: string, signal: NodeJS.Signals = 'SIGTERM', graceMs = STOP_TIMEOUT_MS): Promise<void> {
    const entry = this.running.get(name);
    if (entry === undefined) return;
    const gone = exitOf(entry.child);
    signalRecorded(entry.recorded, signal);
    await Promise.race([gone, delay(graceMs, undefined, { ref: false })]);
    signalRecorded(entry.recorded, 'SIGKILL');
    await gone;
  }

  async stopAll(): Promise<void> {
    this.stopping = true;
    await Promise.all([...this.running.keys()].map((name) => this.stop(name)));
  }

  private add(name: string, child: ChildProcess): void {
    if (child.pid === undefined) throw new Error(`${name} could not be started`);
    const running = { recorded: recordProcess(name, child.pid), child };
    this.running.set(name, running);
    this.changed();
    // Asked to stop in the middle of starting: what comes now is too late.
    if (this.stopping) signalRecorded(running.recorded, 'SIGKILL');
    child.on('exit', (code, signal) => {
      if (this.running.get(name) === running) this.running.delete(name);
      if (!this.stopping) console.error(`${name} ended: ${signal ?? code}`);
      this.changed();
    });
  }

  private async firstOf<T>(name: string, child: ChildProcess, ready: Promise<T>): Promise<T> {
    const log = path.join(this.dir, `${name}.log`);
    const ended = exitOf(child).then(() => Promise.reject(new Error(`${name} ended while starting; see ${log}`)));
    const late = delay(READY_TIMEOUT_MS, undefined, { ref: false }).then(() =>
      Promise.reject(new Error(`${name} was not ready in ${READY_TIMEOUT_MS / 1000} s; see ${log}`)),
    );
    ended.catch(() => undefined);
    late.catch(() => undefined);
    return Promise.race([ready, ended, late]);
  }

  private openLog(name: string): number {
    return openSync(path.join(this.dir, `${name}.log`), 'a');
  }
}

function exitOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

async function waitForPort(port: number): Promise<void> {
  while (!(await accepts(port))) await delay(50);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, LOOPBACK);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
