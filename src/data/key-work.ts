/** What a range does with each of its keys: copies their newest objects, or (version-work.ts) every version of them. */
import type { KeyRange, PassedOver } from '../ports/object-store';
import type { CopyPolicy } from './decide';
import { decide } from './decide';
import type { Joined } from './join';
import { joinLists } from './join';
import type { ManifestReader } from './manifest';
import type { Moving } from './moving';
import type { Settling } from './proven-copy';
import { settle, settleAtOnce } from './settle';
import type { Settled } from './settled';

/** @template J what the lists say of a key. */
export interface KeyWork<J extends { readonly key: string }> {
  join(range: KeyRange, moving: Moving, onPassedOver: (passed: PassedOver) => void): AsyncGenerator<readonly J[]>;
  /**
   * @param earlier what a run that was stopped had settled of this key.
   * @returns a function where a place has to be asked first.
   */
  begin(joined: J, earlier: Settled | undefined): Settled | ((given: Settling) => Promise<Settled>);
}

export function newestWork(policy: CopyPolicy, proven: ManifestReader): KeyWork<Joined> {
  return {
    join: (range, { from, to, signal }, onPassedOver) =>
      joinLists({
        source: from.list(range, signal, onPassedOver),
        target: to.list(range, signal),
        proven: proven(range),
      }),
    begin: (joined, earlier) => {
      const action = decide({ ...joined, proven: earlier?.line ?? joined.proven }, policy);
      if (earlier !== undefined && action.kind === 'unchanged') return earlier;
      return settleAtOnce(joined.key, action) ?? ((given) => settle(joined.key, action, joined.proven, given));
    },
  };
}
