/** The copy engine as a migration's DataMover: what it must not forget lies beside the ledger. */
import type { DataMemory } from '../domain/data-memory';
import type { DataSetSpec } from '../domain/spec';
import type { CopyOutcome, DataMover, DataProof, DataState, MoveOrder } from '../ports/data-mover';
import type { DataPlaces } from '../ports/data-places';
import type { ManifestStore } from '../ports/manifest-store';
import type { ObjectTarget } from '../ports/object-store';
import type { CopyClock } from './clock';
import type { CopyLimits } from './copy';
import { COPY_LIMITS, runCopy } from './copy';
import { CopyState, hashOf } from './copy-state';
import type { CopyPolicy, Verify } from './decide';
import type { Manifest, ManifestReader } from './manifest';
import { MoveState } from './move-order';
import { assertLocksKept } from './object-lock';
import { processClock } from './process-clock';
import type { CopyResult } from './result';
import { rememberFirst, takeBack } from './take-back';
import { DIFFERENCES, describeFinding, differencesIn, errorOf } from './unproven';

const MISMATCHES_NAMED = 20;
/** A checkpoint is a request; what it does not know after a stop is compared again, or copied. Unit: milliseconds. */
const KEEP_EVERY_MS = 5_000;
/** Of the manifests of copies; of verifications, whose root the ledger has; of what repairs them for a while. */
export type MemoryPart = 'copy' | 'proof' | 'repair';

/** No workload's name begins so, so no record of the ledger lies there. */
const MEMORY_FOLDER = '_data';

/** @param name of the data set. */
export function memoryUrl({ ledger, workload }: DataMemory, name: string, part: MemoryPart): string {
  const isPlain = /^[\w.-]+$/.test(name) && !/^\.+$/.test(name);
  const folder = isPlain ? name : `${name.replace(/[^\w-]/g, '_')}-${hashOf(name).slice(0, 8)}`;
  return `${ledger.replace(/\/+$/, '')}/${MEMORY_FOLDER}/${workload}/${folder}/${part}`;
}

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
  constructor(
    private readonly places: DataPlaces,
    private readonly clock: CopyClock = processClock(),
    private readonly limits: CopyLimits = { ...COPY_LIMITS, keepEveryMs: KEEP_EVERY_MS },
  ) {}

  async copy(dataSet: DataSetSpec, order: MoveOrder): Promise<CopyOutcome> {
    const policy = {
      ...policyOf('copy', { kind: 'changed' }, dataSet),
      overwrite: dataSet.overwrite === true,
      mirror: dataSet.sync?.deletes === 'mirror',
    };
    const moved = await this.move({ dataSet, order, policy, part: 'copy' });
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

  async verify(dataSet: DataSetSpec, order: MoveOrder): Promise<DataProof> {
    const policy = policyOf('verify', verifyOf(dataSet, order.orderId), dataSet);
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
    const opened = await this.open(dataSet, () => undefined, signal);
    const openPart = (part: MemoryPart): ManifestStore =>
      this.places.openManifests(memoryUrl(memory, dataSet.name, part));
    try {
      const { clock, limits } = this;
      return await takeBack({
        dataSet,
        ...opened,
        copy: openPart('copy'),
        proof: openPart('proof'),
        clock,
        limits,
        signal,
      });
    } finally {
      await closeAll(opened);
    }
  }

  private async move({ dataSet, order, policy, part }: MoveRun): Promise<Moved> {
    const { signal } = order;
    const notices: string[] = [];
    const opened = await this.open(dataSet, (text) => notices.push(text), signal);
    try {
      const { from, to } = opened;
      const keepsLocks = part === 'copy' && (await assertLocksKept(from, to, signal));
      const names = { from: from.url, to: to.url };
      const store = this.places.openManifests(memoryUrl(order, dataSet.name, part));
      const state = await MoveState.take(store, names, order.orderId, this.clock.now());
      if (part === 'copy') await rememberFirst(store, state.startedAtMs);
      const before = await state.manifestOf(names);
      const known = part === 'copy' ? state.readerOf(before) : await this.copiesOf(dataSet, order);
      const checkpoint = await state.resumeOrBegin(from, policy, before, this.clock, signal);
      const progress = { objectCount: 0, movedBytes: 0, run: checkpoint.run };
      const { result, manifest } = await runCopy(
        {
          from,
          to,
          policy,
          keepsLocks,
          deletePercentMax: dataSet.sync?.maxDeletePercent ?? 0,
          proven: known,
          ...(part === 'copy' && before !== undefined ? { last: before } : {}),
          store: state.store,
          limits: this.limits,
          bandwidth: dataSet.bandwidth ?? [],
          clock: this.clock,
          signal,
          onCheckpoint: async (now) => {
            await state.keep(now);
            order.onProgress({ ...progress });
          },
          onSettled: () => void (progress.objectCount += 1),
          onMoved: (bytes) => void (progress.movedBytes += bytes),
        },
        checkpoint,
      );
      return { result, manifest, state, before, notices };
    } finally {
      await closeAll(opened);
    }
  }

  /** What the copies have proven on their way. */
  private async copiesOf({ name, from, to }: DataSetSpec, order: MoveOrder): Promise<ManifestReader> {
    const state = new CopyState(this.places.openManifests(memoryUrl(order, name, 'copy')));
    const manifest = await state.lastManifest();
    return state.readerOf(manifest?.from === from && manifest.to === to ? manifest : undefined);
  }

  private async open(
    { from, to, key, kmsKeyId, storageClass }: DataSetSpec,
    onNotice: (text: string) => void,
    signal: AbortSignal,
  ): Promise<{ from: ObjectTarget; to: ObjectTarget }> {
    const reads = { onNotice, ...(key === undefined ? {} : { key }) };
    const source = await this.places.openStore(from, reads, signal);
    try {
      const writes = {
        ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
        ...(storageClass === undefined ? {} : { storageClass }),
      };
      return { from: source, to: await this.places.openStore(to, { ...reads, ...writes }, signal) };
    } catch (error) {
      await source.close();
      throw error;
    }
  }
}

function policyOf(mode: CopyPolicy['mode'], verify: Verify, { compress }: DataSetSpec): CopyPolicy {
  const compressed = compress === undefined ? {} : { compress };
  return {
    mode,
    verify,
    ...compressed,
    readBack: false,
    repair: false,
    overwrite: false,
    mirror: false,
    keepsForeign: true,
  };
}

/** Each order takes a sample of its own, and all of its attempts the same. */
function verifyOf({ verify }: DataSetSpec, orderId: string): Verify {
  if (verify?.kind !== 'sample') return verify ?? { kind: 'full' };
  return { ...verify, seed: Number.parseInt(hashOf(orderId).slice(0, 8), 16) };
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

async function closeAll({ from, to }: { from: ObjectTarget; to: ObjectTarget }): Promise<void> {
  await Promise.all([from.close(), to.close()]);
}
