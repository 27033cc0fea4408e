/**
 * Works on several ranges at once. A lane that has nothing left takes the upper half of what another one has not begun:
 * ranges that were cut evenly by their keys may hold very different numbers of objects.
 *
 * Invariant: the ranges that are handed out adjoin and do not overlap, also while one is being split.
 */
import { Budget } from './budget';
import type { Checkpoint, RangeCheckpoint } from './checkpoint';
import { splitAt } from './checkpoint';
import type { CopyJob } from './copy';
import type { KeyWork } from './key-work';
import type { Moving } from './moving';
import { RangeRun } from './range-run';
import { eitherSignal } from './signals';

/** Of a running range that is to be split: its border is the middle one. */
const PIECES_WANTED = 8;
/** Running ranges that are asked before a lane gives up. */
const ASKED_MAX = 3;

export function rangeName(run: string, id: number): string {
  return `runs/${run}/${String(id).padStart(5, '0')}`;
}

/** Every range with its number. */
export function idsOf(ranges: readonly RangeCheckpoint[]): RangeCheckpoint[] {
  return ranges.map((range, index) => ({ ...range, id: range.id ?? index }));
}

/** @throws what ends the copy early. */
export async function runRanges<J extends { readonly key: string }>(
  job: CopyJob,
  moving: Moving,
  from: Checkpoint,
  failed: AbortController,
  work: KeyWork<J>,
): Promise<Checkpoint> {
  const lanes = new Lanes(job, moving, from, work);
  const ticker = keepRegularly(job, moving.signal, () => lanes.keep(), failed);
  await lanes.run(failed);
  await ticker.stop();
  moving.signal.throwIfAborted();
  return lanes.checkpoint();
}

class Lanes<J extends { readonly key: string }> {
  private ranges: RangeCheckpoint[];
  private readonly running = new Map<number, RangeRun<J>>();
  private readonly waiting: number[];
  private readonly slots: Budget;
  private readonly health = { successes: 0 };
  private readonly handOut = inTurn(() => this.job.onCheckpoint(this.checkpoint()));
  private splitting: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly job: CopyJob,
    private readonly moving: Moving,
    private readonly from: Checkpoint,
    private readonly work: KeyWork<J>,
  ) {
    this.ranges = idsOf(from.ranges);
    this.waiting = this.ranges.flatMap(({ isDone, id = 0 }) => (isDone ? [] : [id]));
    this.slots = new Budget(job.limits.objectsMax);
  }

  checkpoint(): Checkpoint {
    return { ...this.from, ranges: [...this.ranges] };
  }

  async keep(): Promise<void> {
    await Promise.all([...this.running.values()].map((run) => run.keep()));
  }

  async run(failed: AbortController): Promise<void> {
    const lane = async (): Promise<void> => {
      // The first ones run before another lane looks for something to split.
      for (let id = this.waiting.shift() ?? (await this.next()); id !== undefined; id = await this.next())
        await this.runOne(id);
    };
    const lanes = Array.from({ length: this.job.limits.rangesMax }, () =>
      lane().catch((error: unknown) => failed.abort(error)),
    );
    await Promise.all(lanes);
  }

  private async runOne(id: number): Promise<void> {
    const { job, moving, work, slots, health } = this;
    const { policy, store } = job;
    const run: RangeRun<J> = new RangeRun(
      {
        ...{ moving, policy, work, store, slots, health, name: rangeName(this.from.run, id) },
        onSettled: (settled) => job.onSettled(settled),
        onCheckpoint: (checkpoint) => this.take(id, run, checkpoint),
      },
      this.ranges[this.placeOf(id)] as RangeCheckpoint,
    );
    this.running.set(id, run);
    await run.run().finally(() => this.running.delete(id));
  }

  /** What it says may have been true before a part was given away. */
  private take(id: number, { upTo }: RangeRun<J>, checkpoint: RangeCheckpoint): Promise<void> {
    const isOlder = checkpoint.range.upTo !== upTo;
    this.ranges[this.placeOf(id)] = isOlder && upTo !== undefined ? splitAt(checkpoint, upTo).lower : checkpoint;
    return this.handOut();
  }

  private async next(): Promise<number | undefined> {
    const waiting = this.waiting.shift();
    if (waiting !== undefined) return waiting;
    // One at a time: the next one finds what this one has left.
    const mine = this.splitting.then(() => this.split());
    this.splitting = mine.catch(() => undefined);
    return mine;
  }

  private async split(): Promise<number | undefined> {
    // What was split least often, and has gone on longest, is the largest for all that is known.
    const largest = [...this.running]
      .sort(([, a], [, b]) => a.givenCount - b.givenCount || b.begunCount - a.begunCount)
      .slice(0, ASKED_MAX);
    for (const [id, run] of largest) {
      const pieces = await this.job.from.divide(PIECES_WANTED, this.moving.signal, run.rest);
      const border = pieces[pieces.length >> 1]?.after;
      const upper = pieces.length < 2 || border === undefined ? undefined : run.giveAway(border);
      if (upper !== undefined && border !== undefined) return this.insert(id, border, upper);
    }
    return undefined;
  }

  /** In the turn in which it was given away. */
  private insert(lowerId: number, border: string, upper: RangeCheckpoint): number {
    const place = this.placeOf(lowerId);
    const id = Math.max(...this.ranges.map((range) => range.id ?? 0)) + 1;
    const { lower } = splitAt(this.ranges[place] as RangeCheckpoint, border);
    this.ranges.splice(place, 1, lower, { ...upper, id });
    return id;
  }

  private placeOf(id: number): number {
    return this.ranges.findIndex((range) => range.id === id);
  }
}

/** Large objects settle rarely; their parts must not be forgotten meanwhile. */
function keepRegularly(
  { clock, limits }: CopyJob,
  signal: AbortSignal,
  keep: () => Promise<void>,
  failed: AbortController,
): { stop(): Promise<void> } {
  const over = new AbortController();
  const either = eitherSignal(signal, over.signal);
  const tick = async (): Promise<void> => {
    while (!either.aborted) {
      await clock.sleep(limits.keepEveryMs, either);
      await keep();
    }
  };
  const ticking = tick().catch((error: unknown) => {
    if (!either.aborted) failed.abort(error);
  });
  return { stop: () => (over.abort(), ticking) };
}

/** One call at a time; those that come meanwhile share the next one. */
function inTurn(call: () => Promise<void>): () => Promise<void> {
  let current: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  return () => {
    next ??= current
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        current = call();
        return current;
      });
    return next;
  };
}
