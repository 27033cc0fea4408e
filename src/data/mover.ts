/** The copy engine as a migration's DataMover: what it must not forget lies beside the ledger. */
import type { DataMemory } from '../domain/data-memory';
import type { DataSetSpec } from '../domain/spec';
import type { CopyOutcome, DataMover, DataProof, DataState, MoveOrder, RangeOutcome } from '../ports/data-mover';
import type { DataPlaces } from '../ports/data-places';
import type { ManifestStore } from '../ports/manifest-store';
import { Budget } from './budget';
import type { Checkpoint } from './checkpoint';
import type { CopyClock } from './clock';
import type { CopyJob, CopyLimits } from './copy';
import { COPY_LIMITS, runCopy, runShare } from './copy';
import type { Places } from './copy-state';
import { CopyState } from './copy-state';
import type { CopyPolicy } from './decide';
import type { Manifest, ManifestReader } from './manifest';
import type { MemoryPart } from './memory-url';
import { memoryUrl } from './memory-url';
import { MoveState } from './move-order';
import { bandwidthOf, copyPolicy, verifyPolicy } from './move-policy';
import { assertLocksKept } from './object-lock';
import type { Opened } from './open-both';
import { closeBoth, openBoth } from './open-both';
import { processClock } from './process-clock';
import type { CopyResult } from './result';
import { ShareState, sharesIn } from './shares';
import { rememberFirst, takeBack } from './take-back';
import { addTallies } from './tally';
import { DIFFERENCES, describeFinding, differencesIn, errorOf } from './unproven';

const MISMATCHES_NAMED = 20;
/** A checkpoint is a request; what it does not know after a stop is compared again, or copied. Unit: milliseconds. */
const KEEP_EVERY_MS = 5_000;

interface Moved {
  readonly result: CopyResult;
  readonly manifest: Manifest;
  readonly state: MoveState;
  readonly before: Manifest | undefined;
  readonly notices: readonly string[];
}

interface MoveRun {
  readonly dataSet: DataSetSpec;
  readonly order: MoveOrder;
  readonly policy: CopyPolicy;
  readonly part: MemoryPart;
}

export class EngineMover implements DataMover {
  /** Of all shares that this process copies: how many come to one worker is not known beforehand. */
  private readonly memory: Budget;

  constructor(
    private readonly places: DataPlaces,
    private readonly clock: CopyClock = processClock(),
    private readonly limits: CopyLimits = { ...COPY_LIMITS, keepEveryMs: KEEP_EVERY_MS },
  ) {
    this.memory = new Budget(limits.memoryBytesMax);
  }

  async copy(dataSet: DataSetSpec, order: MoveOrder): Promise<CopyOutcome> {
    const moved = await this.move({ dataSet, order, policy: copyPolicy(dataSet), part: 'copy' });
    const { state, manifest, result, before } = moved;
    await state.count(manifest.run, result);
    const error = errorOf(dataSet, result);
    // Its manifest would not know any more that what could not be deleted was ours.
    if (!hasLeftCopies(result)) await state.finish(manifest, result, before);
    if (error !== undefined) throw error;
    const { done } = state;
    return {
      ...stateOf(moved),
      ...done,
      unchangedCount: Math.max(0, manifest.count - done.copiedCount),
      durationMs: this.clock.now() - state.startedAtMs,
    };
  }

  divide(dataSet: DataSetSpec, order: MoveOrder, countMax: number): Promise<number> {
    const { signal } = order;
    const { clock } = this;
    return this.whileOpen(dataSet, signal, async (opened) => {
      const { state, before } = await this.begin(dataSet, order, opened, 'copy');
      return state.shareOut(opened.from, copyPolicy(dataSet), before, { clock, signal, countMax });
    });
  }

  async copyRange(dataSet: DataSetSpec, order: MoveOrder, place: number): Promise<RangeOutcome> {
    const { signal, orderId } = order;
    const memory = this.openMemory(dataSet, order, 'copy');
    const copies = new CopyState(memory);
    const whole = await copies.wholeCheckpoint();
    if (whole === undefined) throw new Error('this copy is over');
    const share = await ShareState.take(memory, whole, place, orderId);
    return this.whileOpen(dataSet, signal, async (opened, notices) => {
      const before = await copies.manifestOf(placesOf(opened));
      const begun = await share.resumeOrBegin(opened.from, signal);
      const job = {
        ...this.jobFor({ dataSet, order, policy: copyPolicy(dataSet) }, opened, begun, (now) => share.keep(now)),
        keepsLocks: await assertLocksKept(opened.from, opened.to, signal),
        proven: copies.readerOf(before),
        store: share.store,
        memory: this.memory,
        bandwidth: bandwidthOf(dataSet, sharesIn(whole)),
      };
      const done = await runShare(job, begun);
      const { objects, bytes, copied, copiedBytes } = addTallies(done.ranges.map(({ tally }) => tally));
      return {
        objectCount: objects,
        byteCount: bytes,
        copiedCount: copied,
        copiedBytes,
        ...(notices.length === 0 ? {} : { notices }),
      };
    });
  }

  async verify(dataSet: DataSetSpec, order: MoveOrder): Promise<DataProof> {
    const policy = verifyPolicy(dataSet, order.orderId);
    const moved = await this.move({ dataSet, order, policy, part: 'proof' });
    const { state, manifest, result, before } = moved;
    const error = errorOf(dataSet, result, DIFFERENCES);
    const { count, named } = differencesIn(result);
    // What is not proven is no root for anybody: the last one that was stays, and another attempt begins anew.
    if (error === undefined && count === 0) await state.finish(manifest, result, before);
    else await state.forget(manifest, before);
    if (error !== undefined) throw error;
    const mismatches = named.slice(0, MISMATCHES_NAMED).map(describeFinding);
    return { ...stateOf(moved), objectCount: result.tally.objects, mismatches, mismatchCount: count };
  }

  async removeCopies(dataSet: DataSetSpec, memory: DataMemory, signal: AbortSignal): Promise<readonly string[]> {
    const { clock, limits } = this;
    const [copy, proof] = [this.openMemory(dataSet, memory, 'copy'), this.openMemory(dataSet, memory, 'proof')];
    return this.whileOpen(dataSet, signal, (opened) =>
      takeBack({ dataSet, ...opened, copy, proof, clock, limits, signal }),
    );
  }

  private move(run: MoveRun): Promise<Moved> {
    const { dataSet, order, policy, part } = run;
    const { signal } = order;
    return this.whileOpen(dataSet, signal, async (opened, notices) => {
      const { from, to } = opened;
      const keepsLocks = part === 'copy' && (await assertLocksKept(from, to, signal));
      const { state, before } = await this.begin(dataSet, order, opened, part);
      const known = part === 'copy' ? state.readerOf(before) : await this.copiesOf(dataSet, order);
      const checkpoint = await state.resumeOrBegin(from, policy, before, this.clock, signal);
      const job = {
        ...this.jobFor(run, opened, checkpoint, (now) => state.keep(now)),
        keepsLocks,
        proven: known,
        ...(part === 'copy' && before !== undefined ? { last: before } : {}),
        store: state.store,
        bandwidth: bandwidthOf(dataSet, 1),
      };
      const { result, manifest } = await runCopy(job, checkpoint);
      return { result, manifest, state, before, notices };
    });
  }

  /** Takes the memory over for the order. */
  private async begin(
    dataSet: DataSetSpec,
    order: MoveOrder,
    opened: Opened,
    part: MemoryPart,
  ): Promise<{ state: MoveState; before: Manifest | undefined }> {
    const store = this.openMemory(dataSet, order, part);
    const state = await MoveState.take(store, placesOf(opened), order.orderId, this.clock.now());
    if (part === 'copy') await rememberFirst(store, state.startedAtMs);
    return { state, before: await state.manifestOf(placesOf(opened)) };
  }

  private jobFor(
    { dataSet, order, policy }: Pick<MoveRun, 'dataSet' | 'order' | 'policy'>,
    { from, to }: Opened,
    { run }: Checkpoint,
    keep: CopyJob['onCheckpoint'],
  ): Omit<CopyJob, 'store' | 'proven' | 'bandwidth'> {
    const progress = { objectCount: 0, movedBytes: 0, run };
    return {
      from,
      to,
      policy,
      deletePercentMax: dataSet.sync?.maxDeletePercent ?? 0,
      limits: this.limits,
      clock: this.clock,
      signal: order.signal,
      onCheckpoint: async (now) => {
        await keep(now);
        order.onProgress({ ...progress });
      },
      onSettled: () => void (progress.objectCount += 1),
      onMoved: (bytes) => void (progress.movedBytes += bytes),
    };
  }

  /** What the copies have proven on their way. */
  private async copiesOf(dataSet: DataSetSpec, memory: DataMemory): Promise<ManifestReader> {
    const state = new CopyState(this.openMemory(dataSet, memory, 'copy'));
    return state.readerOf(await state.manifestOf(dataSet));
  }

  private openMemory({ name }: DataSetSpec, memory: DataMemory, part: MemoryPart): ManifestStore {
    return this.places.openManifests(memoryUrl(memory, name, part));
  }

  /** @param work gets what the places cannot do, as they tell it. */
  private async whileOpen<T>(
    dataSet: DataSetSpec,
    signal: AbortSignal,
    work: (opened: Opened, notices: readonly string[]) => Promise<T>,
  ): Promise<T> {
    const notices: string[] = [];
    const opened = await openBoth(this.places, dataSet, (text) => notices.push(text), signal);
    try {
      return await work(opened, notices);
    } finally {
      await closeBoth(opened);
    }
  }
}

function placesOf({ from, to }: Opened): Places {
  return { from: from.url, to: to.url };
}

function hasLeftCopies({ removal, findingCounts }: CopyResult): boolean {
  return removal?.refused !== undefined || (findingCounts.kept ?? 0) > 0;
}

function stateOf({ manifest, notices }: Moved): DataState {
  const { count, bytes, root, proofs } = manifest;
  return {
    objectCount: count,
    byteCount: bytes,
    manifestHash: root,
    ...(proofs === undefined ? {} : { proofs }),
    ...(notices.length === 0 ? {} : { notices }),
  };
}
