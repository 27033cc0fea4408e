import { userInfo } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

/** What a command touches besides Temporal and AWS; a test brings its own. */
export interface Io {
  /** Adds the line's end itself. */
  out(line: string): void;
  err(line: string): void;
  /** Without a line's end: for redrawing. */
  write(text: string): void;
  /** Whether a person watches standard output, so that it may be redrawn. */
  readonly isTerminal: boolean;
  readonly user: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970. */
  now(): number;
  sleep(durationMs: number): Promise<void>;
}

export function processIo(): Io {
  // Whoever reads only the beginning, such as `head`, has not failed.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  return {
    out: (line) => process.stdout.write(`${line}\n`),
    err: (line) => process.stderr.write(`${line}\n`),
    write: (text) => process.stdout.write(text),
    isTerminal: process.stdout.isTTY === true && process.env['TERM'] !== 'dumb',
    user: currentUser(),
    env: process.env,
    now: Date.now,
    sleep: (durationMs) => delay(durationMs),
  };
}

/** In a container the user may have no name. */
function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env['USER'] ?? 'unknown';
  }
}
