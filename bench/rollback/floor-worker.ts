/** A worker process for the floor: the product's own kind of connection and worker, with next to nothing to do. */
import path from 'node:path';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';

export const FLOOR_QUEUE = 'bench-floor';

async function main(): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('WARN'), shutdownSignals: ['SIGINT', 'SIGTERM'] });
  const connection = await NativeConnection.connect({ address: process.env['TEMPORAL_ADDRESS'] ?? '' });
  const workflowsPath = path.join(__dirname, 'floor-workflow.js');
  const workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  const worker = await Worker.create({
    connection,
    taskQueue: FLOOR_QUEUE,
    workflowBundle,
    activities: { nothing: () => Promise.resolve() },
  });
  process.send?.('ready');
  process.once('disconnect', () => worker.shutdown());
  await worker.run();
  await connection.close();
}

if (require.main === module) void main();
