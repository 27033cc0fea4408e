/** What a copy would do, from three listings alone: nothing is read, nothing is written. */
import type { ObjectSource } from '../ports/object-store';
import type { Action, CopyPolicy } from './decide';
import { decide } from './decide';
import { joinLists } from './join';
import type { ManifestReader } from './manifest';
import { planVersions } from './version-plan';
import type { VersionedPlaces } from './version-work';
import { byKey } from './version-work';

export interface Share {
  readonly count: number;
  /** Of the source's objects; of the target's where it alone has them. */
  readonly bytes: number;
}

/** `forget`: in the last manifest, and on neither side any more. */
export type CopyPlan = Readonly<Record<Action['kind'], Share>>;

export interface PlanJob {
  readonly from: ObjectSource;
  readonly to: ObjectSource;
  readonly policy: CopyPolicy;
  readonly proven: ManifestReader;
  readonly signal: AbortSignal;
}

export async function planCopy({ from, to, policy, proven, signal }: PlanJob): Promise<CopyPlan> {
  const plan = emptyPlan();
  const lists = { source: from.list({}, signal), target: to.list({}, signal), proven: proven({}) };
  for await (const batch of joinLists(lists)) {
    for (const joined of batch) {
      const share = plan[decide(joined, policy).kind];
      share.count += 1;
      share.bytes += (joined.source ?? joined.target)?.sizeBytes ?? 0;
    }
  }
  return plan;
}

/** As planCopy, of every version: what would be written on top of the target's, and what only one side has. */
export async function planVersionCopy(job: Omit<PlanJob, 'from' | 'to'> & VersionedPlaces): Promise<CopyPlan> {
  const { from, to, policy, proven, signal } = job;
  const plan = emptyPlan();
  const add = (kind: Action['kind'], versions: readonly { readonly sizeBytes: number }[]): void => {
    plan[kind].count += versions.length;
    for (const { sizeBytes } of versions) plan[kind].bytes += sizeBytes;
  };
  const lists = { source: from.histories({}, signal), target: to.histories({}, signal), proven: byKey(proven({})) };
  for await (const batch of joinLists(lists)) {
    for (const joined of batch) {
      const { kept, buried, open, theirs, extra } = planVersions(
        joined.source?.versions ?? [],
        joined.target?.versions ?? [],
        joined.proven?.lines ?? [],
      );
      const alike = Math.min(open.length, theirs.length);
      add(
        'unchanged',
        kept.map(({ source }) => source),
      );
      add('compare', open.slice(0, alike));
      add(policy.mode === 'verify' ? 'tell' : 'copy', open.slice(alike));
      add('tell', buried);
      add('extra', [...extra, ...theirs.slice(alike)]);
    }
  }
  return plan;
}

function emptyPlan(): Record<Action['kind'], { count: number; bytes: number }> {
  const none = (): { count: number; bytes: number } => ({ count: 0, bytes: 0 });
  return {
    unchanged: none(),
    compare: none(),
    copy: none(),
    refuse: none(),
    tell: none(),
    extra: none(),
    remove: none(),
    forget: none(),
  };
}
