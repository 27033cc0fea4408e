/** What is kept between the runs of one copy: the last manifest, and where an unfinished run stands. */
import { createHash, randomBytes } from 'node:crypto';
import type { ManifestStore } from '../ports/manifest-store';
import type { Checkpoint } from './checkpoint';
import { CHECKPOINT_VERSION } from './checkpoint';
import type { Manifest, ManifestReader } from './manifest';
import { asManifest, NO_MANIFEST, readerOf } from './manifest';
import type { CopyResult } from './result';
import { joinShares } from './shares';

const MANIFEST = 'manifest';
const CHECKPOINT = 'checkpoint';
const RESULT = 'result';

/** As an operator wrote them. */
export interface Places {
  readonly from: string;
  readonly to: string;
}

export class CopyState {
  constructor(readonly store: ManifestStore) {}

  /** Of any places. */
  async lastManifest(): Promise<Manifest | undefined> {
    return asManifest(await this.store.readDocument(MANIFEST));
  }

  /** The last manifest, unless it is of other places. */
  async manifestOf({ from, to }: Places): Promise<Manifest | undefined> {
    const manifest = await this.lastManifest();
    return manifest?.from === from && manifest.to === to ? manifest : undefined;
  }

  readerOf(manifest: Manifest | undefined): ManifestReader {
    return manifest === undefined ? NO_MANIFEST : readerOf(this.store, manifest);
  }

  /** Of any job; of one that several workers share, all that they have done. */
  async checkpoint(): Promise<Checkpoint | undefined> {
    const whole = await this.wholeCheckpoint();
    return whole === undefined ? undefined : joinShares(this.store, whole);
  }

  /** As it was shared out. */
  async wholeCheckpoint(): Promise<Checkpoint | undefined> {
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
    await this.dropCheckpoint();
    for (const run of before === undefined ? [] : runsOf(before)) await this.dropRun(run, manifest);
  }

  /** Of a run that is not gone on with. */
  async forget({ run }: Pick<Checkpoint, 'run'>, standing: Manifest | undefined): Promise<void> {
    await this.dropCheckpoint();
    await this.dropRun(run, standing);
  }

  /** A stop at the very end leaves the checkpoint of a run whose files are the manifest's: they stay. */
  protected async dropRun(run: string, standing: Manifest | undefined): Promise<void> {
    if (standing === undefined || !runsOf(standing).has(run)) await this.store.removeAll(`runs/${run}`);
  }

  /** Written over first: a store may be one that keeps what is old. */
  private async dropCheckpoint(): Promise<void> {
    await this.store.writeDocument(CHECKPOINT, {});
    await this.store.removeAll(`${CHECKPOINT}.json`);
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

/** SHA-256, hex. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

/** Its own, and those whose files it goes on using. */
function runsOf({ run, segments }: Manifest): Set<string> {
  return new Set([run, ...segments.map(({ name }) => name.split('/')[1] ?? run)]);
}
