/** Programs that Go builds from a module, for those tests and benches that measure against a real one. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { CACHE, findOnPath, run, withLock } from './setup.mjs';

/** On two busy cores, with every module to be fetched first. */
const BUILD_MS_MAX = 15 * 60_000;

/**
 * @param wanted
 * name: of the program. module: what Go builds, without its version. version: with its `v`.
 * versionArguments: make it say its version and end with 0. takes: about how long it is built, as words.
 * without: what happens where it cannot be had, as a clause.
 * @param {{mayBuild?: boolean}} options mayBuild: false takes only what is there already.
 * @returns {Promise<string | undefined>} an executable; undefined where there is none to be had.
 */
export async function findGoProgram(wanted, { mayBuild = true } = {}) {
  const say = (text) => process.stderr.write(`set-up: ${text}\n`);
  const installed = findOnPath(wanted.name);
  if (installed !== undefined) return installed;
  const program = path.join(CACHE, `${wanted.name}-${wanted.version}`, wanted.name);
  const runs = () => existsSync(program) && spawnSync(program, wanted.versionArguments).status === 0;
  if (runs()) return program;
  if (!mayBuild) {
    say(`no ${wanted.name} here: ${wanted.without}`);
    return undefined;
  }
  mkdirSync(path.join(CACHE, 'locks'), { recursive: true });
  return withLock(wanted.name, say, async () => {
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
