import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import { followed, syncEveryMs } from '../domain/data-freeze';
import { memoryOf } from '../domain/data-memory';
import type { SyncRun } from '../domain/data-forecast';
import { formatBytes } from '../domain/data-quantity';
import type { DataSetSpec, MigrationSpec } from '../domain/spec';
import { announce } from './announce';
import { call } from './calls';
import { dataOf, isFollowing, rememberRun } from './data-state';
import { copyDivided } from './fan-out';
import type { RangesDone } from './fan-out';
import { note } from './journal';
import type { Run } from './run';
import type { MigrationState } from './state';
import { failureOf } from './wait';

/*
 * Data that changes is followed from its first copy to the freeze. A spec of an earlier version follows nothing, so a
 * run of an earlier version makes no command here.
 */

/** One incremental run of one data set. @param onRange of one that is shared out: told when a range is done. */
export async function copyOnce(
  spec: MigrationSpec,
  dataSet: DataSetSpec,
  why: string,
  onRange: (done: RangesDone) => void = () => undefined,
): Promise<SyncRun> {
  // What changes after this moment may be missed by this run's listing, and is the next one's.
  const startedAtMs = Date.now();
  const input = { dataSet, memory: memoryOf(spec) };
  const summary = `${why} ${dataSet.from} to ${dataSet.to}`;
  const { done, rangeCount } =
    dataSet.fanOut === undefined
      ? { done: await call('copyData', 'long', summary, input), rangeCount: 1 }
      : await copyDivided(input, dataSet.fanOut, summary, onRange);
  return {
    startedAtMs,
    durationMs: done.durationMs,
    copiedBytes: done.byteCount,
    copiedCount: done.copiedCount,
    deletedCount: done.deletedCount,
    unchangedCount: done.unchangedCount,
    ...(rangeCount === 1 ? {} : { rangeCount }),
  };
}

/** Where a copy that is shared out stands, for whoever looks at the step it belongs to. */
export function showRanges(run: Run, { name }: DataSetSpec): (done: RangesDone) => void {
  return ({ rangeCount, doneCount, objectCount, copiedBytes }) => {
    const ranges = `${doneCount} of ${rangeCount} ranges`;
    run.state.doing = `copy ${name}: ${ranges} done, ${objectCount} objects, ${formatBytes(copiedBytes)} copied`;
    announce(run);
  };
}

/** One run of everything that is followed, one after another. Runs that found something go to the ledger. */
export async function syncRound(run: Run): Promise<void> {
  const { state } = run;
  for (const dataSet of followed(state.spec.data)) {
    const done = await copyOnce(state.spec, dataSet, 'follow');
    rememberRun(state, dataSet, done);
    if (done.copiedCount + done.deletedCount > 0)
      note(state, 'data_synced', runText(dataSet.name, done), { values: { ...done } });
  }
}

export function runText(name: string, { copiedCount, copiedBytes, deletedCount, rangeCount }: SyncRun): string {
  const deleted = deletedCount === 0 ? '' : `, ${deletedCount} deleted`;
  const ranges = rangeCount === undefined ? '' : `, in ${rangeCount} ranges side by side`;
  return `${name}: ${copiedCount} changed objects copied (${formatBytes(copiedBytes)})${deleted}${ranges}`;
}

/** Follows the data while `work` goes on; stops with it. @param afterRound looks at what a run found. */
export async function whileSyncing<T>(
  run: Run,
  work: () => Promise<T>,
  afterRound: () => void = () => undefined,
): Promise<T> {
  if (!isFollowing(run.state)) return work();
  const scope = new CancellationScope();
  // Ends by cancellation alone: a round that fails is noted, and the next one tries again.
  scope.run(() => syncAgainAndAgain(run, afterRound)).catch(() => undefined);
  try {
    return await work();
  } finally {
    scope.cancel();
  }
}

async function syncAgainAndAgain(run: Run, afterRound: () => void): Promise<never> {
  const { state } = run;
  const everyMs = syncEveryMs(state.spec.data);
  let triedAtMs = newestRunAtMs(state);
  for (;;) {
    await sleep(Math.max(1, triedAtMs + everyMs - Date.now()), { summary: 'until the data is looked at again' });
    triedAtMs = Date.now();
    // A pause starts nothing new.
    if (state.operator.paused !== null) continue;
    await tryRound(run);
    afterRound();
    run.changeCount += 1;
  }
}

function newestRunAtMs(state: MigrationState): number {
  const newest = Object.values(dataOf(state).sets).map(({ runs }) => runs.at(-1)?.startedAtMs ?? 0);
  return Math.max(0, ...newest);
}

/** Beside a hold: users are served all the same, so it does not block the migration. The cutover's own run does. */
async function tryRound(run: Run): Promise<void> {
  try {
    await syncRound(run);
  } catch (error) {
    if (isCancellation(error)) throw error;
    const { code, message } = failureOf(error);
    note(run.state, 'data_synced', `following the data failed and is tried again: ${code}: ${message}`, {
      values: { code },
    });
  }
}
