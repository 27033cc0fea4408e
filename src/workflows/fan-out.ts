/*
 * A large copy, shared out over workers. Each range is a child workflow on the main queue, so that any worker takes it; then
 * one activity proves what all of them did, as if it had copied all by itself.
 *
 * Invariants
 * 1. A range has nothing to undo: what it has under way stands in the memory of the copy, which outlives it. So it is ended
 *    with whoever copies the whole, and the next copy takes its ID over, whether or not it has ended by then.
 * 2. What a range could not copy does not end it; the copy of the whole tells. One that fails for good ends the others.
 */
import {
  CancellationScope,
  ChildWorkflowCancellationType,
  executeChild,
  ParentClosePolicy,
  workflowInfo,
} from '@temporalio/workflow';
import type { CopyResult, DataInput, RangeResult } from '../contracts/activities';
import { COPY_RANGE, rangeId } from '../contracts/messages';
import { call } from './calls';
import type { copyRange, CopyRangeInput } from './copy-range';

/** Sums over the ranges that are done. */
export interface RangesDone extends RangeResult {
  readonly rangeCount: number;
  readonly doneCount: number;
}

type Ranges = Required<Pick<DataInput, 'dataSet' | 'memory'>> & { readonly orderId: string };

/**
 * @param why begins the line of the run sheet. @param onRange told when a range is done.
 * @returns also how many ranges there were; 1 where the place is not worth dividing.
 */
export async function copyDivided(
  input: Required<DataInput>,
  rangesMax: number,
  why: string,
  onRange: (done: RangesDone) => void,
): Promise<{ done: CopyResult; rangeCount: number }> {
  const { dataSet } = input;
  const divided = await call('divideData', 'long', `divide ${dataSet.from} into ${rangesMax} ranges`, {
    ...input,
    rangesMax,
  });
  const { orderId, rangeCount } = divided;
  if (rangeCount > 1) await copyRanges({ ...input, orderId }, rangeCount, onRange);
  const done = await call('copyData', 'long', `${why}: ${rangeCount} ranges, proven as one`, { ...input, orderId });
  return { done, rangeCount };
}

async function copyRanges(input: Ranges, rangeCount: number, onRange: (done: RangesDone) => void): Promise<void> {
  const scope = new CancellationScope();
  let sum: RangesDone = { rangeCount, doneCount: 0, objectCount: 0, byteCount: 0, copiedCount: 0, copiedBytes: 0 };
  const one = async (place: number): Promise<void> => {
    const done = await startRange({ ...input, place, rangeCount });
    // After the wait: others were added meanwhile.
    sum = added(sum, done);
    onRange(sum);
  };
  try {
    await scope.run(() => Promise.all(Array.from({ length: rangeCount }, (_, place) => one(place))));
  } catch (error) {
    scope.cancel();
    throw error;
  }
}

function startRange(input: CopyRangeInput): Promise<RangeResult> {
  const { dataSet, place } = input;
  return executeChild<typeof copyRange>(COPY_RANGE, {
    workflowId: rangeId(workflowInfo().workflowId, dataSet.name, place),
    args: [input],
    // Invariant 1.
    parentClosePolicy: ParentClosePolicy.TERMINATE,
    workflowIdReusePolicy: 'TERMINATE_IF_RUNNING',
    cancellationType: ChildWorkflowCancellationType.TRY_CANCEL,
  });
}

function added(sum: RangesDone, one: RangeResult): RangesDone {
  return {
    rangeCount: sum.rangeCount,
    doneCount: sum.doneCount + 1,
    objectCount: sum.objectCount + one.objectCount,
    byteCount: sum.byteCount + one.byteCount,
    copiedCount: sum.copiedCount + one.copiedCount,
    copiedBytes: sum.copiedBytes + one.copiedBytes,
  };
}
