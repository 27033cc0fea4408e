/** One migration that is rolled back again and again: up to the first weight, back, retry, up again. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { Lab, WorkloadInfo } from '../../lab';
import { MAIN_QUEUE, migrationId, QUERIES, SIGNALS } from '../../src/contracts/messages';
import type { StatusView } from '../../src/contracts/messages';
import { QUIET_MS } from './floor';
import type { Way } from './ways';

const LOOK_EVERY_MS = 500;
const UP_MS_MAX = 120_000;
const FIRST_WEIGHT = 10;
const SAY = { requestedBy: 'bench', reason: 'measuring' };

export class Subject {
  readonly handle: WorkflowHandle;

  constructor(
    readonly workload: WorkloadInfo,
    private readonly client: Client,
    private readonly way: Way,
  ) {
    this.handle = client.workflow.getHandle(migrationId(workload.name));
  }

  /** The shortest way to the first weight, and a long hold there. Nothing but the bench shall roll it back. */
  async start(lab: Lab): Promise<void> {
    const { baseline: _window, ...spec } = lab.spec(this.workload.name);
    const guardrails = {
      latency: [{ ratioMax: 99, ratioDetect: 100 }],
      errorRateMax: 0.99,
      splitTolerancePoints: 99,
      splitSettle: '0s',
      requestCountMin: 1,
      errorRateDetect: 0.99,
      mismatchRateDetect: 0.5,
      coverageMin: 0.01,
      extendMax: 100,
      blindHold: '1h',
    };
    const shadow = { ...(spec['shadow'] as object), startPercent: 50, firstHold: '1s', hold: '1s' };
    const cutover = { weights: [FIRST_WEIGHT, 100], stabilization: '1h', approvals: { beforeFirst: false } };
    await this.client.workflow.start('migrate', {
      taskQueue: MAIN_QUEUE,
      workflowId: migrationId(this.workload.name),
      args: [{ ...spec, baseline: { window: '2s' }, guardrails, shadow, cutover }],
    });
  }

  async untilUp(): Promise<void> {
    const deadline = Date.now() + UP_MS_MAX;
    let seen: StatusView | undefined;
    while (Date.now() < deadline) {
      seen = await this.status().catch(() => seen);
      if (seen?.phase === 'cutover' && seen.wanted.target === FIRST_WEIGHT && seen.clockRuns && seen.verdict !== null) {
        if ((await this.way.targetPercent(this.workload)) === FIRST_WEIGHT) return;
      }
      await delay(LOOK_EVERY_MS);
    }
    throw new Error(`${this.workload.name} did not get to ${FIRST_WEIGHT} %; last seen: ${JSON.stringify(seen)}`);
  }

  /**
   * From before the signal is sent until the workflow knows that the weights are restored and read back, or until they
   * are in force where it looks seldom; then what divides the traffic is asked, too. Unit: milliseconds.
   */
  async rollBackMs(): Promise<number> {
    const sentAt = Date.now();
    await this.handle.signal(SIGNALS.rollback, SAY);
    const seenAt = await this.way.untilRestored?.(this.workload).then(() => Date.now());
    for (;;) {
      await delay(QUIET_MS);
      const restoredAt = (await this.status()).rollback?.restoredAt ?? null;
      if (restoredAt === null) continue;
      const left = await this.way.targetPercent(this.workload);
      if (left !== 0) throw new Error(`${this.workload.name} says it is rolled back, and its target has ${left} %`);
      return (seenAt ?? restoredAt) - sentAt;
    }
  }

  async retry(): Promise<void> {
    await this.handle.signal(SIGNALS.retry, SAY);
  }

  status(): Promise<StatusView> {
    return this.handle.query<StatusView>(QUERIES.status);
  }
}
