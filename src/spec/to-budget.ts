import type { BudgetReceiver, BudgetSpec } from '../domain/spec';
import type { SpecDocument } from './schema';

type BudgetDocument = NonNullable<SpecDocument['budget']>;

export function toBudget({ monthlyUsd, alertPercents, notify }: BudgetDocument): BudgetSpec {
  return { monthlyUsd, alertPercents, notify: notify.map(toReceiver) };
}

function toReceiver({ sns, email }: BudgetDocument['notify'][number]): BudgetReceiver {
  if (sns !== undefined) return { sns };
  if (email !== undefined) return { email };
  throw new Error('a receiver of a budget without an address has passed the checks');
}
