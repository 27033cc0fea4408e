/** Programs that a Debian package holds, for those tests and benches that measure against a real one. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { CACHE, findOnPath, run, withLock } from './setup.mjs';

const FETCH_MS_MAX = 120_000;

/**
 * @param wanted
 * name: of the package. program: path inside the package. versionFlag: makes it say its version and end with 0.
 * without: what happens where it cannot be had, as a clause.
 * @returns {Promise<string | undefined>} an executable; undefined where there is none to be had.
 */
export async function findDebianProgram(wanted) {
  const say = (text) => process.stderr.write(`set-up: ${text}\n`);
  const installed = findOnPath(path.basename(wanted.program));
  if (installed !== undefined) return installed;
  const program = path.join(folderOf(wanted), wanted.program);
  const runs = () => existsSync(program) && spawnSync(program, [wanted.versionFlag]).status === 0;
  if (runs()) return program;
  return withLock(wanted.name, say, async () => {
    if (!runs()) await fetchPackage(wanted, say);
    return runs() ? program : undefined;
  });
}

const folderOf = ({ name }) => path.join(CACHE, `${name}-debian`);

/** The package is unpacked, not installed: that needs no rights, and touches nothing outside. */
async function fetchPackage(wanted, say) {
  const { name, without } = wanted;
  if (findOnPath('apt-get') === undefined || findOnPath('dpkg-deb') === undefined) {
    say(`neither ${name} nor apt-get here: ${without}`);
    return;
  }
  const folder = folderOf(wanted);
  say(`fetching ${name} (Debian package → ${folder})`);
  const draft = mkdtempSync(path.join(CACHE, `${name}-draft-`));
  const options = { cwd: draft, timeout: FETCH_MS_MAX };
  try {
    const get = () => run('apt-get', ['download', '-q', name], options, `apt-get cannot fetch ${name}`);
    try {
      await get();
    } catch {
      // A machine that was just made has no list of packages yet.
      await run('apt-get', ['update', '-q'], options, 'apt-get cannot read the list of packages');
      await get();
    }
    const [file] = readdirSync(draft).filter((each) => each.endsWith('.deb'));
    await run(
      'dpkg-deb',
      ['-x', path.join(draft, file ?? ''), path.join(draft, 'root')],
      { timeout: FETCH_MS_MAX },
      'the package cannot be unpacked',
    );
    rmSync(folder, { recursive: true, force: true });
    renameSync(path.join(draft, 'root'), folder);
  } catch (error) {
    say(`${error.message}: ${without}`);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
