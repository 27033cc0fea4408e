/**
 * Real workflows, real activities and a real Temporal server, over worlds in memory. Each migration has a world of its
 * own unless it is given another's, so that many can go wrong at once without disturbing each other.
 */
import { Context } from '@temporalio/activity';
import { Client } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { WorkerOptions, WorkflowBundleOption } from '@temporalio/worker';
import { Worker } from '@temporalio/worker';
import { createActivities } from '../../../src/activities';
import type { Ports } from '../../../src/activities';
import { createTemporalSignals } from '../../../src/adapters/temporal-signals';
import { createTemporalStandings } from '../../../src/adapters/temporal-standings';
import type { Activities } from '../../../src/contracts/activities';
import {
  MAIN_QUEUE,
  migrationId,
  OBSERVE_QUEUE,
  OBSERVED_SIGNAL,
  ROLLBACK_QUEUE,
} from '../../../src/contracts/messages';
import { tellStanding } from '../../../src/telemetry/standing';
import type { Traces } from '../../../src/telemetry/traces';
import { World, fakePorts } from '../fakes';
import { workflowBundle } from './bundle';
import { startServer } from './server';

/** Whoever polls in an activity waits this part of what it asked for: checks are dense, periods stay what they are. */
const HASTE = 5;

export interface TheatreOptions {
  /** Of the server's dynamic configuration. */
  readonly settings?: Readonly<Record<string, number>>;
  /** Replaces activities, for all migrations. */
  readonly replace?: (activities: Activities) => Partial<Activities>;
  /** Another server than one that is started here. */
  readonly environment?: TestWorkflowEnvironment;
  /** Queues that workers serve; all of them by default. */
  readonly queues?: readonly string[];
  /** By default bundled from the sources. */
  readonly workflowBundle?: WorkflowBundleOption;
  /** For a test that looks at traces; its bundle must trace as well. */
  readonly traces?: Traces;
  /** How activities wait; by default they hurry. */
  readonly sleep?: (durationMs: number) => Promise<void>;
  /** The server's time, told at the start of every activity. */
  readonly onTime?: (serverTimeMs: number) => void;
}

export class Theatre {
  private readonly activitiesByWorkload = new Map<string, Activities>();
  private workers: { worker: Worker; running: Promise<void> }[] = [];

  private constructor(
    readonly environment: TestWorkflowEnvironment,
    private readonly options: TheatreOptions,
  ) {}

  static async open(options: TheatreOptions = {}): Promise<Theatre> {
    const environment = options.environment ?? (await startServer(options.settings));
    const theatre = new Theatre(environment, options);
    await theatre.startWorkers(options.queues ?? [MAIN_QUEUE, OBSERVE_QUEUE, ROLLBACK_QUEUE]);
    return theatre;
  }

  get client(): Client {
    return this.environment.client;
  }

  /** What activities signal with: as a worker makes it. */
  private get workersClient(): Client {
    const { traces } = this.options;
    if (traces === undefined) return this.client;
    const { connection, options } = this.client;
    return new Client({ connection, namespace: options.namespace, interceptors: { workflow: [traces.client] } });
  }

  /** Activities of the workload's workflows see this world from now on. */
  cast(workload: string, world: World): void {
    const ports: Ports = {
      ...fakePorts(world),
      signals: world.faults.wrap('signals', createTemporalSignals(this.workersClient, OBSERVED_SIGNAL)),
      standings: createTemporalStandings(this.client, migrationId),
      sleep: this.options.sleep ?? ((durationMs) => Context.current().sleep(Math.max(10, durationMs / HASTE))),
    };
    this.activitiesByWorkload.set(workload, createActivities(ports));
  }

  async startWorkers(queues: readonly string[]): Promise<void> {
    const shared: Omit<WorkerOptions, 'taskQueue'> = {
      connection: this.environment.nativeConnection,
      ...(this.environment.namespace === undefined ? {} : { namespace: this.environment.namespace }),
      activities: this.routed(),
      interceptors: {
        activity: [tellStanding, ...(this.options.traces === undefined ? [] : [this.options.traces.activity])],
      },
      ...(this.options.traces === undefined ? {} : { sinks: this.options.traces.sinks }),
      shutdownForceTime: '2s',
      maxCachedWorkflows: 300,
    };
    const workflows = { workflowBundle: this.options.workflowBundle ?? (await workflowBundle()) };
    for (const taskQueue of queues) {
      const runsWorkflows = taskQueue !== OBSERVE_QUEUE;
      const worker = await Worker.create({
        ...shared,
        ...(runsWorkflows ? workflows : { maxConcurrentActivityTaskExecutions: 500 }),
        taskQueue,
      });
      this.workers.push({ worker, running: worker.run() });
    }
  }

  async stopWorkers(): Promise<void> {
    const stopping = this.workers;
    this.workers = [];
    for (const { worker } of stopping) worker.shutdown();
    await Promise.all(stopping.map(({ running }) => running));
  }

  async close(): Promise<void> {
    await this.stopWorkers();
    await this.environment.teardown();
  }

  /** Every activity, sent on to the world of the workflow that asks. */
  private routed(): Activities {
    const nowhere = createActivities(fakePorts(new World(Date.now)));
    const names = Object.keys(nowhere) as (keyof Activities)[];
    const route = (name: keyof Activities) => {
      return (input: never): Promise<unknown> => {
        const { workflowExecution, currentAttemptScheduledTimestampMs } = Context.current().info;
        this.options.onTime?.(currentAttemptScheduledTimestampMs);
        const id = workflowExecution?.workflowId ?? '';
        const activities = this.activitiesByWorkload.get(id.split('/')[1] ?? '') ?? nowhere;
        return (activities[name] as (input: never) => Promise<unknown>)(input);
      };
    };
    const all = Object.fromEntries(names.map((name) => [name, route(name)])) as unknown as Activities;
    return { ...all, ...this.options.replace?.(all) };
  }
}
