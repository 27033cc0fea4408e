/** The worker process: three task queues on one connection. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import type { NativeConnection, WorkerOptions } from '@temporalio/worker';
import { bundleWorkflowCode, Runtime, Worker } from '@temporalio/worker';
import { createActivities } from './activities/index';
import { seededRandom } from './analysis/random';
import { createPorts } from './adapters/index';
import { createS3Client } from './adapters/s3-client';
import { S3Recordings } from './adapters/recordings';
import { locationOf } from './adapters/s3-listing';
import { connectToTemporal } from './adapters/temporal-connection';
import type { SearchAttributes } from './adapters/temporal-search-attributes';
import { ensureSearchAttributes } from './adapters/temporal-search-attributes';
import type { Config } from './config';
import { loadConfig } from './config';
import type { Activities, ObserveInput } from './contracts/activities';
import { MAIN_QUEUE, migrationId, OBSERVE_QUEUE, OBSERVED_SIGNAL, ROLLBACK_QUEUE } from './contracts/messages';
import { PlaceDigests } from './data/content-digest';
import { EngineMover } from './data/mover';
import { PairedReads } from './data/read-sample';
import { MigrationError } from './domain/errors';
import type { Captures } from './ports/shadow';
import { ThreadExaminer } from './tap/examiner';
import { CapturedPairs } from './tap/variant/captured-pairs';
import { takeCensus } from './telemetry/census';
import type { Clean } from './telemetry/log-lines';
import { createCleaner, createLogLine } from './telemetry/log-lines';
import { runtimeOptions } from './telemetry/runtime';
import { tellStanding } from './telemetry/standing';
import { startTraces } from './telemetry/traces';
import type { Traces } from './telemetry/traces';

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
  const clean = createCleaner(process.env);
  installRuntime(config, clean);
  const connection = await connectToTemporal(config.temporal.connection);
  const ending = new AbortController();
  const traces = config.traced ? startTraces(clean) : undefined;
  try {
    const { namespace, address } = config.temporal;
    const created = await ensureSearchAttributes(connection, namespace, SEARCH_ATTRIBUTES);
    const { logger } = Runtime.instance();
    if (created.length > 0) logger.info('search attributes registered', { created });
    const workers = await createWorkers(connection, config, traces);
    const running = workers.map((worker) => worker.run());
    const census = countMigrations(connection, config, ending.signal);
    logger.info('worker is ready', {
      address,
      namespace,
      queues: [MAIN_QUEUE, OBSERVE_QUEUE, ROLLBACK_QUEUE],
      region: config.awsRegion ?? 'from the AWS profile',
      metrics: config.metricsAddress ?? 'off',
    });
    await untilAllEnd(workers, running);
    ending.abort();
    await census;
  } finally {
    ending.abort();
    await traces?.stop();
    await connection.close();
  }
}

function installRuntime({ metricsAddress }: Config, clean: Clean): void {
  try {
    Runtime.install(runtimeOptions(metricsAddress, createLogLine(clean)));
  } catch (error) {
    if (metricsAddress === undefined) throw error;
    const message = `CROSSFADE_METRICS_ADDRESS is ${metricsAddress}: ${(error as Error).message}`;
    throw new MigrationError('ConfigInvalid', message, { cause: error });
  }
}

/** Only for whoever reads the metrics: each count asks Temporal for its list. */
async function countMigrations(connection: NativeConnection, config: Config, stop: AbortSignal): Promise<void> {
  if (config.metricsAddress === undefined) return;
  const { logger, metricMeter } = Runtime.instance();
  const client = new Client({ connection, namespace: config.temporal.namespace });
  await takeCensus(client, metricMeter, logger, stop);
}

async function createWorkers(
  connection: NativeConnection,
  config: Config,
  traces: Traces | undefined,
): Promise<Worker[]> {
  const { namespace } = config.temporal;
  const interceptors = traces === undefined ? {} : { interceptors: { workflow: [traces.client] } };
  const client = new Client({ connection, namespace, ...interceptors });
  const ports = createPorts(config, client, { claimQueue: MAIN_QUEUE, observedSignal: OBSERVED_SIGNAL, migrationId });
  const activities: Activities = createActivities({
    ...ports,
    data: new EngineMover(ports.places),
    digests: new PlaceDigests(ports.places),
    reads: new PairedReads((url, signal) => ports.places.openStore(url, { onNotice: () => undefined }, signal), {
      random: seededRandom,
    }),
    captures: createCaptures(config),
  });
  const shared: Omit<WorkerOptions, 'taskQueue'> = {
    connection,
    namespace,
    activities,
    interceptors: { activity: [tellStanding, ...(traces === undefined ? [] : [traces.activity])] },
    shutdownGraceTime: SHUTDOWN_GRACE,
    shutdownForceTime: SHUTDOWN_FORCE,
  };
  const workflows = await workflowSource(traces);
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

/** Bundles that the build makes: a worker starts in a second and needs no webpack. One of them traces; it costs memory. */
const BUNDLES = { plain: 'workflow-bundle.js', traced: 'workflow-bundle-traced.js' } as const;

/** What the build made; else the same, made now. */
async function workflowSource(traces: Traces | undefined): Promise<Pick<WorkerOptions, 'workflowBundle' | 'sinks'>> {
  const codePath = join(__dirname, '..', traces === undefined ? BUNDLES.plain : BUNDLES.traced);
  const code = existsSync(codePath) ? await readFile(codePath, 'utf8') : await bundled(traces);
  if (traces === undefined) return { workflowBundle: { code } };
  return { workflowBundle: { code: traces.withSettings(code) }, sinks: traces.sinks };
}

async function bundled(traces: Traces | undefined): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: require.resolve('./workflows/index'),
    workflowInterceptorModules: [require.resolve('./workflows/interceptors'), ...(traces?.workflowModules ?? [])],
    logger: Runtime.instance().logger,
  });
  return code;
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
