import { setCurrentDetails } from '@temporalio/workflow';
import type { RangeInput, RangeResult } from '../contracts/activities';
import { call } from './calls';
import { plain } from './details';

export interface CopyRangeInput extends RangeInput {
  readonly rangeCount: number;
}

/** One key range of a data set that several workers copy: a child of whoever copies the whole (fan-out.ts). */
export async function copyRange({ rangeCount, ...input }: CopyRangeInput): Promise<RangeResult> {
  const { dataSet, place } = input;
  const range = `range ${place + 1} of ${rangeCount}`;
  setCurrentDetails(`## DATA: ${range.toUpperCase()}\n\n${plain(`${dataSet.from} to ${dataSet.to}`)}`);
  return call('copyRange', 'long', `${range} of ${dataSet.from} to ${dataSet.to}`, input);
}
