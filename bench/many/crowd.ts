/** Many migrations on one worker process, and what can be asked of them. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { MAIN_QUEUE, migrationId, QUERIES, ROLLBACK_QUEUE, SIGNALS } from '../../src/contracts/messages';
import type { SignalName, StatusView } from '../../src/contracts/messages';
import { addWorkload, documentFor, World } from '../../test/support/fakes';
import { QUICK } from '../../test/support/temporal/migration';
import { processMb } from '../support/memory';
import type { Order } from './worker';

const LOOK_EVERY_MS = 250;
const WITHIN_MS = 8 * 60_000;
/** Nobody asks while a rollback is measured. */
const QUIET_MS = 250;
const SAY = { requestedBy: 'bench', reason: 'measuring' };

const WEIGHTS = [50, 100] as const;
const FIRST_GATE = `cutover-${WEIGHTS[0]}`;
/** A watched wait at the first weight: the observer looks, the workflow waits, and a person ends it. */
const HELD_AT_GATE = `cutover-${WEIGHTS[1]}`;

export class Crowd {
  private constructor(
    private readonly client: Client,
    private readonly worker: ChildProcess,
  ) {}

  static async open(client: Client, address: string): Promise<Crowd> {
    const worker = fork(path.join(__dirname, 'worker.js'), {
      execArgv: ['--expose-gc'],
      env: { ...process.env, TEMPORAL_ADDRESS: address },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const died = once(worker, 'exit').then(() => Promise.reject(new Error('the worker ended')));
    died.catch(() => undefined);
    await Promise.race([once(worker, 'message'), died]);
    return new Crowd(client, worker);
  }

  async start(workloads: readonly string[]): Promise<void> {
    await this.order({ kind: 'cast', workloads });
    await Promise.all(
      workloads.map((workload) =>
        this.client.workflow.start('migrate', {
          taskQueue: MAIN_QUEUE,
          workflowId: migrationId(workload),
          args: [documentOf(workload)],
        }),
      ),
    );
  }

  /** From the start, or from `retry` after a rollback, to the first weight, where each waits at the next gate, watched. */
  async lift(workloads: readonly string[]): Promise<void> {
    for (const workload of workloads) {
      await this.until(workload, 'the first gate', ({ gate }) => gate?.name === FIRST_GATE);
      await this.send(workload, 'approve');
    }
    for (const workload of workloads)
      await this.until(workload, 'the hold', ({ gate, verdict }) => gate?.name === HELD_AT_GATE && verdict !== null);
  }

  /** From before the signal is sent until the workflow knows that the weights are restored. Unit: milliseconds. */
  async rollBackMs(workload: string): Promise<number> {
    const sentAt = Date.now();
    await this.send(workload, 'rollback');
    await delay(QUIET_MS);
    const { rollback } = await this.until(workload, 'the rollback', (status) => status.rollback?.restoredAt != null);
    return (rollback?.restoredAt ?? Number.NaN) - sentAt;
  }

  send(workload: string, signal: SignalName): Promise<void> {
    return this.client.workflow.getHandle(migrationId(workload)).signal(SIGNALS[signal], SAY);
  }

  async outcome(workload: string): Promise<string> {
    return ((await this.client.workflow.getHandle(migrationId(workload)).result()) as { outcome: string }).outcome;
  }

  /** What the worker process holds once garbage is gone. Unit: MB. */
  async memoryMb(): Promise<number> {
    for (const taskQueue of [MAIN_QUEUE, ROLLBACK_QUEUE]) {
      const workflowId = `collect-garbage-${taskQueue}`;
      if (!(await this.client.workflow.execute('collectGarbage', { taskQueue, workflowId })))
        throw new Error('garbage cannot be collected where the workflows live');
    }
    await this.order({ kind: 'collect' });
    return processMb(this.worker.pid ?? 0).rss;
  }

  async close(): Promise<void> {
    const gone = once(this.worker, 'exit');
    this.worker.disconnect();
    await gone;
  }

  private async order(order: Order): Promise<void> {
    const done = once(this.worker, 'message');
    this.worker.send(order);
    await done;
  }

  private async until(workload: string, what: string, reached: (status: StatusView) => boolean): Promise<StatusView> {
    const handle = this.client.workflow.getHandle(migrationId(workload));
    const deadline = Date.now() + WITHIN_MS;
    let last: StatusView | undefined;
    while (Date.now() < deadline) {
      // Between two runs, and before the first task, nobody answers.
      last = await handle.query<StatusView>(QUERIES.status).catch(() => last);
      if (last !== undefined && reached(last)) return last;
      if (last?.blocked != null || last?.outcome != null) break;
      await delay(LOOK_EVERY_MS);
    }
    throw new Error(`${workload}: waited for ${what}; last seen: ${JSON.stringify(last)}`);
  }
}

/** Quick up to the first weight, then a gate that only a person opens. */
function documentOf(workload: string): unknown {
  const place = addWorkload(new World(Date.now), workload);
  const document = documentFor(place, QUICK);
  const source = document['source'] as object;
  return {
    ...document,
    source: { ...source, metrics: { kind: 'cloudwatch', period: '1s', lag: '0s' } },
    shadow: { ...(QUICK['shadow'] as object), tap: place.tap },
    guardrails: {
      // A second of this traffic holds too few requests for a P99, and its metrics tell the P50 beside it.
      latency: [{ quantile: 'p50', ratioMax: 1.1, ratioDetect: 1.5 }],
      splitSettle: '0s',
      requestCountMin: 20,
      passConfidence: 0.25,
      blindHold: '1h',
      coverageMin: 0.01,
      extendMax: 100,
    },
    cutover: {
      weights: [...WEIGHTS],
      stabilization: '2s',
      approvals: { beforeFirst: false, beforeEach: true },
    },
    checkEvery: '10s',
    notify: [],
  };
}
