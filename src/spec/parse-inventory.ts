import type { Inventory, InventoryData, InventoryWorkload } from '../domain/inventory';
import { parseTime } from '../domain/quantity';
import { parseBy } from './issues';
import { inventorySchema } from './schema-inventory';
import type { WrittenInventory } from './schema-inventory';
import { toExpected } from './to-data-set';

type WrittenWorkload = WrittenInventory['workloads'][number];

/** @throws SpecInvalid listing every problem. */
export function parseInventory(document: unknown): Inventory {
  const { name, region, start, deadline, parallel, dayRateUsd, quotas, workloads } = parseBy(
    inventorySchema,
    document,
    'inventory',
  );
  return present<Inventory>({
    name,
    region,
    startMs: parseTime(start),
    deadlineMs: parseTime(deadline),
    parallel,
    dayRateUsd,
    quotas: { 'on-demand': present(quotas.onDemand), spot: present(quotas.spot) },
    workloads: workloads.map(toWorkload),
  });
}

function toWorkload(written: WrittenWorkload): InventoryWorkload {
  const { compute, framework, latencyMax, checkpointEvery, requestSize, dependsOn, data, ...same } = written;
  return present<InventoryWorkload>({
    ...same,
    latencyMaxMs: latencyMax,
    checkpointEveryMs: checkpointEvery,
    requestBytes: requestSize,
    dependsOn: dependsOn.map(({ on, perDay, latencyMax: longest }) =>
      present({ on, bytesPerDay: perDay, latencyMaxMs: longest }),
    ),
    compute: compute === undefined ? undefined : toCompute(compute),
    framework: framework === undefined ? undefined : present(framework),
    data: data.map((each): InventoryData => ({ ...each, expected: toExpected(each.expected) })),
  });
}

function toCompute({
  gpuMemory,
  memory,
  ...same
}: NonNullable<WrittenWorkload['compute']>): NonNullable<InventoryWorkload['compute']> {
  return present({ ...same, gpuMemoryBytes: gpuMemory, memoryBytes: memory });
}

type Loose<T> = { readonly [Key in keyof T]: T[Key] | undefined };

/** Without the keys that have no value: absence means that it was not told. */
function present<T extends object>(value: Loose<T>): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
}
