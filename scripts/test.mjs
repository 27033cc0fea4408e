/**
 * `npm test [-- PATTERN…]`: set-up, then Jest. The last line of standard output is `N passed, N failed` (and
 * `, N skipped` where some were), counted from Jest's own result. `--full` adds what takes long.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SetupError, setup } from './setup.mjs';
import { findChromium } from './chromium.mjs';
import { findPrometheus } from './prometheus.mjs';
import { findGoProgram } from './go-program.mjs';
import { findSkippingServer } from './skipping-server.mjs';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
/** How long Jest may take to end after it was asked to. */
const END_MS_MAX = 10_000;
/** These drive live traffic and judge its latency: nothing else may compete for the processors. */
const LIVE = ['/test/e2e/', '/test/lab/live'];
/** What takes a minute or more, or a lab of its own, beside tests that look at the same in less. */
const FULL_ONLY = '/test/(e2e/(endpoint-trouble|permissions)|lab/live-dms|workflows/playbook)';
const GROUPS = [
  // Most of them wait for timers more than for processors.
  ['--maxWorkers=3', '--testPathIgnorePatterns', ...LIVE, FULL_ONLY],
  // Patterns first: the option takes all that follows it.
  [...LIVE, '--maxWorkers=1', '--testPathIgnorePatterns', FULL_ONLY],
];
const FULL_GROUPS = [
  ['--maxWorkers=3', '--testPathIgnorePatterns', ...LIVE],
  [...LIVE, '--maxWorkers=1'],
];
const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

async function main(args) {
  const full = args.includes('--full');
  const patterns = args.filter((arg) => arg !== '--full');
  const programs = {};
  try {
    await setup();
    if (full || patterns.length > 0) programs.CROSSFADE_SKIPPING_SERVER = await findSkippingServer();
    programs.CROSSFADE_PROMETHEUS = await findPrometheus();
    programs.CROSSFADE_CHROMIUM = await findChromium();
    programs.CROSSFADE_VERSITYGW = await findGoProgram('versitygw');
    // They take minutes to build, for a few tests: whoever has them, from a bench or so, runs those as well.
    programs.CROSSFADE_RCLONE = await findGoProgram('rclone', { mayBuild: full });
    programs.CROSSFADE_REGISTRY_SERVER = await findGoProgram('registry', { mayBuild: full });
    programs.CROSSFADE_CRANE = await findGoProgram('crane', { mayBuild: full });
  } catch (error) {
    process.stderr.write(`${error instanceof SetupError ? `set-up: ${error.message}` : error.stack}\n`);
    return finish({ passed: 0, failed: 1, skipped: 0 }, 1);
  }
  const folder = mkdtempSync(path.join(os.tmpdir(), 'crossfade-test-'));
  try {
    const env = {
      ...process.env,
      ...(full ? { CROSSFADE_TEST_FULL: '1' } : {}),
      ...Object.fromEntries(Object.entries(programs).filter(([, file]) => file !== undefined)),
    };
    let counts = { passed: 0, failed: 0, skipped: 0 };
    let worstCode = 0;
    for (const group of patterns.length > 0 ? [['--maxWorkers=2', ...patterns]] : full ? FULL_GROUPS : GROUPS) {
      const outputFile = path.join(folder, 'result.json');
      rmSync(outputFile, { force: true });
      const { code, signal } = await runJest(['--json', `--outputFile=${outputFile}`, ...group], env);
      if (signal !== null) {
        process.stderr.write(`test: ended by ${signal}\n`);
        return 128 + (SIGNAL_NUMBERS[signal] ?? 0);
      }
      counts = addCounts(counts, countResult(readResult(outputFile)));
      worstCode = Math.max(worstCode, code);
    }
    return finish(counts, worstCode);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** With `--json` Jest's report goes to standard error, and standard output is ours. */
function runJest(args, env) {
  return new Promise((resolve) => {
    const jest = path.join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
    const child = spawn(process.execPath, [jest, ...args], { cwd: ROOT, env, stdio: ['ignore', 'ignore', 'inherit'] });
    let asked = null;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      process.on(signal, () => {
        // A second Ctrl-C does not wait.
        child.kill(asked === null ? signal : 'SIGKILL');
        asked ??= signal;
        setTimeout(() => child.kill('SIGKILL'), END_MS_MAX).unref();
      });
    }
    child.on('error', (error) => {
      process.stderr.write(`test: Jest does not start: ${error.message}\n`);
      resolve({ code: 1, signal: null });
    });
    child.on('close', (code, signal) => resolve({ code: code ?? 1, signal: asked ?? signal }));
  });
}

/** undefined: Jest ended before it could say anything. */
function readResult(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** A file that could not run counts as one failure: it holds tests that nobody saw. */
export function countResult(result) {
  if (result === undefined) return { passed: 0, failed: 1, skipped: 0 };
  return {
    passed: result.numPassedTests,
    failed: result.numFailedTests + result.numRuntimeErrorTestSuites,
    skipped: result.numPendingTests + result.numTodoTests,
  };
}

function addCounts(a, b) {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/** No test executed is no success, whatever Jest says. */
export function exitCodeFor({ passed, failed }, jestCode) {
  if (failed > 0 || passed === 0) return 1;
  return jestCode;
}

export function plainLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

function finish(counts, jestCode) {
  const exitCode = exitCodeFor(counts, jestCode);
  if (counts.passed + counts.failed === 0) process.stderr.write('test: no test was executed\n');
  else if (exitCode !== 0 && counts.failed === 0)
    process.stderr.write(`test: Jest ended with ${jestCode} though no test failed\n`);
  process.stdout.write(`${plainLine(counts)}\n`);
  return exitCode;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(path.resolve(process.argv[1])).href) {
  process.exitCode = await main(process.argv.slice(2));
}
