import type { Owner } from '../domain/resources';
import type { BudgetSpec } from '../domain/spec';
import type { Found } from './traffic-router';

/** AWS Budgets of the account. Errors: `AwsDenied`, `AwsRejected`, `AwsUnavailable`. */
export interface Budgets {
  findBudget(name: string): Promise<Found<{ name: string }> | undefined>;
  /** Counts what bears the owner's workload tag. */
  createBudget(name: string, budget: BudgetSpec, owner: Owner): Promise<{ name: string }>;
  /** Accepts one that is not there. */
  deleteBudget(name: string): Promise<void>;
}
