/** How the data of a workload moves: the same choice as in a migration's plan. */
import type { MethodChoice } from '../domain/data-method';
import { chooseMethod } from '../domain/data-method';
import type { InventoryWorkload } from '../domain/inventory';
import { STORE_PLACEHOLDER } from './assumptions';

const INFREQUENT_ACCESS_DAYS = 30;

export function chooseDataMoves({ data }: InventoryWorkload): MethodChoice[] {
  return data.map(({ name, from, kind, expected }) =>
    chooseMethod({
      name,
      from,
      to: STORE_PLACEHOLDER,
      method: 'auto',
      kind,
      expected,
      infrequentAccessAfterDays: INFREQUENT_ACCESS_DAYS,
    }),
  );
}

export function bytesOf({ data }: InventoryWorkload): number {
  return data.reduce((sum, { expected }) => sum + (expected.bytes ?? 0), 0);
}
