/** Programs that a Debian package holds, for those tests and benches that measure against a real one. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CACHE, findOnPath, run, withLock } from './setup.mjs';

const FETCH_MS_MAX = 120_000;
/** Of some hundred packages. */
const FETCH_ALL_MS_MAX = 600_000;

/**
 * @param wanted
 * name: of the package. program: path inside the package. versionFlag: makes it say its version and end with 0.
 * without: what happens where it cannot be had, as a clause. launcher: a script that is put at the program's path; with
 * it come the packages that the named one needs and that are not installed.
 * @returns {Promise<string | undefined>} an executable; undefined where there is none to be had.
 */
export async function findDebianProgram(wanted) {
  const say = (text) => process.stderr.write(`set-up: ${text}\n`);
  const installed = findOnPath(path.basename(wanted.program));
  if (installed !== undefined) return installed;
  const program = path.join(folderOf(wanted), wanted.program);
  const runs = () => existsSync(program) && spawnSync(program, [wanted.versionFlag]).status === 0;
  if (runs()) return program;
  mkdirSync(path.join(CACHE, 'locks'), { recursive: true });
  return withLock(wanted.name, say, async () => {
    if (!runs()) await fetchPackage(wanted, say);
    return runs() ? program : undefined;
  });
}

const folderOf = ({ name }) => path.join(CACHE, `${name}-debian`);

/** Packages are unpacked, not installed: that needs no rights, and touches nothing outside. */
async function fetchPackage(wanted, say) {
  const { name, without } = wanted;
  if (findOnPath('apt-get') === undefined || findOnPath('dpkg-deb') === undefined) {
    say(`neither ${name} nor apt-get here: ${without}`);
    return;
  }
  const folder = folderOf(wanted);
  say(`fetching ${name} (Debian package → ${folder})`);
  const draft = mkdtempSync(path.join(CACHE, `${name}-draft-`));
  try {
    await download(wanted, draft);
    await unpack(wanted, draft, path.join(draft, 'root'));
    rmSync(folder, { recursive: true, force: true });
    renameSync(path.join(draft, 'root'), folder);
  } catch (error) {
    say(`${error.message}: ${without}`);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

async function download({ name, launcher }, draft) {
  const options = { cwd: draft, timeout: launcher === undefined ? FETCH_MS_MAX : FETCH_ALL_MS_MAX };
  mkdirSync(path.join(draft, 'partial'));
  // Nothing is installed, so whoever installs something at the same time need not be waited for.
  const all = ['-o', 'Debug::NoLocking=1', '-o', `Dir::Cache::archives=${draft}`, '--no-install-recommends'];
  const args =
    launcher === undefined ? ['download', '-q', name] : [...all, 'install', '-q', '-y', '--download-only', name];
  const get = () => run('apt-get', args, options, `apt-get cannot fetch ${name}`);
  try {
    await get();
  } catch {
    // A machine that was just made has no list of packages yet.
    await run('apt-get', ['update', '-q'], options, 'apt-get cannot read the list of packages');
    await get();
  }
}

async function unpack({ program, launcher }, draft, root) {
  const files = readdirSync(draft).filter((each) => each.endsWith('.deb'));
  const options = { timeout: FETCH_MS_MAX };
  for (const file of files)
    await run('dpkg-deb', ['-x', path.join(draft, file), root], options, 'the package cannot be unpacked');
  if (launcher !== undefined) writeFileSync(path.join(root, program), launcher, { mode: 0o755 });
}
