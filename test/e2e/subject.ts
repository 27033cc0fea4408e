/** One migration in a lab, seen and spoken to as an operator's client does. */
import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { WorkflowFailedError } from '@temporalio/client';
import type { SignalName, StatusView } from '../../src/contracts/messages';
import { MAIN_QUEUE, migrationId, QUERIES, SIGNALS, UPDATES } from '../../src/contracts/messages';

const LOOK_EVERY_MS = 200;
const WITHIN_MS = 60_000;
const QUERY_MS_MAX = 4_000;

/** How a run ended that was refused. */
export interface Refusal {
  readonly type: string;
  readonly message: string;
  /** Temporal's own word: FAILED. */
  readonly closedAs: string;
}

export class Subject {
  private seen: StatusView | undefined;

  constructor(
    private readonly client: Client,
    readonly workload: string,
  ) {}

  get handle(): WorkflowHandle {
    return this.client.workflow.getHandle(migrationId(this.workload));
  }

  async start(spec: unknown): Promise<string> {
    const handle = await this.client.workflow.start('migrate', {
      taskQueue: MAIN_QUEUE,
      workflowId: migrationId(this.workload),
      args: [spec],
      workflowIdConflictPolicy: 'FAIL',
    });
    return handle.firstExecutionRunId;
  }

  /** Starts it and waits for its refusal. */
  async refusal(spec: unknown): Promise<Refusal> {
    await this.start(spec);
    const error: unknown = await this.handle.result().catch((failure: unknown) => failure);
    const { cause } = error instanceof WorkflowFailedError ? error : { cause: undefined };
    if (!(cause instanceof ApplicationFailure)) throw new Error(`${this.workload} was not refused: ${String(error)}`);
    const { status } = await this.handle.describe();
    return { type: cause.type ?? '', message: cause.message, closedAs: status.name };
  }

  /** Looks again and again until `reached`. */
  async until(what: string, reached: (status: StatusView) => boolean): Promise<StatusView> {
    const deadline = Date.now() + WITHIN_MS;
    while (Date.now() < deadline) {
      const status = await this.status();
      if (status !== undefined && reached(status)) return status;
      await delay(LOOK_EVERY_MS);
    }
    const { phase, waitingFor, decisions } = this.seen ?? {};
    throw new Error(
      `${this.workload}: waiting for ${what}; last seen: ${phase}, ${waitingFor}\n${decisions?.join('\n')}`,
    );
  }

  async send(signal: SignalName): Promise<void> {
    await this.handle.signal(SIGNALS[signal], { requestedBy: 'test', reason: signal });
  }

  /** @returns why the update was refused. */
  async refusedRollback(): Promise<string> {
    return this.handle
      .executeUpdate(UPDATES.requestRollback, { args: [{ requestedBy: 'test', reason: 'too late' }] })
      .then(
        () => 'accepted',
        (error: Error) => (error.cause instanceof Error ? error.cause.message : error.message),
      );
  }

  async outcome(): Promise<string> {
    return ((await this.handle.result()) as { outcome: string }).outcome;
  }

  /** The recorded histories of all its runs, as text. */
  async histories(): Promise<string> {
    const runs: string[] = [];
    for await (const { runId } of this.client.workflow.list({
      query: `WorkflowId = "${migrationId(this.workload)}"`,
    })) {
      const { events } = await this.client.workflow.getHandle(migrationId(this.workload), runId).fetchHistory();
      runs.push((events ?? []).map(textOf).join('\n'));
    }
    return runs.join('\n');
  }

  /** undefined: nobody answers now, such as between two runs. */
  private async status(): Promise<StatusView | undefined> {
    try {
      this.seen = await this.client.withDeadline(Date.now() + QUERY_MS_MAX, () =>
        this.handle.query<StatusView>(QUERIES.status),
      );
      return this.seen;
    } catch {
      return undefined;
    }
  }
}

/** Payloads are bytes; as text they can be searched. */
function textOf(event: object): string {
  return JSON.stringify(event, (_key, value: unknown) =>
    value instanceof Uint8Array
      ? Buffer.from(value).toString('utf8')
      : typeof value === 'bigint'
        ? String(value)
        : value,
  );
}
