/**
 * One order to copy or to verify, over all of its attempts: what it began from, where it stands, and what earlier attempts
 * of it have already done.
 *
 * Invariants
 * 1. An attempt goes on from a checkpoint of its own order alone: another order must look at everything itself.
 * 2. What a run did is counted once, also when the attempt that did it never said so.
 */
import type { ManifestStore } from '../ports/manifest-store';
import type { ObjectSource } from '../ports/object-store';
import type { Checkpoint } from './checkpoint';
import type { CopyClock } from './clock';
import { beginAfter, beginCopy } from './copy';
import type { Places } from './copy-state';
import { CopyState, hashOf, jobOf, newRunName } from './copy-state';
import type { CopyPolicy } from './decide';
import { HeldStore } from './held-store';
import type { Manifest } from './manifest';
import type { CopyResult } from './result';
import { shareOut } from './share-out';
import { beginShares, RANGES_MAX, sharesIn } from './shares';

const ORDER = 'order';

/** What one run did to the target. */
export interface Done {
  readonly copiedCount: number;
  readonly copiedBytes: number;
  readonly deletedCount: number;
}

interface OrderDocument extends Places {
  readonly orderId: string;
  /** Unit: milliseconds since 1970. */
  readonly startedAtMs: number;
  /** By the name of the run. */
  readonly done: Readonly<Record<string, Done>>;
}

export class MoveState extends CopyState {
  private constructor(
    store: ManifestStore,
    private order: OrderDocument,
    /** Whether another order's run was over the same places, so that its ranges and uploads serve this one. */
    private readonly isFollowing: boolean,
  ) {
    super(store);
  }

  /** Takes the store over from whoever worked with it. */
  static async take(store: ManifestStore, places: Places, orderId: string, nowMs: number): Promise<MoveState> {
    const held = await HeldStore.take(store, orderId);
    const before = (await held.readDocument(ORDER)) as OrderDocument | undefined;
    const isSamePlace = before?.from === places.from && before.to === places.to;
    if (isSamePlace && before.orderId === orderId) return new MoveState(held, before, true);
    const order: OrderDocument = { ...places, orderId, startedAtMs: nowMs, done: {} };
    await held.writeDocument(ORDER, order);
    return new MoveState(held, order, isSamePlace);
  }

  get startedAtMs(): number {
    return this.order.startedAtMs;
  }

  /** Of all attempts. */
  get done(): Done {
    const sum = { copiedCount: 0, copiedBytes: 0, deletedCount: 0 };
    for (const one of Object.values(this.order.done)) {
      sum.copiedCount += one.copiedCount;
      sum.copiedBytes += one.copiedBytes;
      sum.deletedCount += one.deletedCount;
    }
    return sum;
  }

  async resumeOrBegin(
    source: ObjectSource,
    policy: CopyPolicy,
    before: Manifest | undefined,
    clock: CopyClock,
    signal: AbortSignal,
  ): Promise<Checkpoint> {
    const job = this.jobOf(policy, before);
    const kept = await this.checkpoint();
    if (kept?.job === job) return kept;
    const run = newRunName(clock.now());
    const checkpoint =
      kept !== undefined && this.isFollowing
        ? beginAfter(kept, run, job)
        : await beginCopy(source, RANGES_MAX, run, job, signal);
    // The uploads that it takes over are in one checkpoint or the other at every moment.
    await this.keep(checkpoint);
    if (kept !== undefined) await this.dropRun(kept.run, await this.lastManifest());
    return checkpoint;
  }

  /**
   * As resumeOrBegin, for several workers.
   * @param countMax of shares.
   * @returns how many there are; 1: one worker does it all, as for resumeOrBegin.
   */
  async shareOut(
    source: ObjectSource,
    policy: CopyPolicy,
    before: Manifest | undefined,
    { clock, signal, countMax }: { clock: CopyClock; signal: AbortSignal; countMax: number },
  ): Promise<number> {
    const job = this.jobOf(policy, before);
    const whole = await this.wholeCheckpoint();
    if (whole?.job === job) return sharesIn(whole);
    const ranges = await shareOut(source, countMax, signal);
    if (ranges.length < 2) return 1;
    const kept = await this.checkpoint();
    const uploads = this.isFollowing ? (kept?.ranges ?? []).flatMap((range) => range.uploads) : [];
    await this.keep(beginShares({ run: newRunName(clock.now()), job }, ranges, uploads));
    if (kept !== undefined) await this.dropRun(kept.run, await this.lastManifest());
    return ranges.length;
  }

  private jobOf(policy: CopyPolicy, before: Manifest | undefined): string {
    const { orderId, from, to } = this.order;
    return hashOf([jobOf({ from, to }, policy, before), orderId]);
  }

  /** To be called before the run is over for good: a later attempt finds nothing changed any more. */
  async count(run: string, { tally, removal }: CopyResult): Promise<void> {
    const { copied: copiedCount, copiedBytes } = tally;
    const done = { ...this.order.done, [run]: { copiedCount, copiedBytes, deletedCount: removal?.removed ?? 0 } };
    this.order = { ...this.order, done };
    await this.store.writeDocument(ORDER, this.order);
  }
}
