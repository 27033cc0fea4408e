import type { Baseline } from '../domain/evidence';
import { baselineText, readBaseline } from './baseline-reading';
import { call } from './calls';
import { beginPart, migrationBeside, recordPart, showPart } from './part';

export interface BaselineReport {
  readonly workload: string;
  /** Why nothing was read; null: it was. */
  readonly skipped: string | null;
  readonly baseline: Baseline | null;
}

/**
 * What the source does over the spec's baseline window, without a migration. The first phase of a migration reads the same.
 * @param document the migration's spec.
 */
export async function captureBaseline(document?: unknown): Promise<BaselineReport> {
  const part = await beginPart('baseline', document);
  const { spec } = part;
  const { workload } = spec;
  const skip = (reason: string): BaselineReport => {
    showPart('baseline', `skipped: ${reason}`);
    return { workload, skipped: reason, baseline: null };
  };
  const beside = await migrationBeside(part);
  if (beside !== null) return skip(beside);
  const { route, sourcePercent } = await call('findSides', 'quick', 'find the route', { spec });
  if (!(sourcePercent > 0)) return skip(`the source of ${workload} has no traffic: it has moved`);
  const baseline = await readBaseline(spec, route);
  const text = baselineText(baseline);
  await recordPart(part, 'baseline', text, { baseline });
  showPart('baseline', text);
  return { workload, skipped: null, baseline };
}
