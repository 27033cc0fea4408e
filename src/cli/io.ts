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
  /** Of the terminal; of something usual where there is none. Unit: characters. */
  screenSize(): { readonly columns: number; readonly rows: number };
  /**
   * Takes the keyboard until the answer is called. undefined: there is none.
   * @param press gets one character at a time, or a whole escape sequence; Ctrl-C is one of them, and ends nothing by itself.
   */
  readonly listenToKeys?: ((press: (key: string) => void) => () => void) | undefined;
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
    screenSize: () => ({ columns: process.stdout.columns ?? 80, rows: process.stdout.rows ?? 24 }),
    listenToKeys: process.stdin.isTTY ? listenToKeys : undefined,
    user: currentUser(),
    env: process.env,
    now: Date.now,
    sleep: (durationMs) => delay(durationMs),
  };
}

function listenToKeys(press: (key: string) => void): () => void {
  const { stdin } = process;
  const take = (chunk: string): void => {
    // The sequence of one key comes in one piece; what was pasted comes as many characters.
    if (chunk.startsWith('\u001b')) press(chunk);
    else for (const key of chunk) press(key);
  };
  stdin.setEncoding('utf8');
  stdin.setRawMode(true);
  stdin.on('data', take);
  return () => {
    stdin.off('data', take);
    stdin.setRawMode(false);
    stdin.pause();
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
