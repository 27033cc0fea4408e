/**
 * `npm run verify`: everything that can be checked without running the product. Set-up first, then one line per check
 * with its time; the first that fails shows its output and ends the run. The tests are `npm test`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupError, setup } from './setup.mjs';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const NAME_WIDTH = 22;

/** @typedef {{ ok: boolean, output?: string, note?: string }} Outcome */

/** In order: what is cheap and most often wrong comes first. Each says what it needs, so that any may be run alone. */
const CHECKS = {
  format: () => runNode('prettier/bin/prettier.cjs', ['--check', '--log-level', 'warn', '.']),
  types: () => runNode('typescript/bin/tsc', ['--noEmit', '-p', 'tsconfig.json']),
  lint: () => runNode('eslint/bin/eslint.js', ['--max-warnings', '0', '.']),
  'generated files': () => checkGenerated(),
  'compose file': () => checkCompose(),
};

async function main(names) {
  const unknown = names.filter((name) => !(name in CHECKS));
  if (unknown.length > 0) {
    process.stderr.write(
      `verify: there is no check ${unknown.join(', ')}; there are: ${Object.keys(CHECKS).join(', ')}\n`,
    );
    return 2;
  }
  if (!(await prepare())) return 1;
  // All at once, because one processor is not enough for them; told in their order.
  const started = (names.length > 0 ? names : Object.keys(CHECKS)).map((name) => ({ name, timed: time(CHECKS[name]) }));
  for (const { name, timed } of started) {
    if (!report(name, await timed)) return 1;
  }
  return 0;
}

/** Checks need packages and a build; no server. */
async function prepare() {
  const timed = await time(async () => {
    try {
      await setup({ need: ['build'] });
      return { ok: true };
    } catch (error) {
      return { ok: false, output: error instanceof SetupError ? error.message : error.stack };
    }
  });
  return report('set-up', timed);
}

/** @param {() => Promise<Outcome>} check */
async function time(check) {
  const startedMs = Date.now();
  const outcome = await check();
  return { ...outcome, tookMs: Date.now() - startedMs };
}

/** @param {Outcome & { tookMs: number }} timed */
function report(name, { ok, output = '', note, tookMs }) {
  const seconds = (tookMs / 1_000).toFixed(1).padStart(6);
  process.stdout.write(
    `${ok ? 'ok  ' : 'FAIL'} ${name.padEnd(NAME_WIDTH)}${seconds} s${note === undefined ? '' : `  ${note}`}\n`,
  );
  if (!ok && output !== '') process.stdout.write(`${output.trimEnd()}\n`);
  return ok;
}

/** Runs a program of node_modules. @returns {Promise<Outcome>} */
function runNode(program, args) {
  return runProgram(process.execPath, [path.join(ROOT, 'node_modules', program), ...args], ROOT);
}

/** @returns {Promise<Outcome>} */
function runProgram(command, args, cwd) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    child.on('error', (error) => resolve({ ok: false, output: error.message }));
    child.on('close', (code, signal) => {
      const output = Buffer.concat(chunks).toString('utf8');
      resolve({ ok: code === 0, output: signal === null ? output : `${output}\nended by ${signal}` });
    });
  });
}

/** Generates into an empty folder and compares, so that nothing in the work tree is touched. @returns {Promise<Outcome>} */
async function checkGenerated() {
  const draft = mkdtempSync(path.join(os.tmpdir(), 'crossfade-generated-'));
  try {
    mkdirSync(path.join(draft, 'schema'));
    const made = await runProgram(process.execPath, [path.join(ROOT, 'dist/src/spec/generate-schema.js')], draft);
    if (!made.ok) return made;
    const stale = listFiles(draft).filter((name) => !sameContent(path.join(draft, name), path.join(ROOT, name)));
    const output = `${stale.join(', ')}: not what the code generates; run: node dist/src/spec/generate-schema.js`;
    return { ok: stale.length === 0, output };
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function listFiles(folder) {
  const names = readdirSync(folder, { recursive: true }).map(String);
  return names.filter((name) => statSync(path.join(folder, name)).isFile());
}

function sameContent(made, kept) {
  try {
    return readFileSync(made).equals(readFileSync(kept));
  } catch {
    return false;
  }
}

/** Needs the compose plugin only, not a running Docker. Where there is none, it says so. @returns {Promise<Outcome>} */
async function checkCompose() {
  const command = [['docker', 'compose'], ['docker-compose']].find(
    ([program, ...args]) => spawnSync(program, [...args, 'version'], { stdio: 'ignore', timeout: 20_000 }).status === 0,
  );
  if (command === undefined) return { ok: true, note: 'not checked: docker compose is not installed here' };
  const [program, ...args] = command;
  return runProgram(
    program,
    [...args, '--profile', 'trial', '--profile', 'observe', '-f', 'docker-compose.yml', 'config', '-q'],
    ROOT,
  );
}

process.exitCode = await main(process.argv.slice(2));
