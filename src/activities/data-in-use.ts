import { MigrationError } from '../domain/errors';
import type { MigrationHistory } from '../ports/history';
import type { LedgerStore } from '../ports/ledger';
import { newestWeights } from './ledger-chain';

/** Two that follow one source would count each other's copies, and a freeze must not be disturbed. */
export async function migrationInTheWay(history: MigrationHistory, workload: string): Promise<string | null> {
  return (await isMigrating(history, workload))
    ? `the migration of ${workload} is running and follows its data itself`
    : null;
}

export async function isMigrating(history: MigrationHistory, workload: string): Promise<boolean> {
  try {
    return (await history.newestInput(workload)).open;
  } catch (error) {
    if (error instanceof MigrationError && error.code === 'MigrationNotFound') return false;
    throw error;
  }
}

/** Once users write to the target, the source's data is the older one and must not come over it. */
export async function targetInUse(store: LedgerStore, workload: string): Promise<string | null> {
  const weights = await newestWeights(store, workload);
  return weights !== undefined && weights.target > 0
    ? `the target of ${workload} serves ${weights.target} % of the users: its data may be newer than the source's`
    : null;
}
