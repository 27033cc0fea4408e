/** `method: auto` is decided when the spec is read, so what the chosen way needs must stand in it by then. */
import type { z } from 'zod';
import { whyByDataSync } from '../domain/data-method';
import type { DataDistance, DataKind } from '../domain/spec';

type Given = Readonly<Record<string, unknown>>;

/** What DataSync cannot do without. */
const NEEDED = ['mode', 'roleArn', 'reportTo'];

/** Reports each field that `auto` lacks for the way that it chooses. Fields may have any type: each has problems of its own. */
export function checkAuto(dataSet: Given, context: z.RefinementCtx): void {
  const { from, datasync, method } = dataSet;
  if (typeof from !== 'string' || datasync !== undefined || (method !== undefined && method !== 'auto')) return;
  const { bytes, distance } = (dataSet['expected'] ?? {}) as Given;
  if (typeof bytes !== 'number') return;
  const why = whyByDataSync({
    from,
    ...(typeof dataSet['kind'] === 'string' ? { kind: dataSet['kind'] as DataKind } : {}),
    expected: { bytes, ...(typeof distance === 'string' ? { distance: distance as DataDistance } : {}) },
  });
  if (why === undefined) return;
  for (const field of NEEDED)
    context.addIssue({
      code: 'custom',
      path: ['datasync', field],
      message: `is required: method auto goes by DataSync (${why}); name another method to go without`,
    });
}
