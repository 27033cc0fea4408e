/** Reads timed beside each other, without a migration. Loaded when it is asked for. */
import { seededRandom } from '../analysis/random';
import { judgeReads } from '../analysis/read-check';
import { readPairs } from '../data/read-sample';
import type { ReadCheckSpec, ReadVerdict } from '../domain/read-check';
import type { PlaceFlags } from './data-places';
import { openPlace } from './data-places';

export interface ReadCheckRequest extends ReadCheckSpec {
  readonly from: PlaceFlags;
  readonly to: PlaceFlags;
  readonly seed: number;
  /** Told once each: what a place cannot do. */
  readonly onNotice: (text: string) => void;
}

export interface ReadCheckAnswer extends ReadVerdict {
  /** Objects that changed, or are not on the target. */
  readonly passedCount: number;
}

/** @throws UsageError; what ports/object-store.ts names. */
export async function runReadCheck(request: ReadCheckRequest, signal: AbortSignal): Promise<ReadCheckAnswer> {
  const { seed, onNotice } = request;
  const options = { followsLinks: false, isCreated: false, onNotice };
  const source = await openPlace(request.from, options, signal);
  try {
    const target = await openPlace(request.to, options, signal);
    try {
      const timing = { random: seededRandom };
      const { pairs, passedCount } = await readPairs({ source, target }, request, timing, () => undefined, signal);
      return { ...judgeReads(pairs, request, seed), passedCount };
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

export function readCheckLines({ kind, reason, pairCount, passedCount, source, target }: ReadCheckAnswer): string[] {
  const side = (name: string, { firstByteP50Ms, firstByteP99Ms, bytesPerSecond }: ReadVerdict['source']): string =>
    `${name.padEnd(8)} first byte P50 ${short(firstByteP50Ms)} ms, P99 ${short(firstByteP99Ms)} ms; ${short(bytesPerSecond / 1e6)} MB/s`;
  const passed = passedCount === 0 ? '' : `, ${passedCount} passed over (changed, or not on the target)`;
  return [side('source', source), side('target', target), `${kind}: ${reason} (${pairCount} pairs${passed})`];
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
