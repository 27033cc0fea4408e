/**
 * Programs that Go builds from a module, for those tests and benches that measure against a real one.
 * `node scripts/go-program.mjs NAME` prints where one is; fetched first where it is not there.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { CACHE, findOnPath, run, withLock } from './setup.mjs';

/** On two busy cores, with every module to be fetched first. */
const BUILD_MS_MAX = 15 * 60_000;

/**
 * By the name of the program.
 * module: what Go builds, without its version. version: with its `v`.
 * versionArguments: make it say its version and end with 0. takes: about how long it is built, as words.
 * without: what happens where it cannot be had, as a clause.
 */
const PROGRAMS = {
  // The stranger that is asked whether two registries hold the same image.
  crane: {
    module: 'github.com/google/go-containerregistry/cmd/crane',
    version: 'v0.22.1',
    versionArguments: ['version'],
    takes: '2 minutes',
    without: 'images are not compared by crane',
  },
  // The peer that copies of data are measured against, and the stranger that is asked whether two places are equal.
  rclone: {
    module: 'github.com/rclone/rclone',
    version: 'v1.76.0',
    versionArguments: ['version'],
    takes: '2 minutes',
    without: 'copies are not compared by rclone',
  },
  // Of the Distribution project; it holds container images over a directory.
  registry: {
    module: 'github.com/distribution/distribution/v3/cmd/registry',
    version: 'v3.1.2',
    versionArguments: ['--version'],
    takes: '2 minutes',
    without: 'the tests on real registries of images are reported as skipped',
  },
  // An S3 server over a directory.
  versitygw: {
    module: 'github.com/versity/versitygw/cmd/versitygw',
    version: 'v1.8.0',
    versionArguments: ['--version'],
    takes: 'a minute',
    without: 'the tests on a real S3 server are reported as skipped',
  },
};

/**
 * @param {keyof typeof PROGRAMS} name
 * @param {{mayBuild?: boolean}} options mayBuild: false takes only what is there already.
 * @returns {Promise<string | undefined>} an executable; undefined where there is none to be had.
 */
export async function findGoProgram(name, { mayBuild = true } = {}) {
  const wanted = { name, ...PROGRAMS[name] };
  const say = (text) => process.stderr.write(`set-up: ${text}\n`);
  const installed = findOnPath(name);
  if (installed !== undefined) return installed;
  const program = path.join(CACHE, `${name}-${wanted.version}`, name);
  const runs = () => existsSync(program) && spawnSync(program, wanted.versionArguments).status === 0;
  if (runs()) return program;
  if (!mayBuild) {
    say(`no ${name} here: ${wanted.without}`);
    return undefined;
  }
  mkdirSync(path.join(CACHE, 'locks'), { recursive: true });
  return withLock(name, say, async () => {
    if (!runs()) await build(wanted, program, say);
    return runs() ? program : undefined;
  });
}

async function build({ name, module, version, takes, without }, program, say) {
  if (findOnPath('go') === undefined) {
    say(`neither ${name} nor Go here: ${without}`);
    return;
  }
  say(`building ${name} ${version} (Go modules → ${path.dirname(program)}); about ${takes}`);
  const draft = mkdtempSync(path.join(CACHE, `${name}-draft-`));
  try {
    const env = { ...process.env, GOBIN: draft, GOFLAGS: '' };
    const options = { cwd: draft, env, timeout: BUILD_MS_MAX };
    await run('go', ['install', `${module}@${version}`], options, `Go could not build ${name}`);
    mkdirSync(path.dirname(program), { recursive: true });
    chmodSync(path.join(draft, name), 0o755);
    // One rename: nobody ever sees half a program.
    renameSync(path.join(draft, name), program);
  } catch (error) {
    say(`${error.message} ${without}`);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(path.resolve(process.argv[1])).href) {
  const [name = ''] = process.argv.slice(2);
  const isKnown = Object.hasOwn(PROGRAMS, name);
  if (!isKnown) process.stderr.write(`set-up: no program "${name}" here, but ${Object.keys(PROGRAMS).join(', ')}\n`);
  const found = isKnown ? await findGoProgram(name) : undefined;
  if (found === undefined) process.exitCode = 1;
  else process.stdout.write(`${found}\n`);
}
