/** The one worker process of `bench:many`: the product's workflows and activities, over worlds in memory. */
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import type { WorkflowBundleOption } from '@temporalio/worker';
import { addWorkload, World } from '../../test/support/fakes';
import { quietRuntime } from '../../test/support/temporal/server';
import { Theatre } from '../../test/support/temporal/theatre';

export type Order = { readonly kind: 'cast'; readonly workloads: readonly string[] } | { readonly kind: 'collect' };

async function main(): Promise<void> {
  quietRuntime();
  const address = process.env['TEMPORAL_ADDRESS'] ?? '';
  const environment = await TestWorkflowEnvironment.createFromExistingServer({ address });
  const theatre = await Theatre.open({ environment, workflowBundle: await bundle() });
  const orders: Record<Order['kind'], (workloads: readonly string[]) => void> = {
    cast: (workloads) => workloads.forEach((workload) => cast(theatre, workload)),
    collect: () => global.gc?.(),
  };
  process.on('message', (order: Order) => {
    orders[order.kind](order.kind === 'cast' ? order.workloads : []);
    process.send?.('done');
  });
  process.once('disconnect', () => void theatre.close().finally(() => process.exit(0)));
  process.send?.('ready');
}

/** Compiled as the product is: what the compiler adds to a module is held by every migration. */
function bundle(): Promise<WorkflowBundleOption> {
  return bundleWorkflowCode({ workflowsPath: require.resolve('./workflows'), logger: new DefaultLogger('ERROR') });
}

function cast(theatre: Theatre, workload: string): void {
  const world = new World(Date.now);
  addWorkload(world, workload);
  world.setTraffic(workload, { requestsPerSecond: 400 });
  theatre.cast(workload, world);
}

if (require.main === module) void main();
