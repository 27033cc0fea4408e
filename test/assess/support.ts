import { join } from 'node:path';
import type { Assessment, WorkloadAssessment } from '../../src/assess';
import { assess } from '../../src/assess';
import { TABLE_PRICES } from '../../src/domain/hourly-prices';
import { parseInventory, readSpecFile } from '../../src/spec';

type Json = Record<string, unknown>;

export const INVENTORY = join(__dirname, '../../examples/inventory.yaml');

export function exampleInventory(): Json {
  return readSpecFile(INVENTORY) as Json;
}

export function inventoryOf(workloads: readonly Json[], more: Json = {}): Json {
  return { apiVersion: 'crossfade/v1', kind: 'inventory', name: 'tried', region: 'eu-west-1', ...more, workloads };
}

export function assessed(workloads: readonly Json[], more: Json = {}): Assessment {
  return assess(parseInventory(inventoryOf(workloads, more)), TABLE_PRICES);
}

/** What the assessment says of one workload that stands alone. */
export function alone(workload: Json, more: Json = {}): WorkloadAssessment {
  const [first] = assessed([{ name: 'one', ...workload }], more).workloads;
  if (first === undefined) throw new Error('an inventory of one workload was assessed to nothing');
  return first;
}
