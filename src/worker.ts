/** The worker process: three task queues on one connection. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import type { NativeConnection, WorkerOptions } from '@temporalio/worker';
import { DefaultLogger, makeTelemetryFilterString, Runtime, Worker } from '@temporalio/worker';
import { createActivities } from './activities/index';
import { seededRandom } from './analysis/random';
import { createPorts, createS3Client } from './adapters/index';
import { S3Recordings } from './adapters/recordings';
import { locationOf } from './adapters/s3-listing';
import { connectToTemporal } from './adapters/temporal-connection';
import type { SearchAttributes } from './adapters/temporal-search-attributes';
import { ensureSearchAttributes } from './adapters/temporal-search-attributes';
import type { Config } from './config';
import { loadConfig } from './config';
import type { Activities, ObserveInput } from './contracts/activities';
import { MAIN_QUEUE, migrationId, OBSERVE_QUEUE, OBSERVED_SIGNAL, ROLLBACK_QUEUE } from './contracts/messages';
import { PairedReads } from './data/read-sample';
import { MigrationError } from './domain/errors';
import type { Captures } from './ports/shadow';
import { ThreadExaminer } from './tap/examiner';
import { CapturedPairs } from './tap/variant/captured-pairs';

/** What the workflows upsert; every worker makes sure that they exist. */
export const SEARCH_ATTRIBUTES: SearchAttributes = {
  CrossfadePhase: 'Keyword',
  CrossfadeWorkload: 'Keyword',
  CrossfadeVerdict: 'Keyword',
  CrossfadeWeight: 'Int',
};

/** Long enough for a weight write and its read-back; observers hand on at once. */
const SHUTDOWN_GRACE = '30s';
/** After this even an activity that ignores its cancellation does not hold the process. */
const SHUTDOWN_FORCE = '60s';
/** An idle migration costs about 0.3 MB; beyond this the oldest are replayed when they wake. */
const CACHED_MIGRATIONS = 600;
/** Rollbacks are few and short, but must all fit at once on a bad day. */
const CACHED_ROLLBACKS = 100;
/** Observers start once a day each; more pollers would only keep connections open. */
const OBSERVE_POLLS = 2;

/** Runs until a signal asks it to stop, then lets activities finish. @throws TemporalUnreachable, ConfigInvalid. */
export async function runWorker(config: Config): Promise<void> {
  installRuntime();
  const connection = await connectToTemporal(config.temporal.connection);
  try {
    const { namespace, address } = config.temporal;
    const created = await ensureSearchAttributes(connection, namespace, SEARCH_ATTRIBUTES);
    const { logger } = Runtime.instance();
    if (created.length > 0) logger.info('search attributes registered', { created });
    const workers = await createWorkers(connection, config);
    const running = workers.map((worker) => worker.run());
    logger.info('worker is ready', {
      address,
      namespace,
      queues: [MAIN_QUEUE, OBSERVE_QUEUE, ROLLBACK_QUEUE],
      region: config.awsRegion ?? 'from the AWS profile',
    });
    await untilAllEnd(workers, running);
  } finally {
    await connection.close();
  }
}

async function createWorkers(connection: NativeConnection, config: Config): Promise<Worker[]> {
  const { namespace } = config.temporal;
  const client = new Client({ connection, namespace });
  const ports = createPorts(config, client, { claimQueue: MAIN_QUEUE, observedSignal: OBSERVED_SIGNAL, migrationId });
  const activities: Activities = createActivities({
    ...ports,
    reads: new PairedReads(ports.openStore, { random: seededRandom }),
    captures: createCaptures(config),
  });
  const shared: Omit<WorkerOptions, 'taskQueue'> = {
    connection,
    namespace,
    activities,
    shutdownGraceTime: SHUTDOWN_GRACE,
    shutdownForceTime: SHUTDOWN_FORCE,
  };
  const workflows = workflowSource();
  return Promise.all([
    Worker.create({ ...shared, ...workflows, taskQueue: MAIN_QUEUE, maxCachedWorkflows: CACHED_MIGRATIONS }),
    Worker.create({
      ...shared,
      activities: { observe: (input: ObserveInput) => activities.observe(input) },
      taskQueue: OBSERVE_QUEUE,
      maxConcurrentActivityTaskExecutions: config.observeSlots,
      maxConcurrentActivityTaskPolls: Math.min(OBSERVE_POLLS, config.observeSlots),
    }),
    Worker.create({ ...shared, ...workflows, taskQueue: ROLLBACK_QUEUE, maxCachedWorkflows: CACHED_ROLLBACKS }),
  ]);
}

/** A thread of its own compares, so that large answers hold up no heartbeat; it starts with the first pair. */
function createCaptures(config: Config): Captures {
  const s3 = createS3Client(config);
  const examiner = new ThreadExaminer((reason) => {
    Runtime.instance().logger.warn('the thread that compares captured answers ended', { reason });
  });
  return new CapturedPairs((url) => new S3Recordings(s3, locationOf(url)), examiner);
}

/** The bundle that the build made, so that a worker starts in a second and needs no webpack; else the sources. */
function workflowSource(): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  const codePath = join(__dirname, '..', 'workflow-bundle.js');
  return existsSync(codePath)
    ? { workflowBundle: { codePath } }
    : { workflowsPath: require.resolve('./workflows/index') };
}

/** When one worker fails the others must not go on alone: rollbacks without observers, or the reverse, look healthy. */
async function untilAllEnd(workers: readonly Worker[], running: readonly Promise<void>[]): Promise<void> {
  try {
    await Promise.all(running);
  } catch (error) {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    await Promise.allSettled(running);
    throw error;
  }
}

function installRuntime(): void {
  Runtime.install({
    logger: new DefaultLogger('INFO', (entry) => {
      process.stderr.write(`${jsonLine(entry.level, entry.message, entry.meta ?? {})}\n`);
    }),
    telemetryOptions: { logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) } },
    shutdownSignals: ['SIGINT', 'SIGTERM'],
  });
}

/** Inputs and headers are not among the SDK's log attributes, and errors are cut to what a person needs. */
export function jsonLine(level: string, message: string, meta: Readonly<Record<string, unknown>>): string {
  // A task's token is long, means nothing to a person, and would let its reader answer the task.
  const { taskToken: _token, ...shown } = meta;
  return JSON.stringify({ time: new Date().toISOString(), level, message, ...shown }, (_key, value: unknown) => {
    if (typeof value === 'bigint') return value.toString();
    return value instanceof Error ? { name: value.name, message: value.message, stack: value.stack } : value;
  });
}

async function main(): Promise<void> {
  try {
    await runWorker(loadConfig());
  } catch (error) {
    const code = error instanceof MigrationError ? `${error.code}: ` : '';
    process.stderr.write(`${code}${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

if (require.main === module) void main();
