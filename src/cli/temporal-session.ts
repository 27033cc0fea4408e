import { hostname } from 'node:os';
import type { WorkflowHandle } from '@temporalio/client';
import { Client, Connection, WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import { temporalError, undefinedIfMissing } from '../adapters/temporal-errors';
import type { Schedules } from '../adapters/temporal-schedules';
import { temporalSchedules } from '../adapters/temporal-schedules';
import { createTemporalHistory } from '../adapters/temporal-history';
import type { TemporalConfig } from '../config';
import { loadConfig } from '../config';
import { dataId, migrationId, QUERIES, ROLLBACK_QUEUE, rollbackId, SIGNALS, UPDATES } from '../contracts/messages';
import type { GateMessage, OperatorMessage, SignalName, StatusView } from '../contracts/messages';
import { MigrationError } from '../domain/errors';
import { describeFailure, innermost } from './failure';
import { startLone } from './lone-run';
import { listMigrations } from './migration-rows';
import { temporalFleets } from './temporal-fleets';
import type {
  ConnectionFlags,
  EmergencyResult,
  EmergencyRollback,
  Ending,
  Fleets,
  MigrationRow,
  RunInfo,
  Session,
  StatusAnswer,
  UpdateAnswer,
  UpdateMessage,
  UpdateName,
} from './session';

const CONNECT_WITHIN_MS = 10_000;
/** Calls that the server answers by itself. */
const SERVER_WITHIN_MS = 10_000;
/** Calls that need a worker. */
const WORKER_WITHIN_MS = 5_000;

const NO_WORKER = 'no worker answered; is one running? (crossfade worker)';

/** @throws TemporalUnreachable after about ten seconds, ConfigInvalid. */
export async function connectSession(flags: ConnectionFlags, user: string): Promise<Session> {
  const { temporal } = loadConfig(flags);
  const connection = await connect(temporal);
  const client = new Client({
    connection,
    namespace: temporal.namespace,
    identity: `crossfade-cli ${user}@${hostname()}`,
  });
  return new TemporalSession(client, temporal);
}

async function connect({ address, connection }: TemporalConfig): Promise<Connection> {
  const { tls, apiKey, metadata } = connection;
  try {
    return await Connection.connect({
      address,
      connectTimeout: CONNECT_WITHIN_MS,
      ...(tls === undefined ? {} : { tls }),
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(metadata === undefined ? {} : { metadata }),
    });
  } catch (error) {
    const why = innermost(error).message.split('\n')[0];
    throw new MigrationError('TemporalUnreachable', `Temporal is not reachable at ${address}: ${why}`, {
      cause: error,
    });
  }
}

class TemporalSession implements Session {
  constructor(
    private readonly client: Client,
    private readonly temporal: TemporalConfig,
  ) {}

  get address(): string {
    return this.temporal.address;
  }

  get namespace(): string {
    return this.temporal.namespace;
  }

  start(workload: string, document: unknown, message: OperatorMessage): Promise<{ workflowId: string; runId: string }> {
    const workflowId = migrationId(workload);
    return this.ask(`starting ${workflowId}`, () =>
      startLone(this.client, { type: 'migrate', workflowId, document, memo: { ...message } }, async () => {
        const { runId } = await this.find(workload);
        return `, run ${runId}; see it: crossfade status ${workload}`;
      }),
    );
  }

  async find(workload: string): Promise<RunInfo> {
    const workflowId = migrationId(workload);
    const doing = `looking for ${workflowId}`;
    const found = await undefinedIfMissing(doing, () => this.ask(doing, () => this.handle(workload).describe()));
    if (found === undefined)
      throw notFound(`there is no migration of ${workload} (workflow ${workflowId} in namespace ${this.namespace})`);
    return {
      workflowId,
      runId: found.runId,
      state: found.status.name,
      startedAt: found.startTime.toISOString(),
      closedAt: found.closeTime?.toISOString() ?? null,
    };
  }

  list(): Promise<MigrationRow[]> {
    return this.ask('listing migrations', () => listMigrations(this.client));
  }

  async ending(workload: string): Promise<Ending> {
    try {
      const result = await this.ask(
        `reading the result of ${migrationId(workload)}`,
        () => this.handle(workload).result() as Promise<Partial<Ending> | null>,
      );
      const { outcome, run, ledgerRecords } = result ?? {};
      return {
        outcome: outcome ?? 'completed',
        message: `ended as ${outcome ?? 'completed'}`,
        run: run ?? null,
        ledgerRecords: ledgerRecords ?? null,
      };
    } catch (error) {
      if (!(error instanceof WorkflowFailedError)) throw error;
      const { code, message } = describeFailure(error);
      return { outcome: code, message, run: null, ledgerRecords: null };
    }
  }

  async status(workload: string): Promise<StatusAnswer> {
    try {
      const status = await this.askWorker(() => this.handle(workload).query<StatusView>(QUERIES.status));
      return { kind: 'answered', status };
    } catch (error) {
      return { kind: 'no_answer', reason: reasonOf(error) };
    }
  }

  async signal(workload: string, name: SignalName, message: GateMessage): Promise<void> {
    const doing = `sending ${name} to ${migrationId(workload)}`;
    const sent = await undefinedIfMissing(doing, () =>
      this.ask(doing, () => this.handle(workload).signal(SIGNALS[name], message)).then(() => true),
    );
    if (sent === undefined) throw notRunning(workload);
  }

  async update(workload: string, name: UpdateName, message: UpdateMessage): Promise<UpdateAnswer> {
    try {
      const doing = `sending ${name} to ${migrationId(workload)}`;
      const text = await undefinedIfMissing(doing, () =>
        this.askWorker(() =>
          this.handle(workload).executeUpdate<string, [UpdateMessage]>(UPDATES[name], { args: [message] }),
        ),
      );
      if (text === undefined) throw notRunning(workload);
      return { kind: 'done', text };
    } catch (error) {
      if (error instanceof MigrationError && error.code === 'MigrationNotFound') throw error;
      if (error instanceof WorkflowUpdateFailedError) return { kind: 'rejected', reason: innermost(error).message };
      return { kind: 'no_answer', reason: reasonOf(error) };
    }
  }

  async rollbackEmergency(workload: string, message: OperatorMessage): Promise<EmergencyRollback> {
    const workflowId = rollbackId(workload);
    const handle = await this.ask(`starting ${workflowId}`, () =>
      this.client.workflow.start('rollbackTraffic', {
        taskQueue: ROLLBACK_QUEUE,
        workflowId,
        args: [{ workload, ...message }],
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      }),
    );
    return {
      workflowId,
      runId: handle.firstExecutionRunId,
      result: () => handle.result() as Promise<EmergencyResult>,
      lastFailure: async () => {
        const { raw } = await this.ask(`looking at ${workflowId}`, () => handle.describe());
        return raw.pendingActivities?.find((activity) => activity.lastFailure)?.lastFailure?.message ?? undefined;
      },
    };
  }

  async newestDocument(workload: string, isUsable: (document: unknown) => boolean): Promise<unknown> {
    const { document } = await createTemporalHistory(this.client, migrationId).newestInput(workload, isUsable);
    return document;
  }

  startSync(workload: string, document: unknown): Promise<{ workflowId: string; runId: string }> {
    const workflowId = dataId(workload);
    return this.ask(`starting ${workflowId}`, () => startLone(this.client, { type: 'syncData', workflowId, document }));
  }

  get schedules(): Schedules {
    return temporalSchedules(this.client, (ask) => this.client.withDeadline(Date.now() + SERVER_WITHIN_MS, ask));
  }

  get fleets(): Fleets {
    return temporalFleets(this.client, {
      ask: (doing, call) => this.ask(doing, call),
      askWorker: (call) => this.askWorker(call),
    });
  }

  close(): Promise<void> {
    return this.client.connection.close();
  }

  /** Of the newest run, so that it stays right when the run continues as a new one. */
  private handle(workload: string): WorkflowHandle {
    return this.client.workflow.getHandle(migrationId(workload));
  }

  private async ask<T>(doing: string, call: () => Promise<T>): Promise<T> {
    try {
      return await this.client.withDeadline(Date.now() + SERVER_WITHIN_MS, call);
    } catch (error) {
      throw temporalError(error, doing);
    }
  }

  private askWorker<T>(call: () => Promise<T>): Promise<T> {
    return this.client.withDeadline(Date.now() + WORKER_WITHIN_MS, call);
  }
}

function notFound(message: string): MigrationError {
  return new MigrationError('MigrationNotFound', message);
}

function notRunning(workload: string): MigrationError {
  return notFound(`no migration of ${workload} is running (workflow ${migrationId(workload)})`);
}

/** A server that finds no worker says so in several ways, none of which means anything to an operator. */
function reasonOf(error: unknown): string {
  const { message } = innermost(error);
  return /deadline|poller|cancell?ed|no worker/i.test(message) ? NO_WORKER : message;
}
