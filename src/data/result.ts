/** What a copy came to, and whether it may be called proven. Plain JSON. */
import type { Finding, FindingKind } from './finding';
import { spoilsProof } from './finding';
import type { Manifest } from './manifest';
import type { Removal } from './removals';
import type { Tally } from './tally';

/** Findings in the result; all of them are in the run's files. */
const FINDINGS_SHOWN_MAX = 100;

export interface CopyResult {
  /** Every object of the source is known to be at the target, bit by bit. */
  readonly isProven: boolean;
  /** Why it is not; empty when it is. */
  readonly reasons: readonly string[];
  readonly tally: Tally;
  /** Of the manifest; RFC 6962, hex. */
  readonly root: string;
  readonly findings: readonly Finding[];
  readonly findingCounts: Readonly<Partial<Record<FindingKind, number>>>;
  readonly removal?: Removal;
}

export class FindingCounts {
  readonly shown: Finding[] = [];
  readonly counts: Partial<Record<FindingKind, number>> = {};
  private spoiling = 0;

  /** What spoils the proof is shown before what does not. */
  add(finding: Finding): void {
    this.counts[finding.kind] = (this.counts[finding.kind] ?? 0) + 1;
    if (spoilsProof(finding)) this.spoiling += 1;
    if (this.shown.length < FINDINGS_SHOWN_MAX) this.shown.push(finding);
    else if (spoilsProof(finding)) {
      const harmless = this.shown.findIndex((other) => !spoilsProof(other));
      if (harmless >= 0) this.shown[harmless] = finding;
    }
  }

  get spoilingCount(): number {
    return this.spoiling;
  }
}

const WORDS: Readonly<Record<FindingKind, string>> = {
  mismatch: 'do not match',
  newer_on_target: 'are newer on the target',
  denied: 'may not be read or written',
  rejected: 'cannot be written at the target',
  unavailable: 'could not be had',
  changing: 'did not stand still',
  lost: 'could not be listed',
  changed_mid_copy: 'changed while they were copied',
  gone_mid_copy: 'were gone before they were copied',
  skipped: 'were passed over',
  kept: 'could not be removed',
};

export interface Outcomes {
  readonly tally: Tally;
  readonly findings: FindingCounts;
  readonly removal: Removal | undefined;
  readonly manifest: Manifest;
}

export function resultOf({ tally, findings, removal, manifest }: Outcomes): CopyResult {
  const reasons = [
    // Nothing to copy is far more often a typing error than a data set without data.
    ...(tally.objects === 0 ? [`there is no object below ${manifest.from}`] : []),
    ...(Object.entries(findings.counts) as [FindingKind, number][])
      .filter(([kind]) => spoilsProof({ kind, key: '', detail: '' }))
      .map(([kind, number]) => `${number} ${WORDS[kind]}`),
    ...(manifest.unproven > 0 ? [`${manifest.unproven} were copied and not proven`] : []),
    ...(removal?.refused === undefined ? [] : [`nothing was removed: ${removal.refused}`]),
  ];
  return {
    isProven: reasons.length === 0,
    reasons,
    tally,
    root: manifest.root,
    findings: findings.shown,
    findingCounts: findings.counts,
    ...(removal === undefined ? {} : { removal }),
  };
}
