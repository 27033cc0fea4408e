import type { Owner } from '../domain/resources';
import type { BudgetSpec } from '../domain/spec';

/** Alerts about the target's cost. */
export interface BudgetActivities {
  createBudget(input: { name: string; budget: BudgetSpec; owner: Owner; adopt: boolean }): Promise<void>;
  removeBudget(input: { name: string; owner: Owner }): Promise<void>;
}
