import type { LedgerActivities } from '../contracts/activities';
import type { OpenLedger } from '../ports/ledger';
import { append } from './ledger-chain';

export function createLedgerActivities({ openLedger }: { openLedger: OpenLedger }): LedgerActivities {
  return {
    appendRecord: ({ target, head, entry }) => append(openLedger(target.url), target, head, entry),
  };
}
