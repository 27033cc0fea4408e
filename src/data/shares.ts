/**
 * A copy that several workers do: its checkpoint says what each one's share is, and each share has a checkpoint of its own
 * beside its files. Joined they are one checkpoint, as if one worker had done it all, so one manifest comes of them.
 *
 * Invariants
 * 1. A share writes only while its order holds the whole, and only its last attempt does.
 * 2. An upload is in the whole's checkpoint or in its share's at every moment.
 */
import type { ManifestStore } from '../ports/manifest-store';
import type { KeyRange, ObjectSource } from '../ports/object-store';
import type { Checkpoint, RangeCheckpoint } from './checkpoint';
import { beginRange, CHECKPOINT_VERSION, withUploads } from './checkpoint';
import { HeldStore } from './held-store';
import type { UploadState } from './uploads';

/** Ranges of one worker at its beginning. */
export const RANGES_MAX = 16;
/** More than one share is ever split into: the names of its ranges' files are no other share's. */
const RANGES_OF_SHARE = 100_000;

/** @param ranges adjoin. @param uploads that are gone on with. */
export function beginShares(
  { run, job }: Pick<Checkpoint, 'run' | 'job'>,
  ranges: readonly KeyRange[],
  uploads: readonly UploadState[],
): Checkpoint {
  return { version: CHECKPOINT_VERSION, run, job, ranges: begun(ranges, uploads, RANGES_OF_SHARE), isShared: true };
}

/** 1: one worker does it all. */
export function sharesIn({ isShared, ranges }: Checkpoint): number {
  return isShared === true ? ranges.length : 1;
}

/** Where the whole stands. What is not shared is that already. */
export async function joinShares(store: ManifestStore, whole: Checkpoint): Promise<Checkpoint> {
  const { isShared, ...joined } = whole;
  if (isShared === undefined) return joined;
  const shares = await Promise.all(whole.ranges.map((_range, place) => readShare(store, whole, place)));
  return { ...joined, ranges: whole.ranges.flatMap((range, place) => shares[place]?.ranges ?? [range]) };
}

export class ShareState {
  private constructor(
    readonly store: ManifestStore,
    private readonly whole: Checkpoint,
    private readonly place: number,
  ) {}

  /** @param whole of the order. @throws Error when another order has begun since. */
  static async take(store: ManifestStore, whole: Checkpoint, place: number, orderId: string): Promise<ShareState> {
    return new ShareState(await HeldStore.takeShare(store, folderOf(whole, place), orderId), whole, place);
  }

  async resumeOrBegin(source: ObjectSource, signal: AbortSignal): Promise<Checkpoint> {
    const { whole, place } = this;
    const kept = await readShare(this.store, whole, place);
    if (kept !== undefined) return kept;
    const share = whole.ranges[place];
    if (share === undefined) throw new Error(`the copy has no share ${place}`);
    const ranges = await source.divide(RANGES_MAX, signal, share.range);
    const { version, run, job } = whole;
    const checkpoint = { version, run, job, ranges: begun(ranges, share.uploads, 1, place * RANGES_OF_SHARE) };
    await this.keep(checkpoint);
    return checkpoint;
  }

  async keep(checkpoint: Checkpoint): Promise<void> {
    await this.store.writeDocument(documentOf(this.whole, this.place), checkpoint);
  }
}

function begun(
  ranges: readonly KeyRange[],
  uploads: readonly UploadState[],
  idStep: number,
  firstId = 0,
): RangeCheckpoint[] {
  return withUploads(ranges.map(beginRange), uploads).map((range, index) => ({
    ...range,
    id: firstId + index * idStep,
  }));
}

async function readShare(store: ManifestStore, whole: Checkpoint, place: number): Promise<Checkpoint | undefined> {
  return (await store.readDocument(documentOf(whole, place))) as Checkpoint | undefined;
}

function documentOf(whole: Checkpoint, place: number): string {
  return `${folderOf(whole, place)}/checkpoint`;
}

function folderOf({ run }: Checkpoint, place: number): string {
  return `runs/${run}/shares/${String(place).padStart(2, '0')}`;
}
