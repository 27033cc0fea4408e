import { z } from 'zod';
import { count } from './scalars';
import { strict } from './strict';

/** Of fewer no P99 can be bounded. */
const SAMPLE_MIN = 500;
const SAMPLE_MAX = 10_000;

/** Of a data set: how fast the target is read, beside the source. */
export const readCheck = strict({
  sampleMax: count
    .min(SAMPLE_MIN)
    .max(SAMPLE_MAX)
    .prefault(1_000)
    .describe('Objects that are read from both sides, 256 MiB in all from each.'),
  firstByteP99RatioMax: z
    .number()
    .min(1)
    .max(100)
    .prefault(1.5)
    .describe("Largest accepted P99 of the time to the first byte, over the source's."),
  throughputRatioMin: z
    .number()
    .gt(0)
    .max(1)
    .prefault(0.7)
    .describe("Smallest accepted bytes per second, over the source's."),
});

/** Both sides must be buckets: files behind an agent, and databases, are not read by the worker. */
export function checkReadCheck(dataSet: unknown, context: z.RefinementCtx): void {
  const { readCheck: given, from } = (dataSet ?? {}) as Record<string, unknown>;
  if (given !== undefined && !(typeof from === 'string' && from.startsWith('s3://')))
    context.addIssue({
      code: 'custom',
      path: ['readCheck'],
      message: 'needs from: an s3:// address to read from, too',
    });
}
