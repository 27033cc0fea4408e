/** `node scripts/run.mjs PROGRAM ARGS…`: set-up first, then the program, with its signals and its exit code. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupError, setup } from './setup.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const [program, ...args] = process.argv.slice(2);

async function main() {
  if (program === undefined) {
    process.stderr.write('usage: node scripts/run.mjs PROGRAM ARGS…\n');
    return 2;
  }
  try {
    await setup();
  } catch (error) {
    process.stderr.write(`${error instanceof SetupError ? `set-up: ${error.message}` : error.stack}\n`);
    return 1;
  }
  return runProgram(path.resolve(root, program), args);
}

function runProgram(file, programArgs) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [file, ...programArgs], {
      stdio: 'inherit',
      env: { NODE_NO_WARNINGS: '1', ...process.env },
    });
    // Ctrl-C reaches the child through the terminal already; others are sent to us alone.
    process.on('SIGINT', () => undefined);
    for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
    child.on('close', (code, signal) => resolve(signal === null ? code : 128 + (SIGNAL_NUMBERS[signal] ?? 0)));
  });
}

const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

process.exitCode = await main();
