/**
 * A copy from its beginning, or from where it stopped, to its result: ranges of keys at once, then removals, then the
 * manifest. No clock and no chance of its own.
 */
import { epochMs } from '../domain/quantity';
import type { ManifestStore } from '../ports/manifest-store';
import type { KeyRange, ObjectSource, ObjectTarget } from '../ports/object-store';
import type { Timetable } from '../domain/timetable';
import { Bandwidth } from './bandwidth';
import { Budget } from './budget';
import type { Checkpoint } from './checkpoint';
import { beginRange, CHECKPOINT_VERSION } from './checkpoint';
import type { CopyClock } from './clock';
import type { CopyPolicy } from './decide';
import type { Finding } from './finding';
import { newestWork } from './key-work';
import type { Manifest, ManifestReader, Summed } from './manifest';
import { MANIFEST_VERSION, sumUp } from './manifest';
import type { Moving, Sizes } from './moving';
import { idsOf, rangeName, runRanges } from './range-lanes';
import type { Removal } from './removals';
import { refusal, removeExtras } from './removals';
import type { CopyResult } from './result';
import { FindingCounts, resultOf } from './result';
import type { Settled } from './settled';
import { eitherSignal } from './signals';
import { readSpool } from './spool';
import type { Tally } from './tally';
import { addTallies } from './tally';
import { Throttle } from './throttle';
import type { VersionedPlaces } from './version-work';
import { versionWork } from './version-work';

export interface CopyLimits {
  /** Objects under way at once. */
  readonly objectsMax: number;
  /** Content in memory at once. Unit: bytes. */
  readonly memoryBytesMax: number;
  /** Ranges worked on at once. */
  readonly rangesMax: number;
  readonly sizes: Sizes;
  readonly attemptsMax: number;
  /** How often the checkpoint is handed out while nothing else makes it. Unit: milliseconds. */
  readonly keepEveryMs: number;
}

const MIB = 1_048_576;

export const COPY_LIMITS: CopyLimits = {
  objectsMax: 64,
  memoryBytesMax: 128 * MIB,
  rangesMax: 8,
  sizes: { wholeBytesMax: 8 * MIB, partBytes: 16 * MIB },
  attemptsMax: 8,
  keepEveryMs: 2_000,
};

export interface CopyJob {
  readonly from: ObjectSource;
  readonly to: ObjectTarget;
  /** Every version is copied; they are `from` and `to`. Missing: the newest alone. */
  readonly versioned?: VersionedPlaces;
  readonly policy: CopyPolicy;
  /** What assertLocksKept said. Missing: no object is locked, or that does not matter. */
  readonly keepsLocks?: boolean;
  /** Of the objects that the target has, removed at most. Read only where the policy mirrors. */
  readonly deletePercentMax: number;
  /** The last manifest, or NO_MANIFEST. */
  readonly proven: ManifestReader;
  /** What `proven` reads. Given, a run that changes nothing goes on using its files, which must then be kept. */
  readonly last?: Manifest;
  readonly store: ManifestStore;
  readonly limits: CopyLimits;
  /** Shared with other copies of this process. Missing: one of its own. */
  readonly memory?: Budget;
  readonly bandwidth: Timetable;
  readonly clock: CopyClock;
  readonly signal: AbortSignal;
  /** Called one at a time; what it has taken, a later run goes on from. */
  onCheckpoint(checkpoint: Checkpoint): Promise<void>;
  onSettled(settled: Settled): void;
  onMoved(bytes: number): void;
}

/** Of a copy that nobody watches, and that begins anew where it is stopped. */
export const UNWATCHED: Pick<CopyJob, 'onCheckpoint' | 'onSettled' | 'onMoved'> = {
  onCheckpoint: async () => undefined,
  onSettled: () => undefined,
  onMoved: () => undefined,
};

/** @param run names the files of this run, and is not used twice. @param job see Checkpoint. */
export async function beginCopy(
  from: ObjectSource,
  rangeCount: number,
  run: string,
  job: string,
  signal: AbortSignal,
): Promise<Checkpoint> {
  const ranges: readonly KeyRange[] = await from.divide(rangeCount, signal);
  return { version: CHECKPOINT_VERSION, run, job, ranges: idsOf(ranges.map(beginRange)) };
}

/** Looks at everything anew; uploads in parts that the run before left are gone on with. */
export function beginAfter(unfinished: Checkpoint, run: string, job: string): Checkpoint {
  const ranges = unfinished.ranges.map(({ range, uploads }) => ({ ...beginRange(range), uploads }));
  return { version: CHECKPOINT_VERSION, run, job, ranges };
}

/** @throws what ends a copy early; the last checkpoint says where to go on. */
export async function runCopy(job: CopyJob, from: Checkpoint): Promise<{ result: CopyResult; manifest: Manifest }> {
  const failed = new AbortController();
  const signal = eitherSignal(job.signal, failed.signal);
  const moving = movingOf(job, signal);
  const { versioned, policy, proven } = job;
  await versioned?.to.assertKeepsVersions(signal);
  const done =
    versioned === undefined
      ? await runRanges(job, moving, from, failed, newestWork(policy, proven))
      : await runRanges(job, moving, from, failed, versionWork(versioned, policy, proven));
  return finishCopy(job, moving, done);
}

/** One worker's share: its ranges, without what comes after the last one of all. @throws as runCopy. */
export async function runShare(job: CopyJob, from: Checkpoint): Promise<Checkpoint> {
  const failed = new AbortController();
  const moving = movingOf(job, eitherSignal(job.signal, failed.signal));
  return runRanges(job, moving, from, failed, newestWork(job.policy, job.proven));
}

function movingOf(job: CopyJob, signal: AbortSignal): Moving {
  const { limits, clock } = job;
  return {
    from: job.from,
    to: job.to,
    copier: job.to.copierFrom(job.from),
    keepsLocks: job.keepsLocks === true,
    sizes: limits.sizes,
    memory: job.memory ?? new Budget(limits.memoryBytesMax),
    bandwidth: new Bandwidth(job.bandwidth, clock),
    throttle: new Throttle(limits.objectsMax),
    clock,
    signal,
    attemptsMax: limits.attemptsMax,
    onMoved: (bytes) => job.onMoved(bytes),
  };
}

async function finishCopy(
  job: CopyJob,
  moving: Moving,
  done: Checkpoint,
): Promise<{ result: CopyResult; manifest: Manifest }> {
  const { store, policy } = job;
  const tally = addTallies(done.ranges.map((range) => range.tally));
  const findings = new FindingCounts();
  const nameOf = (index: number): string => rangeName(done.run, done.ranges[index]?.id ?? index);
  for (const [index, { findingFiles }] of done.ranges.entries()) {
    for await (const texts of readSpool(store, `${nameOf(index)}/findings`, findingFiles))
      for (const text of texts) findings.add(JSON.parse(text) as Finding);
  }
  const removal = policy.mirror ? await remove(job, moving, done, findings) : undefined;
  const kept = keptOf(job, tally);
  const summed =
    kept ?? (await sumUp(store, done.ranges, (index) => `${nameOf(index)}/lines`, job.versioned !== undefined));
  if (kept !== undefined) for (const index of done.ranges.keys()) await store.removeAll(`${nameOf(index)}/lines`);
  const finishedAtMs = epochMs(job.clock.now());
  const manifest = {
    version: MANIFEST_VERSION,
    run: done.run,
    from: job.from.url,
    to: job.to.url,
    finishedAtMs,
    ...(job.versioned === undefined ? {} : { versions: 'all' as const }),
    ...summed,
  } as const;
  return { manifest, result: resultOf({ tally, findings, removal, manifest }) };
}

async function remove(job: CopyJob, moving: Moving, done: Checkpoint, findings: FindingCounts): Promise<Removal> {
  const tally = addTallies(done.ranges.map((range) => range.tally));
  const refused = refusal(tally, done.ranges, job.deletePercentMax);
  if (refused !== undefined) return { wanted: tally.toRemove, removed: 0, refused };
  const nameOf = (index: number): string => `${rangeName(done.run, done.ranges[index]?.id ?? index)}/removals`;
  const removed = await removeExtras(moving, job.store, done.ranges, nameOf, (finding) => findings.add(finding));
  return { wanted: tally.toRemove, removed };
}

/** Every line was there before and stands unchanged, so the files and their root are those of the last manifest. */
function keptOf({ last }: CopyJob, { objects, unchanged }: Tally): Summed | undefined {
  if (last === undefined || last.count === 0 || unchanged !== last.count || objects !== unchanged) return undefined;
  const { root, count, bytes, unproven, proofs, segments } = last;
  return proofs === undefined ? undefined : { root, count, bytes, unproven, proofs, segments };
}
