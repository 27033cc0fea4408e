/** Removing what only the target has: after everything was copied, and only when it is not suspiciously much. */
import type { ManifestStore } from '../ports/manifest-store';
import type { RangeCheckpoint } from './checkpoint';
import type { Finding } from './finding';
import type { Moving } from './moving';
import { attempt } from './moving';
import { readSpool } from './spool';
import type { Tally } from './tally';

export interface Removal {
  readonly wanted: number;
  readonly removed: number;
  /** Why none was; missing: they were allowed. */
  readonly refused?: string;
}

const BATCH_COUNT_MAX = 1_000;
const FINDS_AT_ONCE = 16;

/**
 * @param percentMax of the objects that the target has; the limit itself passes.
 * @returns why nothing may be removed; undefined: it may.
 */
export function refusal(tally: Tally, ranges: readonly RangeCheckpoint[], percentMax: number): string | undefined {
  if (ranges.some(({ isSourceWhole }) => !isSourceWhole)) return 'the source could not be listed whole';
  const percent = (100 * tally.toRemove) / Math.max(1, tally.targetObjects);
  // Stated as what must hold, so that a limit that is no number refuses.
  if (percent <= percentMax) return undefined;
  return `${tally.toRemove} of ${tally.targetObjects} objects of the target are ${percent.toFixed(1)} %, more than ${percentMax} %`;
}

/** Safe to run twice: a key that is gone counts as removed. A key that has come back to the source stays. */
export async function removeExtras(
  moving: Moving,
  store: ManifestStore,
  ranges: readonly RangeCheckpoint[],
  nameOf: (range: number) => string,
  onFinding: (finding: Finding) => void,
): Promise<number> {
  let removed = 0;
  for (const [index, { removalFiles }] of ranges.entries()) {
    for await (const texts of readSpool(store, nameOf(index), removalFiles)) {
      for (let at = 0; at < texts.length; at += BATCH_COUNT_MAX) {
        const keys = texts.slice(at, at + BATCH_COUNT_MAX).map((text) => JSON.parse(text) as string);
        removed += await removeBatch(moving, keys, onFinding);
      }
    }
  }
  return removed;
}

async function removeBatch(
  moving: Moving,
  keys: readonly string[],
  onFinding: (finding: Finding) => void,
): Promise<number> {
  const gone: string[] = [];
  for (let at = 0; at < keys.length; at += FINDS_AT_ONCE) {
    const found = await Promise.all(
      keys.slice(at, at + FINDS_AT_ONCE).map(async (key) => {
        const isThere = await attempt(moving, key, () => moving.from.find(key, moving.signal));
        return { key, isThere: isThere !== undefined };
      }),
    );
    gone.push(...found.filter(({ isThere }) => !isThere).map(({ key }) => key));
  }
  if (gone.length === 0) return 0;
  const kept = await attempt(moving, gone[0] as string, () => moving.to.remove(gone, moving.signal));
  for (const { key, reason } of kept) onFinding({ kind: 'kept', key, detail: reason });
  return gone.length - kept.length;
}
