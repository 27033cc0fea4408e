import type { ReadCheckSpec, ReadVerdict } from '../domain/read-check';
import type { DataSetSpec } from '../domain/spec';

export interface ReadCheckActivities {
  /** Reads the same objects from both sides. @param input.seed chooses them: a whole number from 0 below 2^32. */
  checkReads(input: {
    dataSet: Pick<DataSetSpec, 'from' | 'to'>;
    check: ReadCheckSpec;
    seed: number;
  }): Promise<ReadVerdict & { passedCount: number }>;
}
