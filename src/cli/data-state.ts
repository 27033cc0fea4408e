/** What `crossfade data` keeps between runs, in a directory that one process works on at a time. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { DirectoryManifestStore } from '../adapters/directory-manifest';
import type { Places } from '../data/copy-state';
import { CopyState, hashOf } from '../data/copy-state';
import type { Manifest } from '../data/manifest';
import { UsageError } from './failure';

const LOCK = 'lock';

/** One of `s3://a` → `/b` is not the other's, nor is that of all versions, so nobody has to name it. */
export function defaultStateDir(
  { from, to }: Places,
  env: Readonly<Record<string, string | undefined>>,
  isVersioned = false,
): string {
  const base = env['XDG_STATE_HOME'] ?? join(env['HOME'] ?? homedir(), '.local', 'state');
  return join(base, 'crossfade', 'data', hashOf([from, to, ...(isVersioned ? ['all versions'] : [])]).slice(0, 16));
}

export class DataState extends CopyState {
  constructor(readonly directory: string) {
    super(new DirectoryManifestStore(directory));
  }

  /** @throws UsageError of a manifest of other places, or of another choice of versions. */
  async manifest(places: Places, isVersioned = false): Promise<Manifest | undefined> {
    const manifest = await this.lastManifest();
    if (manifest !== undefined && (manifest.from !== places.from || manifest.to !== places.to))
      throw new UsageError(`--state ${this.directory}: is of ${manifest.from} → ${manifest.to}`);
    if (manifest !== undefined && (manifest.versions === 'all') !== isVersioned)
      throw new UsageError(`--state ${this.directory}: is of --versions ${manifest.versions ?? 'latest'}`);
    return manifest;
  }

  /** Two copies with one state would write over each other's. @throws UsageError */
  async lock(): Promise<() => Promise<void>> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const file = join(this.directory, LOCK);
    for (let attempt = 1; ; attempt += 1) {
      try {
        await writeFile(file, String(process.pid), { flag: 'wx', mode: 0o600 });
        return () => rm(file, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = Number(await readFile(file, 'utf8').catch(() => ''));
      if (attempt > 1 || isAnother(holder))
        throw new UsageError(`--state ${this.directory}: process ${holder} is working on it (else remove ${file})`);
      await rm(file, { force: true });
    }
  }
}

/** In a container the process that was killed had our own number. */
function isAnother(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
