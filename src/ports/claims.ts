import type { ClaimHolder } from '../domain/claim';

export type { ClaimHolder } from '../domain/claim';

/** Locks on what two migrations must never share. Errors: `TemporalUnreachable`. */
export interface Claims {
  /** @returns who holds it now: the asker, when it was free or already its own. */
  acquire(arn: string, holder: ClaimHolder): Promise<ClaimHolder>;
  /** Does nothing unless `workload` holds it. */
  release(arn: string, workload: string): Promise<void>;
}
