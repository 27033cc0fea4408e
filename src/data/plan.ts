/** What a copy would do, from three listings alone: nothing is read, nothing is written. */
import type { ObjectSource } from '../ports/object-store';
import type { Action, CopyPolicy } from './decide';
import { decide } from './decide';
import { joinLists } from './join';
import type { ManifestReader } from './manifest';

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
  const none = (): { count: number; bytes: number } => ({ count: 0, bytes: 0 });
  const plan = {
    unchanged: none(),
    compare: none(),
    copy: none(),
    refuse: none(),
    tell: none(),
    extra: none(),
    remove: none(),
    forget: none(),
  };
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
