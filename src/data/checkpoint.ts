/** Where a copy stands. Plain JSON: it lies in a file, or in an activity's heartbeat. */
import { compareKeys } from '../domain/key-order';
import type { KeyRange } from '../ports/object-store';
import { holdsKey } from './key-range';
import type { Settled } from './settled';
import type { Tally } from './tally';
import { EMPTY_TALLY } from './tally';
import type { UploadState } from './uploads';

/** Another form of this file gets another number; a checkpoint of another form is not gone on with. */
export const CHECKPOINT_VERSION = 1;

export interface RangeCheckpoint {
  /** Names its files; missing: its place in the list. Ranges that were split off come between others. */
  readonly id?: number;
  readonly range: KeyRange;
  /** Every key of the range up to it is settled and written down; missing: none is. */
  readonly lastKey?: string;
  /** Files written: lines of the manifest, findings, keys to remove. */
  readonly lineFiles: number;
  readonly findingFiles: number;
  readonly removalFiles: number;
  /** Of the keys up to `lastKey`. */
  readonly tally: Tally;
  /** Settled beyond `lastKey`, behind something that is not. At most WINDOW_MAX. */
  readonly ahead: readonly Settled[];
  readonly uploads: readonly UploadState[];
  /** The source could not list all: what only the target has is then not known to be too much. */
  readonly isSourceWhole: boolean;
  readonly isDone: boolean;
}

export interface Checkpoint {
  readonly version: typeof CHECKPOINT_VERSION;
  /** Names the files of this run in the manifest store. */
  readonly run: string;
  /** Of everything that must be the same for the copy to go on: places and policy. */
  readonly job: string;
  /** In the order of their keys; together they cover every key. */
  readonly ranges: readonly RangeCheckpoint[];
  /** Each of the ranges is one worker's, who keeps a checkpoint of its own (shares.ts). Missing: one worker has them all. */
  readonly isShared?: true;
}

/** Keys that may be under way, or settled ahead, in one range. A heartbeat carries them. */
export const WINDOW_MAX = 256;

export function beginRange(range: KeyRange): RangeCheckpoint {
  return {
    range,
    lineFiles: 0,
    findingFiles: 0,
    removalFiles: 0,
    tally: EMPTY_TALLY,
    ahead: [],
    uploads: [],
    isSourceWhole: true,
    isDone: false,
  };
}

/** Each upload is gone on with in the range that holds its key. */
export function withUploads(
  ranges: readonly RangeCheckpoint[],
  uploads: readonly UploadState[],
): readonly RangeCheckpoint[] {
  return ranges.map((range) => ({
    ...range,
    uploads: uploads.filter(({ upload }) => holdsKey(range.range, upload.key)),
  }));
}

/** What is left of a range. */
export function restOf({ range, lastKey }: RangeCheckpoint): KeyRange {
  return lastKey === undefined ? range : { ...range, after: lastKey };
}

/** Two halves at a border above every key that was begun: each key, settled ahead or not, belongs to one of them. */
export function splitAt(
  checkpoint: RangeCheckpoint,
  border: string,
): { lower: RangeCheckpoint; upper: RangeCheckpoint } {
  const { range, ahead, uploads } = checkpoint;
  const isAbove = (key: string): boolean => compareKeys(key, border) > 0;
  return {
    lower: {
      ...checkpoint,
      range: { ...range, upTo: border },
      ahead: ahead.filter(({ key }) => !isAbove(key)),
      uploads: uploads.filter(({ upload }) => !isAbove(upload.key)),
    },
    upper: {
      ...beginRange({ ...range, after: border }),
      ahead: ahead.filter(({ key }) => isAbove(key)),
      uploads: uploads.filter(({ upload }) => isAbove(upload.key)),
    },
  };
}
