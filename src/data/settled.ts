import type { Finding } from './finding';
import type { ManifestLine } from './manifest-line';

export type Outcome =
  'unchanged' | 'same' | 'copied' | 'refused' | 'mismatched' | 'failed' | 'gone' | 'extra' | 'toRemove' | 'forgotten';

/** One key that needs no further work in this run. Plain JSON. */
export interface Settled {
  readonly key: string;
  readonly outcome: Outcome;
  /** Of the source's object; of the target's where it alone has one. */
  readonly sizeBytes: number;
  /** Whether the target's listing had it. */
  readonly isAtTarget: boolean;
  /** What the manifest keeps of it. */
  readonly line?: ManifestLine;
  readonly findings: readonly Finding[];
  /** Of a key of which all versions are copied: one each, oldest first, and they count instead of it. */
  readonly each?: readonly Settled[];
}
