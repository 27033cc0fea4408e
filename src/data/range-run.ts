/**
 * Copies one range of keys: joins the three lists, decides, works on many keys at once, and writes down what is settled
 * in the order of the keys.
 *
 * Invariants
 * 1. A key is written down before the checkpoint says that it is settled.
 * 2. The checkpoint is taken in one turn of the event loop, so its parts fit together.
 * 3. A key is given away or begun, never both, because neither takes a turn of the event loop.
 * 4. After the run's end, also by an error, nothing of it is under way.
 */
import { compareKeys } from '../domain/key-order';
import type { ManifestStore } from '../ports/manifest-store';
import type { KeyRange, PassedOver } from '../ports/object-store';
import type { Budget } from './budget';
import type { RangeCheckpoint } from './checkpoint';
import { restOf, splitAt, WINDOW_MAX } from './checkpoint';
import type { CopyPolicy } from './decide';
import type { KeyWork } from './key-work';
import { formatLine } from './manifest-line';
import type { Moving } from './moving';
import type { Settling } from './proven-copy';
import type { Settled } from './settled';
import { eitherSignal } from './signals';
import { Spool } from './spool';
import type { OpenTally } from './tally';
import { count, openTally } from './tally';
import { dropUpload } from './transfer-parts';
import { UploadBook } from './uploads';
import { OrderedWindow } from './window';

export interface RangeJob<J extends { readonly key: string }> {
  readonly moving: Moving;
  readonly policy: CopyPolicy;
  readonly work: KeyWork<J>;
  readonly store: ManifestStore;
  /** Of this range's files in the store. */
  readonly name: string;
  /** Objects under way, over all ranges. */
  readonly slots: Budget;
  readonly health: { successes: number };
  /** Takes a new checkpoint; the next one waits for it. */
  onCheckpoint(checkpoint: RangeCheckpoint): Promise<void>;
  onSettled(settled: Settled): void;
}

export class RangeRun<J extends { readonly key: string }> {
  private readonly tally: OpenTally;
  private readonly lines: Spool;
  private readonly findings: Spool;
  private readonly removals: Spool;
  private readonly uploads: UploadBook;
  private readonly window: OrderedWindow;
  /** By key; done before the stop, beyond the last key. */
  private readonly before: Map<string, Settled>;
  private readonly stop = new AbortController();
  private readonly settling: Settling;
  private lastKey: string | undefined;
  private isSourceWhole: boolean;
  private isDone = false;
  private range: KeyRange;
  /** The last one that was looked at. */
  private begunKey: string | undefined;
  private isEnding = false;
  /** Keys looked at, and how often a part was given away. */
  begunCount = 0;
  givenCount = 0;
  private keeping: Promise<void> = Promise.resolve();

  constructor(
    private readonly job: RangeJob<J>,
    private readonly from: RangeCheckpoint,
  ) {
    const { store, name } = job;
    this.tally = openTally(from.tally);
    this.lines = new Spool(store, `${name}/lines`, from.lineFiles);
    this.findings = new Spool(store, `${name}/findings`, from.findingFiles);
    this.removals = new Spool(store, `${name}/removals`, from.removalFiles);
    this.before = new Map(from.ahead.map((settled) => [settled.key, settled]));
    this.lastKey = from.lastKey;
    this.range = from.range;
    this.begunKey = from.lastKey;
    this.isSourceWhole = from.isSourceWhole;
    this.uploads = new UploadBook(from.uploads, () => this.keep());
    this.window = new OrderedWindow(WINDOW_MAX, (settled) => this.writeDown(settled));
    const signal = eitherSignal(job.moving.signal, this.stop.signal);
    const moving = { ...job.moving, signal };
    this.settling = { moving, policy: job.policy, uploads: this.uploads, health: job.health };
  }

  /** @throws whatever ends the copy; the last checkpoint says where to go on. */
  async run(): Promise<void> {
    const { signal } = this.settling.moving;
    const giveUp = (): void => this.window.stop();
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      const rest = restOf(this.from);
      for await (const batch of this.job.work.join(rest, this.settling.moving, (passed) => this.tell(passed))) {
        for (const joined of batch) {
          if (!this.holds(joined.key)) break;
          await this.take(joined);
        }
        if (this.isFull) await this.keep();
        if (!this.holds(batch.at(-1)?.key ?? '')) break;
      }
      this.isEnding = true;
      await this.window.empty();
      signal.throwIfAborted();
      // Begun once, and not wanted any more.
      for (const { upload } of this.uploads.all()) await dropUpload(this.settling.moving, this.uploads, upload.key);
      this.isDone = true;
      await this.keep();
    } catch (error) {
      this.stop.abort(error);
      await Promise.allSettled(this.underWay);
      // A state that cannot be kept is one more thing that went wrong, and not the first.
      await this.keep().catch(() => undefined);
      // The first one to fail is why the others were stopped.
      throw signal.reason;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  /** Writes down what is settled and hands out the checkpoint. */
  keep(): Promise<void> {
    this.keeping = this.keeping.then(
      () => this.keepNow(),
      () => this.keepNow(),
    );
    return this.keeping;
  }

  /** What no key of was begun yet. */
  get rest(): KeyRange {
    return this.begunKey === undefined ? this.range : { ...this.range, after: this.begunKey };
  }

  get upTo(): string | undefined {
    return this.range.upTo;
  }

  /** What lies above the border is another range's from now on. @returns undefined when it was begun here already. */
  giveAway(border: string): RangeCheckpoint | undefined {
    const isBegun = this.begunKey !== undefined && compareKeys(this.begunKey, border) > 0;
    if (this.isEnding || isBegun || !this.holds(border)) return undefined;
    const { upper } = splitAt(this.checkpoint(), border);
    this.range = { ...this.range, upTo: border };
    for (const { key } of upper.ahead) this.before.delete(key);
    for (const { upload } of upper.uploads) this.uploads.giveAway(upload.key);
    this.givenCount += 1;
    return upper;
  }

  private holds(key: string): boolean {
    return this.range.upTo === undefined || compareKeys(key, this.range.upTo) <= 0;
  }

  private async keepNow(): Promise<void> {
    const writes = [this.lines.cut(), this.findings.cut(), this.removals.cut()];
    const checkpoint = this.checkpoint();
    await Promise.all(writes.map(async (write) => write?.()));
    await this.job.onCheckpoint(checkpoint);
  }

  private checkpoint(): RangeCheckpoint {
    return {
      ...(this.from.id === undefined ? {} : { id: this.from.id }),
      range: this.range,
      ...(this.lastKey === undefined ? {} : { lastKey: this.lastKey }),
      lineFiles: this.lines.fileCount,
      findingFiles: this.findings.fileCount,
      removalFiles: this.removals.fileCount,
      tally: { ...this.tally, proofs: { ...this.tally.proofs } },
      ahead: [...this.window.ahead(), ...this.before.values()],
      uploads: this.uploads.all(),
      isSourceWhole: this.isSourceWhole,
      isDone: this.isDone,
    };
  }

  private get isFull(): boolean {
    return this.lines.isFull || this.findings.isFull || this.removals.isFull;
  }

  private tell({ key, reason, isLost }: PassedOver): void {
    if (isLost) this.isSourceWhole = false;
    this.findings.add(JSON.stringify({ kind: isLost ? 'lost' : 'skipped', key, detail: reason }));
  }

  private readonly underWay = new Set<Promise<void>>();

  private async take(joined: J): Promise<void> {
    this.stop.signal.throwIfAborted();
    const { key } = joined;
    this.begunKey = key;
    this.begunCount += 1;
    const earlier = this.before.get(key);
    if (earlier !== undefined) this.before.delete(key);
    const begun = this.job.work.begin(joined, earlier);
    if (typeof begun !== 'function') return this.pass(begun);
    await this.window.room();
    const { signal } = this.settling.moving;
    const giveBack = await this.job.slots.take(1, signal);
    const end = this.window.begin();
    const work = begun(this.settling)
      .then((done) => {
        this.told(done);
        end(done);
      })
      .catch((error: unknown) => this.stop.abort(error))
      .finally(() => {
        giveBack();
        this.underWay.delete(work);
      });
    this.underWay.add(work);
  }

  private pass(settled: Settled): void {
    this.told(settled);
    this.window.pass(settled);
  }

  private told(settled: Settled): void {
    for (const one of settled.each ?? [settled]) this.job.onSettled(one);
  }

  private writeDown(settled: Settled): void {
    for (const one of settled.each ?? [settled]) this.writeOne(one);
    this.lastKey = settled.key;
  }

  private writeOne(settled: Settled): void {
    const { key, line, findings, outcome } = settled;
    if (line !== undefined) this.lines.add(formatLine(line));
    for (const finding of findings) this.findings.add(JSON.stringify(finding));
    if (outcome === 'toRemove') this.removals.add(JSON.stringify(key));
    count(this.tally, settled);
  }
}
