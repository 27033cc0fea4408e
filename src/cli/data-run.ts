/** Runs what `crossfade data` was asked for, on real places. Loaded when it is first needed. */
import type { Checkpoint } from '../data/checkpoint';
import { beginCopy, COPY_LIMITS, runCopy } from '../data/copy';
import type { Places } from '../data/copy-state';
import { jobOf, newRunName } from '../data/copy-state';
import type { CopyPolicy } from '../data/decide';
import type { Manifest } from '../data/manifest';
import type { CopyPlan } from '../data/plan';
import { assertLocksKept } from '../data/object-lock';
import { planCopy, planVersionCopy } from '../data/plan';
import { processClock } from '../data/process-clock';
import type { CopyResult } from '../data/result';
import { addTallies } from '../data/tally';
import type { Timetable } from '../domain/timetable';
import type { ObjectSource, ObjectTarget } from '../ports/object-store';
import type { PlaceFlags, PlaceOptions } from './data-places';
import { openPlace, versionedPlaces } from './data-places';
import { Progress } from './data-progress';
import type { Totals } from './data-progress';
import { DataState, defaultStateDir } from './data-state';
import type { Writing } from './data-writing';
import type { Io } from './io';

export { parseTimetable } from '../domain/timetable';
export { DataState, defaultStateDir } from './data-state';

export interface DataRequest {
  readonly from: PlaceFlags;
  readonly to: PlaceFlags;
  readonly state: string | undefined;
  readonly policy: CopyPolicy;
  readonly writing: Writing;
  /** All versions, not the newest alone. */
  readonly isVersioned: boolean;
  readonly deletePercentMax: number;
  readonly bandwidth: Timetable;
  readonly transfersMax: number;
  readonly followsLinks: boolean;
  readonly isQuiet: boolean;
}

export interface DataAnswer {
  readonly run: string;
  readonly state: string;
  /** Also what a stop or a failure made to be moved again. Unit: bytes. */
  readonly movedBytes: number;
  readonly elapsedMs: number;
  readonly result: CopyResult;
}

/** Stopped by the operator; the same command goes on. */
export class StoppedError extends Error {
  override readonly name = 'Stopped';

  constructor(
    readonly state: string,
    readonly done: Totals,
  ) {
    super('stopped');
  }
}

const RANGES_MAX = 16;

export async function runData(io: Io, request: DataRequest, signal: AbortSignal): Promise<DataAnswer> {
  const places = { from: request.from.url, to: request.to.url };
  const { policy, writing, isVersioned } = request;
  const state = stateOf(io, request);
  const unlock = await state.lock();
  const progress = { current: undefined as Progress | undefined };
  const open: ObjectSource[] = [];
  try {
    const { from, to } = await openPlaces(io, request, signal);
    open.push(from, to);
    const keepsLocks = !writing.withoutLocks && policy.mode === 'copy' && (await assertLocksKept(from, to, signal));
    const before = await state.manifest(places, isVersioned);
    const job = jobOf(namesOf(request), { policy, writing, isVersioned }, before);
    const checkpoint = await resumeOrBegin(io, state, { from, job, before, isQuiet: request.isQuiet }, signal);
    const bar = new Progress(io, request.isQuiet, totalsOf(checkpoint));
    progress.current = bar;
    bar.start();
    if (io.isTerminal && !request.isQuiet && !isVersioned) countTotals(from, signal, bar);
    const { result, manifest } = await runCopy(
      {
        from,
        to,
        ...(isVersioned ? { versioned: versionedPlaces(from, to) } : {}),
        policy,
        keepsLocks,
        deletePercentMax: request.deletePercentMax,
        proven: state.readerOf(before),
        ...(before === undefined ? {} : { last: before }),
        store: state.store,
        limits: { ...COPY_LIMITS, objectsMax: request.transfersMax },
        bandwidth: request.bandwidth,
        clock: processClock(),
        signal,
        onCheckpoint: (now) => state.keep(now),
        onSettled: (settled) => bar.settled(settled),
        onMoved: (bytes) => bar.took(bytes),
      },
      checkpoint,
    );
    await state.finish(manifest, result, before);
    const { movedBytes, elapsedMs } = bar;
    return { run: manifest.run, state: state.directory, movedBytes, elapsedMs, result };
  } catch (error) {
    if (!signal.aborted) throw error;
    const kept = await state.checkpoint();
    throw new StoppedError(state.directory, kept === undefined ? { objects: 0, bytes: 0 } : totalsOf(kept));
  } finally {
    progress.current?.stop();
    await Promise.all(open.map((place) => place.close()));
    await unlock();
  }
}

export async function planData(io: Io, request: DataRequest, signal: AbortSignal): Promise<CopyPlan> {
  const places = { from: request.from.url, to: request.to.url };
  const { from, to } = await openPlaces(io, request, signal);
  const { policy, isVersioned } = request;
  try {
    const state = stateOf(io, request);
    const proven = state.readerOf(await state.manifest(places, isVersioned));
    if (isVersioned) return await planVersionCopy({ ...versionedPlaces(from, to), policy, proven, signal });
    return await planCopy({ from, to, policy, proven, signal });
  } finally {
    await Promise.all([from.close(), to.close()]);
  }
}

async function openPlaces(
  io: Io,
  { from, to, followsLinks, writing }: DataRequest,
  signal: AbortSignal,
): Promise<{ from: ObjectSource; to: ObjectTarget }> {
  const options: PlaceOptions = { followsLinks, isCreated: false, onNotice: (text) => io.err(`data: ${text}`) };
  const source = await openPlace(from, options, signal);
  try {
    return { from: source, to: await openPlace(to, { ...options, writing, isCreated: true }, signal) };
  } catch (error) {
    await source.close();
    throw error;
  }
}

function stateOf(io: Io, request: DataRequest): DataState {
  return new DataState(request.state ?? defaultStateDir(namesOf(request), io.env, request.isVersioned));
}

/** Two servers may have buckets of one name. */
export function namesOf({ from, to }: Pick<DataRequest, 'from' | 'to'>): Places {
  const name = ({ url, endpoint }: PlaceFlags): string => (endpoint === undefined ? url : `${url} at ${endpoint}`);
  return { from: name(from), to: name(to) };
}

async function resumeOrBegin(
  io: Io,
  state: DataState,
  { from, job, before, isQuiet }: { from: ObjectSource; job: string; before: Manifest | undefined; isQuiet: boolean },
  signal: AbortSignal,
): Promise<Checkpoint> {
  const kept = await state.checkpoint();
  if (kept?.job === job) {
    if (!isQuiet) io.err(`data: going on with run ${kept.run}, ${totalsOf(kept).objects} objects done`);
    return kept;
  }
  if (kept !== undefined) await state.forget(kept, before);
  const checkpoint = await beginCopy(from, RANGES_MAX, newRunName(io.now()), job, signal);
  await state.keep(checkpoint);
  return checkpoint;
}

function totalsOf({ ranges }: Checkpoint): Totals {
  const { objects, bytes } = addTallies(ranges.map(({ tally }) => tally));
  return { objects, bytes };
}

/** For the time left; only where somebody watches, because it is one more listing. */
function countTotals(from: ObjectSource, signal: AbortSignal, bar: Progress): void {
  const counting = async (): Promise<void> => {
    let [objects, bytes] = [0, 0];
    for await (const page of from.list({}, signal)) {
      objects += page.length;
      for (const { sizeBytes } of page) bytes += sizeBytes;
    }
    bar.totals = { objects, bytes };
  };
  // The copy's own listing tells what is wrong.
  counting().catch(() => undefined);
}
