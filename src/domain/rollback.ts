/** Where a migration stands, as far as traffic is concerned. */
export type Stage = 'before_traffic' | 'traffic_moves' | 'source_leaving' | 'source_gone';

export type RollbackAnswer = { readonly allowed: true } | { readonly allowed: false; readonly reason: string };

/** Rollback is possible until the source is being terminated; after that the weights stay where they are. */
export function rollbackAt(stage: Stage): RollbackAnswer {
  switch (stage) {
    case 'before_traffic':
    case 'traffic_moves':
      return { allowed: true };
    case 'source_leaving':
    case 'source_gone':
      return {
        allowed: false,
        reason: 'the source is terminated: there is nothing to roll back to (the point of no return is in the ledger)',
      };
  }
}
