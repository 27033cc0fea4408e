/** A copy between two places in memory, and everything that a test may want to know of it. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Checkpoint } from '../../src/data/checkpoint';
import type { CopyJob } from '../../src/data/copy';
import { beginCopy, COPY_LIMITS, runCopy } from '../../src/data/copy';
import type { CopyPolicy } from '../../src/data/decide';
import type { Manifest } from '../../src/data/manifest';
import { NO_MANIFEST, readerOf } from '../../src/data/manifest';
import type { CopyResult } from '../../src/data/result';
import type { ManifestStore } from '../../src/ports/manifest-store';
import type { VersionedPlaces } from '../../src/data/version-work';
import { MemoryPlace } from './memory-place';

export const POLICY: CopyPolicy = {
  mode: 'copy',
  verify: { kind: 'changed' },
  readBack: false,
  repair: false,
  overwrite: false,
  mirror: false,
};

export class MemoryManifests implements ManifestStore {
  readonly documents = new Map<string, string>();
  readonly files = new Map<string, readonly string[]>();

  async readDocument(name: string): Promise<unknown> {
    const text = this.documents.get(name);
    return text === undefined ? undefined : JSON.parse(text);
  }

  async writeDocument(name: string, value: object): Promise<void> {
    this.documents.set(name, JSON.stringify(value));
  }

  async writeLines(name: string, lines: readonly string[]): Promise<void> {
    this.files.set(name, lines);
  }

  async *readLines(name: string): AsyncGenerator<readonly string[]> {
    const lines = this.files.get(name);
    if (lines === undefined) throw new Error(`${name} was never written`);
    yield lines;
  }

  async removeAll(prefix: string): Promise<void> {
    for (const name of this.files.keys()) if (name.startsWith(prefix)) this.files.delete(name);
    for (const name of this.documents.keys()) if (`${name}.json`.startsWith(prefix)) this.documents.delete(name);
  }
}

export class Copying {
  /** Of all versions; the places are then these two. */
  versioned: VersionedPlaces | undefined;
  readonly store = new MemoryManifests();
  policy = POLICY;
  limits = { ...COPY_LIMITS, sizes: { wholeBytesMax: 10, partBytes: 1_048_576 }, keepEveryMs: 1 };
  deletePercentMax = 10;
  manifest: Manifest | undefined;
  /** The last one that was handed out, as JSON would bring it back. */
  checkpoint: Checkpoint | undefined;
  /** The last one of all, also of a run that is over. */
  lastCheckpoint: Checkpoint | undefined;
  stop = new AbortController();
  movedBytes = 0;
  sleptMs = 0;
  private runs = 0;

  constructor(
    readonly from = new MemoryPlace('memory:from'),
    readonly to = new MemoryPlace('memory:to'),
  ) {}

  /** From the beginning, or from the last checkpoint. */
  async run(): Promise<CopyResult> {
    this.checkpoint ??= await beginCopy(this.from, 4, `run-${(this.runs += 1)}`, 'job', this.stop.signal);
    const { result, manifest } = await runCopy(this.job(), this.checkpoint);
    this.manifest = manifest;
    this.checkpoint = undefined;
    return result;
  }

  private job(): CopyJob {
    return {
      from: this.from,
      to: this.to,
      ...(this.versioned === undefined ? {} : { versioned: this.versioned }),
      policy: this.policy,
      deletePercentMax: this.deletePercentMax,
      proven: this.manifest === undefined ? NO_MANIFEST : readerOf(this.store, this.manifest),
      ...(this.manifest === undefined ? {} : { last: this.manifest }),
      store: this.store,
      limits: this.limits,
      bandwidth: [],
      clock: {
        now: () => 1_000 + this.sleptMs,
        random: () => 0.5,
        sleep: async (durationMs, signal) => {
          this.sleptMs += durationMs;
          await nextTurn();
          signal.throwIfAborted();
        },
      },
      signal: this.stop.signal,
      onCheckpoint: async (checkpoint) => {
        this.lastCheckpoint = this.checkpoint = JSON.parse(JSON.stringify(checkpoint)) as Checkpoint;
      },
      onSettled: () => undefined,
      onMoved: (bytes) => void (this.movedBytes += bytes),
    };
  }
}
