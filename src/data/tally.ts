/** What has become of the keys, in numbers. Plain JSON. */
import type { Proof } from './manifest-line';
import type { Settled } from './settled';

export interface Tally {
  /** Of the source. */
  readonly objects: number;
  readonly bytes: number;
  readonly copied: number;
  readonly copiedBytes: number;
  /** Proven in an earlier run, and neither side has changed. */
  readonly unchanged: number;
  /** Found alike in this run, without copying. */
  readonly same: number;
  readonly refused: number;
  readonly mismatched: number;
  readonly failed: number;
  readonly gone: number;
  /** Of the target alone: left, and to be removed. */
  readonly extra: number;
  readonly toRemove: number;
  readonly targetObjects: number;
  /** How what was copied or found alike in this run was proven. */
  readonly proofs: Readonly<Record<Proof, number>>;
}

export const EMPTY_TALLY: Tally = {
  objects: 0,
  bytes: 0,
  copied: 0,
  copiedBytes: 0,
  unchanged: 0,
  same: 0,
  refused: 0,
  mismatched: 0,
  failed: 0,
  gone: 0,
  extra: 0,
  toRemove: 0,
  targetObjects: 0,
  proofs: { stored: 0, streamed: 0, read: 0, none: 0 },
};

/** The one that is being counted up. */
export type OpenTally = { -readonly [K in keyof Omit<Tally, 'proofs'>]: number } & { proofs: Record<Proof, number> };

export function openTally(from: Tally): OpenTally {
  return { ...from, proofs: { ...from.proofs } };
}

export function count(tally: OpenTally, settled: Settled): void {
  const { outcome, sizeBytes, line } = settled;
  if (settled.isAtTarget) tally.targetObjects += 1;
  if (outcome === 'forgotten') return;
  if (outcome === 'extra' || outcome === 'toRemove') {
    tally[outcome] += 1;
    return;
  }
  tally[outcome] += 1;
  if (outcome === 'gone') return;
  tally.objects += 1;
  tally.bytes += sizeBytes;
  if (outcome === 'copied') tally.copiedBytes += sizeBytes;
  if ((outcome === 'copied' || outcome === 'same') && line !== undefined) tally.proofs[line.proof] += 1;
}

export function addTallies(tallies: readonly Tally[]): Tally {
  const sum = openTally(EMPTY_TALLY);
  for (const tally of tallies) {
    for (const name of Object.keys(EMPTY_TALLY) as (keyof Tally)[]) if (name !== 'proofs') sum[name] += tally[name];
    for (const proof of Object.keys(sum.proofs) as Proof[]) sum.proofs[proof] += tally.proofs[proof];
  }
  return sum;
}
