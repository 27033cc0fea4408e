/** The floor of a rollback: bare signal → no-op activity, and the calls that the protocol needs, bare and in sequence. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { Lab, WorkloadInfo } from '../../lab';
import { FLOOR_QUEUE } from './floor-worker';
import type { Way } from './ways';

/** Nobody asks while it is measured: a query is work for the server. */
export const QUIET_MS = 300;

export class Floor {
  private laps = 0;

  private constructor(
    private readonly handle: WorkflowHandle,
    private readonly way: Way,
    private readonly stopWorker: () => Promise<void>,
  ) {}

  static async begin(lab: Lab, client: Client, way: Way, laps: number): Promise<Floor> {
    const worker = fork(path.join(__dirname, 'floor-worker.js'), {
      env: { ...process.env, TEMPORAL_ADDRESS: lab.info.temporal },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const gone = once(worker, 'exit');
    await Promise.race([
      once(worker, 'message'),
      gone.then(() => Promise.reject(new Error('the floor has no worker'))),
    ]);
    const handle = await client.workflow.start('floor', {
      taskQueue: FLOOR_QUEUE,
      workflowId: 'bench/floor',
      args: [laps],
    });
    return new Floor(handle, way, async () => {
      if (worker.connected) worker.disconnect();
      await gone;
    });
  }

  /** From the signal until the workflow knows that its activity has ended. Unit: milliseconds. */
  async signalMs(): Promise<number> {
    const lap = this.laps++;
    const sentAt = Date.now();
    await this.handle.signal('go');
    for (;;) {
      await delay(QUIET_MS);
      const endedAt = (await this.handle.query<number[]>('endedAt'))[lap];
      if (endedAt !== undefined) return endedAt - sentAt;
    }
  }

  /** Unit: milliseconds. */
  async callsMs(workload: WorkloadInfo): Promise<number> {
    const startedAt = performance.now();
    await this.way.floorCalls(workload);
    return performance.now() - startedAt;
  }

  async end(): Promise<void> {
    await this.handle.terminate('the bench is over');
    await this.stopWorker();
  }
}
