import type { Budgets } from '../../../src/ports/budgets';
import type { World } from './world';

export function fakeBudgets(world: World): Budgets {
  return {
    async findBudget(name) {
      const found = world.budgets.get(name);
      return found === undefined ? undefined : { value: { name }, owner: found.owner };
    },
    async createBudget(name, budget, owner) {
      world.budgets.set(name, { owner, budget });
      return { name };
    },
    async deleteBudget(name) {
      world.budgets.delete(name);
    },
  };
}
