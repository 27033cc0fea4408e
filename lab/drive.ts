/** Follows one migration in the lab: starts it, samples it, waits for what a scenario expects, and sums it up. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { OperatorMessage, SignalName, StatusView } from '../src/contracts/messages';
import { MAIN_QUEUE, migrationId, QUERIES, SIGNALS } from '../src/contracts/messages';
import { PROMOTION_GATE } from '../src/domain/plan';
import type { Lab, TrafficTotals } from './index';

/** How often a migration is looked at. */
const SAMPLE_MS = 250;
const QUERY_MS_MAX = 4_000;

export interface WeightSample {
  /** Unit: milliseconds since the migration began. */
  readonly at: number;
  /** Share of the target. Unit: percent. */
  readonly wanted: number;
  /** Share of the users' requests that the target answered since the sample before; null: too few to say. */
  readonly observed: number | null;
}

export interface Sample {
  readonly status: StatusView;
  readonly totals: TrafficTotals;
  readonly elapsedMs: number;
}

/** Fewest requests between two samples for their split to mean something. */
const SPLIT_REQUESTS_MIN = 20;

export class Drive {
  readonly weights: WeightSample[] = [];
  readonly startedAt = Date.now();
  private latest: Sample | undefined;
  private splitFrom: TrafficTotals | undefined;
  private answeredGateAt: number | undefined;

  constructor(
    readonly lab: Lab,
    readonly client: Client,
    readonly workload: string,
    private readonly onSample: (sample: Sample) => void,
  ) {}

  get handle(): WorkflowHandle {
    return this.client.workflow.getHandle(migrationId(this.workload));
  }

  /** How long users may stay where DNS sent them before the last change. Unit: milliseconds. */
  get overstayMs(): number {
    const workload = this.lab.info.workloads.find(({ name }) => name === this.workload);
    return (workload?.dns?.overstaySeconds ?? 0) * 1_000;
  }

  /** What a question about the source's metrics holds, and no other one. */
  get sourceMetric(): string {
    const workload = this.lab.info.workloads.find(({ name }) => name === this.workload);
    return workload?.endpoint?.endpointName ?? `targetgroup/${this.workload}-source`;
  }

  async start(spec: unknown): Promise<void> {
    await this.client.workflow.start('migrate', {
      taskQueue: MAIN_QUEUE,
      workflowId: migrationId(this.workload),
      args: [spec],
      workflowIdConflictPolicy: 'FAIL',
    });
  }

  async send(signal: SignalName, reason: string): Promise<void> {
    const message: OperatorMessage = { requestedBy: 'demo', reason };
    await this.handle.signal(SIGNALS[signal], message);
  }

  /** Looks again and again until `reached`; throws when the migration ends in failure, or after `withinMs`. */
  async until(what: string, reached: (status: StatusView) => boolean, withinMs = 180_000): Promise<Sample> {
    const deadline = Date.now() + withinMs;
    while (Date.now() < deadline) {
      const sample = await this.sample();
      if (sample !== undefined) {
        if (reached(sample.status)) return sample;
        await this.letOn(sample.status);
        const { blocked } = sample.status;
        if (blocked !== null)
          throw new Error(
            `waiting for ${what}, the migration is blocked at ${blocked.step}: ${blocked.code}: ${blocked.message}`,
          );
        if (sample.status.phase === 'rolled_back')
          throw new Error(`waiting for ${what}, the migration was rolled back: ${sample.status.rollback?.reason}`);
        if (sample.status.outcome !== null)
          throw new Error(
            `waiting for ${what}, the migration ended as ${sample.status.outcome}: ${await this.ending()}`,
          );
      }
      await this.failIfClosed(what);
      await delay(SAMPLE_MS);
    }
    const seen =
      this.latest === undefined
        ? 'nothing was seen'
        : `last seen: ${this.latest.status.phase}, ${this.latest.status.waitingFor}`;
    throw new Error(`waiting for ${what} took more than ${withinMs / 1_000} s; ${seen}`);
  }

  /** The one question that every migration on its road asks; others are the scenario's own. */
  private async letOn({ gate }: StatusView): Promise<void> {
    if (gate?.name !== PROMOTION_GATE || gate.openedAt === this.answeredGateAt) return;
    this.answeredGateAt = gate.openedAt;
    await this.send('approve', 'the copies were answered alike');
  }

  /** undefined: nobody answers now, such as while a worker is dead or between two runs. */
  async sample(): Promise<Sample | undefined> {
    const totals = await this.lab.trafficTotals(this.workload);
    const status = await this.status();
    if (status === undefined) return undefined;
    const elapsedMs = Date.now() - this.startedAt;
    this.addWeights(status.wanted.target, totals, elapsedMs);
    this.latest = { status, totals, elapsedMs };
    this.onSample(this.latest);
    return this.latest;
  }

  private async status(): Promise<StatusView | undefined> {
    try {
      return await this.client.withDeadline(Date.now() + QUERY_MS_MAX, () =>
        this.handle.query<StatusView>(QUERIES.status),
      );
    } catch {
      return undefined;
    }
  }

  private async failIfClosed(what: string): Promise<void> {
    const { status } = await this.handle.describe();
    if (status.name === 'FAILED' || status.name === 'TERMINATED' || status.name === 'TIMED_OUT') {
      throw new Error(`waiting for ${what}, the migration is ${status.name}: ${await this.ending()}`);
    }
  }

  /** How a closed run ended, in its own words. */
  private ending(): Promise<string> {
    return this.handle.result().then(
      (result) => JSON.stringify(result),
      (error: Error) => (error.cause instanceof Error ? error.cause.message : error.message),
    );
  }

  private addWeights(wanted: number, totals: TrafficTotals, at: number): void {
    const from = this.splitFrom ?? totals;
    const toTarget = totals.toTarget - from.toTarget;
    const answered = toTarget + totals.toSource - from.toSource;
    const enough = answered >= SPLIT_REQUESTS_MIN;
    const observed = enough ? Math.round((1_000 * toTarget) / answered) / 10 : null;
    if (enough || this.splitFrom === undefined) this.splitFrom = totals;
    const last = this.weights.at(-1);
    if (last === undefined || last.wanted !== wanted || observed !== null) this.weights.push({ at, wanted, observed });
  }

  /** Events of all runs of this migration together, newest run first in visibility's list. */
  async historyEvents(): Promise<number> {
    let events = 0;
    for await (const { runId } of this.client.workflow.list({
      query: `WorkflowId = "${migrationId(this.workload)}"`,
    })) {
      const { historyLength } = await this.client.workflow.getHandle(migrationId(this.workload), runId).describe();
      events += historyLength;
    }
    return events;
  }
}
