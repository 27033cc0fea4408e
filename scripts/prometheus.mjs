/**
 * Prometheus, for the tests that read a real one. A program of its own, which nothing else needs: where it cannot be had,
 * those tests are reported as skipped.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { CACHE, findOnPath, run, withLock } from './setup.mjs';

const FOLDER = path.join(CACHE, 'prometheus-debian');
const PROGRAM = path.join(FOLDER, 'usr', 'bin', 'prometheus');
const FETCH_MS_MAX = 120_000;

/** @returns {Promise<string | undefined>} an executable; undefined where there is none to be had. */
export async function findPrometheus() {
  const say = (text) => process.stderr.write(`set-up: ${text}\n`);
  const installed = findOnPath('prometheus');
  if (installed !== undefined) return installed;
  if (runs()) return PROGRAM;
  return withLock('prometheus', say, async () => (runs() ? PROGRAM : fetchPackage(say)));
}

function runs() {
  return existsSync(PROGRAM) && spawnSync(PROGRAM, ['--version']).status === 0;
}

/** The package is unpacked, not installed: that needs no rights, and touches nothing outside. */
async function fetchPackage(say) {
  if (findOnPath('apt-get') === undefined || findOnPath('dpkg-deb') === undefined) {
    say('neither Prometheus nor apt-get here: the tests on a real Prometheus are reported as skipped');
    return undefined;
  }
  say(`fetching Prometheus (Debian package → ${FOLDER})`);
  const draft = mkdtempSync(path.join(CACHE, 'prometheus-draft-'));
  try {
    const get = () =>
      run(
        'apt-get',
        ['download', '-q', 'prometheus'],
        { cwd: draft, timeout: FETCH_MS_MAX },
        'apt-get cannot fetch Prometheus',
      );
    try {
      await get();
    } catch {
      // A machine that was just made has no list of packages yet.
      await run(
        'apt-get',
        ['update', '-q'],
        { cwd: draft, timeout: FETCH_MS_MAX },
        'apt-get cannot read the list of packages',
      );
      await get();
    }
    const [file] = readdirSync(draft).filter((name) => name.endsWith('.deb'));
    await run(
      'dpkg-deb',
      ['-x', path.join(draft, file ?? ''), path.join(draft, 'root')],
      { timeout: FETCH_MS_MAX },
      'the package cannot be unpacked',
    );
    rmSync(FOLDER, { recursive: true, force: true });
    renameSync(path.join(draft, 'root'), FOLDER);
    return runs() ? PROGRAM : undefined;
  } catch (error) {
    say(`${error.message}: the tests on a real Prometheus are reported as skipped`);
    return undefined;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
