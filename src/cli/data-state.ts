/** What `crossfade data` keeps between runs: the last manifest, and where an unfinished copy stands. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { DirectoryManifestStore } from '../adapters/directory-manifest';
import type { Checkpoint } from '../data/checkpoint';
import { CHECKPOINT_VERSION } from '../data/checkpoint';
import type { Manifest, ManifestReader } from '../data/manifest';
import { asManifest, NO_MANIFEST, readerOf } from '../data/manifest';
import type { CopyResult } from '../data/result';
import type { ManifestStore } from '../ports/manifest-store';
import { UsageError } from './failure';

const MANIFEST = 'manifest';
const CHECKPOINT = 'checkpoint';
const RESULT = 'result';
const LOCK = 'lock';

export interface Places {
  readonly from: string;
  readonly to: string;
}

/** One of `s3://a` → `/b` is not the other's, nor is that of all versions, so nobody has to name it. */
export function defaultStateDir(
  { from, to }: Places,
  env: Readonly<Record<string, string | undefined>>,
  isVersioned = false,
): string {
  const base = env['XDG_STATE_HOME'] ?? join(env['HOME'] ?? homedir(), '.local', 'state');
  return join(base, 'crossfade', 'data', hashOf([from, to, ...(isVersioned ? ['all versions'] : [])]).slice(0, 16));
}

export class DataState {
  readonly store: ManifestStore;

  constructor(readonly directory: string) {
    this.store = new DirectoryManifestStore(directory);
  }

  /** @throws UsageError of a manifest of other places, or of another choice of versions. */
  async manifest(places: Places, isVersioned = false): Promise<Manifest | undefined> {
    const manifest = asManifest(await this.store.readDocument(MANIFEST));
    if (manifest !== undefined && (manifest.from !== places.from || manifest.to !== places.to))
      throw new UsageError(`--state ${this.directory}: is of ${manifest.from} → ${manifest.to}`);
    if (manifest !== undefined && (manifest.versions === 'all') !== isVersioned)
      throw new UsageError(`--state ${this.directory}: is of --versions ${manifest.versions ?? 'latest'}`);
    return manifest;
  }

  readerOf(manifest: Manifest | undefined): ManifestReader {
    return manifest === undefined ? NO_MANIFEST : readerOf(this.store, manifest);
  }

  /** Of any job. */
  async checkpoint(): Promise<Checkpoint | undefined> {
    const document = (await this.store.readDocument(CHECKPOINT)) as Checkpoint | undefined;
    return document?.version === CHECKPOINT_VERSION ? document : undefined;
  }

  async keep(checkpoint: Checkpoint): Promise<void> {
    await this.store.writeDocument(CHECKPOINT, checkpoint);
  }

  async result(): Promise<CopyResult | undefined> {
    return (await this.store.readDocument(RESULT)) as CopyResult | undefined;
  }

  /** The new manifest stands before anything of the old one goes that it does not use. */
  async finish(manifest: Manifest, result: CopyResult, before: Manifest | undefined): Promise<void> {
    await this.store.writeDocument(MANIFEST, manifest);
    await this.store.writeDocument(RESULT, result);
    await this.store.removeAll(`${CHECKPOINT}.json`);
    const used = runsOf(manifest);
    for (const run of before === undefined ? [] : runsOf(before))
      if (!used.has(run)) await this.store.removeAll(`runs/${run}`);
  }

  async forget(checkpoint: Checkpoint): Promise<void> {
    await this.store.removeAll(`runs/${checkpoint.run}`);
    await this.store.removeAll(`${CHECKPOINT}.json`);
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

/** Its own, and those whose files it goes on using. */
function runsOf({ run, segments }: Manifest): Set<string> {
  return new Set([run, ...segments.map(({ name }) => name.split('/')[1] ?? run)]);
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

/**
 * What must be the same for a checkpoint to be gone on with: places, what is asked for, and the manifest that it began
 * from.
 */
export function jobOf(places: Places, asked: object, before: Manifest | undefined): string {
  return hashOf([places.from, places.to, asked, before?.run ?? null]);
}

export function newRunName(nowMs: number): string {
  return `${new Date(nowMs).toISOString().replace(/\D/g, '').slice(0, 14)}-${randomBytes(4).toString('hex')}`;
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
