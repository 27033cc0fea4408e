/**
 * Everything that a bare clone needs: packages, build, Temporal, emulators. Idempotent, quick when nothing changed.
 * Run it (`npm run setup`), or import `setup` and await it. Plain JavaScript without dependencies: nothing is installed yet.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
export const CACHE =
  process.env.CROSSFADE_CACHE ??
  path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'crossfade');
const TOOLS_FILE = path.join(ROOT, 'dist', 'tools.json');
const TEMPORAL_VERSION = '1.5.1';
const EMULATOR_PACKAGES = [
  'moto==5.2.5',
  'flask',
  'flask-cors',
  'PyYAML',
  'py-partiql-parser',
  'joserfc',
  'ministack==1.5.33',
];
const PYTHON_MIN = [3, 11];
const NODE_MIN = [20, 19];
/** A download that has not begun by then is taken for impossible (offline, blocked). */
const DOWNLOAD_BEGIN_MS = 10_000;
const DOWNLOAD_MAX_MS = 300_000;
const LOCK_WAIT_MS = 15 * 60_000;

/** A thing that cannot be had; the message is one sentence for the user. */
export class SetupError extends Error {}

/**
 * @param {{quiet?: boolean, need?: ('build' | 'temporal' | 'emulators')[]}} options
 * @returns {Promise<{temporal?: string, python?: string, venv?: string, botocoreData?: string}>}
 */
export async function setup({ quiet = false, need = ['build', 'temporal', 'emulators'] } = {}) {
  const say = (text) => quiet || process.stderr.write(`set-up: ${text}\n`);
  checkNode();
  mkdirSync(path.join(CACHE, 'locks'), { recursive: true });
  if (need.includes('build')) {
    const lock = `project-${createHash('sha256').update(ROOT).digest('hex').slice(0, 12)}`;
    await withLock(lock, say, async () => {
      await installPackages(say);
      await build(say);
    });
  }
  const tools = readTools();
  if (need.includes('temporal')) tools.temporal = await findTemporal(say);
  if (need.includes('emulators')) Object.assign(tools, await findEmulators(say));
  writeTools(tools);
  return tools;
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) return;
  throw new SetupError(`Node ${NODE_MIN.join('.')} or newer is needed; this is ${process.versions.node}.`);
}

// ---- packages and build ----

async function installPackages(say) {
  if (packagesMatchLock()) return;
  say('installing packages (npm registry → node_modules/)');
  const quietly = ['--no-audit', '--no-fund', '--loglevel=error'];
  try {
    await run('npm', ['ci', ...quietly], { cwd: ROOT, silent: true }, 'npm ci');
  } catch {
    // `npm ci` refuses a lock file that lacks optional packages of other platforms, which is what npm writes against a
    // registry that has not got them. `npm install` takes every version that the lock names, and --no-save leaves it alone.
    say('npm ci refused the lock file; installing what it names with npm install');
    const args = ['install', '--no-save', ...quietly];
    await run('npm', args, { cwd: ROOT }, 'npm could not install the packages');
  }
}

/** npm's own record of what it installed, compared with the lock file; packages for other platforms may be absent. */
function packagesMatchLock() {
  const record = path.join(ROOT, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages ?? {};
  const wanted = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')).packages ?? {};
  return Object.entries(wanted).every(([name, entry]) => {
    if (name === '' || entry.link) return true;
    if (installed[name] === undefined) return entry.optional === true || entry.peer === true;
    return installed[name].version === entry.version;
  });
}

async function build(say) {
  const stamp = path.join(ROOT, 'dist', '.built');
  const fingerprint = sourcesFingerprint();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint) return;
  say('compiling (src, lab, bench → dist/) and bundling the workflows');
  const script = path.join(ROOT, 'scripts', 'build.mjs');
  await run(process.execPath, [script], { cwd: ROOT }, 'the sources do not compile');
  writeFileSync(stamp, fingerprint);
}

/** Names, sizes and times of everything that goes into the build: a deleted file changes it as well. */
function sourcesFingerprint() {
  const hash = createHash('sha256');
  const add = (file) => {
    const { mtimeMs, size } = statSync(file);
    hash.update(`${path.relative(ROOT, file)} ${mtimeMs} ${size}\n`);
  };
  for (const folder of ['src', 'lab', 'bench', 'test/support']) {
    const entries = existsSync(path.join(ROOT, folder))
      ? readdirSync(path.join(ROOT, folder), { recursive: true })
      : [];
    for (const name of entries.map(String).sort())
      if (name.endsWith('.ts') || name.endsWith('.json')) add(path.join(ROOT, folder, name));
  }
  for (const name of ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json']) add(path.join(ROOT, name));
  return hash.digest('hex');
}

// ---- Temporal ----

async function findTemporal(say) {
  const given = process.env.CROSSFADE_TEMPORAL;
  if (given) {
    if (isTemporal(given)) return path.resolve(given);
    throw new SetupError(`CROSSFADE_TEMPORAL is ${given}, which is not a Temporal CLI that runs here.`);
  }
  const onPath = findOnPath('temporal');
  if (onPath !== undefined && isTemporal(onPath)) return onPath;
  const folder = path.join(CACHE, `temporal-${TEMPORAL_VERSION}`);
  const cached = path.join(folder, 'temporal');
  if (isTemporal(cached)) return cached;
  return withLock('temporal', say, async () => {
    if (isTemporal(cached)) return cached;
    if (!(await downloadTemporal(folder, say)) && !(await buildTemporal(folder, say))) {
      throw new SetupError(
        `Temporal could not be had: no CROSSFADE_TEMPORAL, no temporal on PATH, none in ${folder}, no download by the Temporal SDK, and no build with \`go install github.com/temporalio/cli/cmd/temporal@v${TEMPORAL_VERSION}\` (is Go installed?); install any one of these.`,
      );
    }
    return cached;
  });
}

function isTemporal(file) {
  if (!existsSync(file)) return false;
  const result = spawnSync(file, ['--version'], { encoding: 'utf8', timeout: 20_000 });
  return result.status === 0 && /server/i.test(result.stdout);
}

/** The Temporal SDK's own download. It starts the server it fetched; we only want the file. */
async function downloadTemporal(folder, say) {
  const draft = mkdtempSync(path.join(CACHE, 'temporal-draft-'));
  say(`fetching Temporal ${TEMPORAL_VERSION} (the Temporal SDK's download → ${folder})`);
  const script = `
    const { TestWorkflowEnvironment } = require('@temporalio/testing');
    TestWorkflowEnvironment.createLocal({ server: { executable: { type: 'cached-download', version: 'v${TEMPORAL_VERSION}', downloadDir: ${JSON.stringify(draft)} } } })
      .then((env) => env.teardown()).then(() => process.exit(0), () => process.exit(1));`;
  try {
    await downloadWithin(script, draft);
    const file = readdirSync(draft)
      .map((name) => path.join(draft, name))
      .find(isTemporal);
    if (file === undefined) {
      say('the download is not reachable from here');
      return false;
    }
    adopt(file, folder);
    return true;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Ends with the child, or kills it: when nothing arrives in DOWNLOAD_BEGIN_MS, or the whole takes longer than DOWNLOAD_MAX_MS. */
export function downloadWithin(script, draft) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['-e', script], { cwd: ROOT, stdio: 'ignore' });
    const startedMs = Date.now();
    const timer = setInterval(() => {
      const age = Date.now() - startedMs;
      if ((age > DOWNLOAD_BEGIN_MS && readdirSync(draft).length === 0) || age > DOWNLOAD_MAX_MS) child.kill('SIGKILL');
    }, 250);
    child.on('close', (code) => {
      clearInterval(timer);
      resolve(code);
    });
  });
}

async function buildTemporal(folder, say) {
  if (findOnPath('go') === undefined) {
    say('there is no Go here to build Temporal with');
    return false;
  }
  const draft = mkdtempSync(path.join(CACHE, 'temporal-draft-'));
  say(`building Temporal ${TEMPORAL_VERSION} (Go modules → ${folder}); about 3 minutes`);
  try {
    await run(
      'go',
      ['install', `github.com/temporalio/cli/cmd/temporal@v${TEMPORAL_VERSION}`],
      { cwd: draft, env: { ...process.env, GOBIN: draft, GOFLAGS: '' } },
      'Go could not build Temporal',
    );
    adopt(path.join(draft, 'temporal'), folder);
    return true;
  } catch (error) {
    say(error.message);
    return false;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** One rename: nobody ever sees half a program. */
function adopt(file, folder) {
  mkdirSync(folder, { recursive: true });
  chmodSync(file, 0o755);
  renameSync(file, path.join(folder, 'temporal'));
}

// ---- emulators ----

async function findEmulators(say) {
  const hash = createHash('sha256').update(EMULATOR_PACKAGES.join('\n')).digest('hex').slice(0, 12);
  const venv = path.join(CACHE, `emulators-${hash}`);
  return emulatorsIn(venv) ?? withLock('emulators', say, async () => emulatorsIn(venv) ?? (await makeVenv(venv, say)));
}

function emulatorsIn(venv) {
  const python = path.join(venv, 'bin', 'python');
  if (
    !existsSync(python) ||
    !existsSync(path.join(venv, 'bin', 'moto_server')) ||
    !existsSync(path.join(venv, 'bin', 'ministack'))
  )
    return undefined;
  // The interpreter below it may have been upgraded away since.
  if (spawnSync(python, ['-c', ''], { timeout: 20_000 }).status !== 0) return undefined;
  const lib = path.join(venv, 'lib');
  const version = readdirSync(lib).find((name) => name.startsWith('python3')) ?? '';
  return { python, venv, botocoreData: path.join(lib, version, 'site-packages', 'botocore', 'data') };
}

async function makeVenv(venv, say) {
  const python = findPython();
  // Scripts in a virtual environment hold its path, so it is made where it stays and a link names the finished one.
  const made = mkdtempSync(`${venv}-`);
  say(`installing the AWS emulators moto and ministack (PyPI → ${venv})`);
  try {
    await run(python, ['-m', 'venv', made], {}, 'Python could not make a virtual environment');
    await run(
      path.join(made, 'bin', 'pip'),
      ['install', '--quiet', '--disable-pip-version-check', '--no-input', ...EMULATOR_PACKAGES],
      {},
      'pip could not install the AWS emulators',
    );
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    throw error;
  }
  const link = `${made}.link`;
  symlinkSync(made, link);
  rmSync(venv, { recursive: true, force: true });
  renameSync(link, venv);
  return emulatorsIn(venv);
}

function findPython() {
  const tried = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11'];
  for (const name of tried) {
    const result = spawnSync(name, ['-c', 'import sys, venv, ensurepip; print(*sys.version_info[:2])'], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    const [major, minor] = (result.stdout ?? '').trim().split(' ').map(Number);
    if (result.status === 0 && major === PYTHON_MIN[0] && minor >= PYTHON_MIN[1]) return name;
  }
  throw new SetupError(
    `Python ${PYTHON_MIN.join('.')} or newer with the venv module is needed for the AWS emulators; tried ${tried.join(', ')} (on Debian and Ubuntu: apt install python3 python3-venv).`,
  );
}

// ---- shared ----

export function findOnPath(name) {
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    const file = path.join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // Not here.
    }
  }
  return undefined;
}

/** Quiet unless it fails; then everything it said goes to stderr before the sentence that sums it up. */
export function run(command, args, { silent = false, ...options }, failure) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.on('error', (error) => reject(new SetupError(`${failure}: ${error.message}.`)));
    child.on('close', (code) => {
      if (code === 0) return resolve();
      if (!silent) process.stderr.write(Buffer.concat(output));
      reject(new SetupError(`${failure}: \`${[path.basename(command), ...args].join(' ')}\` ended with ${code}.`));
    });
  });
}

/** One set-up at a time per thing. A lock whose process is gone is taken over. */
export async function withLock(name, say, work) {
  const lock = path.join(CACHE, 'locks', name);
  const deadlineMs = Date.now() + LOCK_WAIT_MS;
  let told = false;
  while (!takeLock(lock)) {
    if (!told) say(`waiting for another set-up (${lock})`);
    told = true;
    if (Date.now() > deadlineMs)
      throw new SetupError(`Another set-up holds ${lock} for too long; remove it if none is running.`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function takeLock(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  try {
    process.kill(Number(readFileSync(lock, 'utf8')), 0);
  } catch (error) {
    if (error.code === 'ESRCH') rmSync(lock, { force: true });
  }
  return false;
}

function readTools() {
  return existsSync(TOOLS_FILE) ? JSON.parse(readFileSync(TOOLS_FILE, 'utf8')) : {};
}

function writeTools(tools) {
  mkdirSync(path.dirname(TOOLS_FILE), { recursive: true });
  const draft = `${TOOLS_FILE}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(tools, null, 2)}\n`);
  renameSync(draft, TOOLS_FILE);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(path.resolve(process.argv[1])).href) {
  try {
    const tools = await setup();
    process.stderr.write(`set-up: ready (Temporal ${tools.temporal}, emulators ${tools.venv})\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof SetupError ? `set-up: ${error.message}` : error.stack}\n`);
    process.exitCode = 1;
  }
}
