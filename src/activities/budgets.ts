import type { BudgetActivities } from '../contracts/budget-activities';
import { ensureOwned, removeOwned } from './ownership';
import type { Ports } from './ports';

export function createBudgetActivities({ budgets }: Pick<Ports, 'budgets'>): BudgetActivities {
  return {
    async createBudget({ name, budget, owner, adopt }) {
      await ensureOwned(
        { what: `budget ${name}`, owner, adopt },
        () => budgets.findBudget(name),
        () => budgets.createBudget(name, budget, owner),
      );
    },

    removeBudget: ({ name, owner }) =>
      removeOwned(
        `budget ${name}`,
        owner,
        () => budgets.findBudget(name),
        () => budgets.deleteBudget(name),
      ),
  };
}
