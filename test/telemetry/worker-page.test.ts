import type { WorkflowBundleOption } from '@temporalio/worker';
import { Runtime, Worker } from '@temporalio/worker';
import { findFreePort } from '../../lab/loopback';
import { MigrationError } from '../../src/domain/errors';
import { CensusGauges, listRunning } from '../../src/telemetry/census';
import { createCleaner, createLogLine } from '../../src/telemetry/log-lines';
import { runtimeOptions } from '../../src/telemetry/runtime';
import { eventually } from '../lab/eventually';
import { workflowBundle } from '../support/temporal/bundle';
import { Migration, SAY } from '../support/temporal/migration';
import { quietRuntime } from '../support/temporal/server';
import { Theatre } from '../support/temporal/theatre';
import { dashboardQueries, findUnexposed, readPage, ruleQueries } from './page';

/*
 * A worker of this process plays a migration in which everything happens once, and its page and its log are read as
 * Prometheus and a person read them.
 */

const WITHIN_MS = 120_000;
const PLANTED = 'planted-secret-value';

const lines: string[] = [];
let theatre: Theatre;
let page: string;
let during: string;
let runId: string;

beforeAll(async () => {
  const address = `127.0.0.1:${await findFreePort()}`;
  const line = createLogLine(createCleaner({ CROSSFADE_TAP_TOKEN: PLANTED }));
  quietRuntime(runtimeOptions(address, line, (text) => lines.push(text)));
  const read = async (): Promise<string> => (await fetch(`http://${address}/metrics`)).text();
  theatre = await Theatre.open();
  const { metricMeter } = Runtime.instance();
  const gauges = new CensusGauges(metricMeter);
  const count = async (): Promise<void> => gauges.show(await listRunning(theatre.client), Date.now());

  const migration = await playEverything(async () => {
    await eventually(async () => expect(await listRunning(theatre.client)).toMatchObject([{ weight: 50 }]));
    await count();
    during = await read();
  });
  runId = migration.firstRunId;
  await eventually(async () => expect(await listRunning(theatre.client)).toEqual([]));
  await count();
  await changeUnderWay(() =>
    eventually(async () => expect(await read()).toContain('failure_reason="NonDeterminismError"')),
  );
  page = await read();
}, WITHIN_MS);

afterAll(() => theatre.close());

/** Blocked, a gate, blind for a while, rolled back, abandoned. */
async function playEverything(atHalf: () => Promise<void>): Promise<Migration> {
  const changes = { cutover: { stabilization: '1h', approvals: { beforeFirst: true } } };
  const migration = Migration.of(theatre, 'ranker', changes);
  const leak = new MigrationError(
    'AwsDenied',
    `no: https://me:${PLANTED}@h/?X-Amz-Signature=abc authorization: Bearer x`,
  );
  migration.world.faults.failCall('data.copy', 1, leak);
  await migration.start();
  await migration.untilBlocked();
  await migration.send('retry', { ...SAY });
  await migration.untilGate('cutover-50');
  await migration.send('approve', { gate: 'cutover-50', ...SAY });
  await migration.untilAtWeight(50);
  await migration.until('a verdict', ({ verdict }) => verdict !== null);
  await atHalf();
  migration.world.metricsOutage = true;
  await migration.until('blindness', ({ verdict }) => verdict?.kind === 'blind');
  migration.world.metricsOutage = false;
  await migration.send('rollback', { ...SAY });
  await migration.untilRolledBack();
  await migration.send('abandon', { ...SAY });
  await migration.result();
  return migration;
}

/** A workflow that is under way when a worker comes whose code makes other commands. */
async function changeUnderWay(isNoticed: () => Promise<void>): Promise<void> {
  const { client, environment } = theatre;
  const taskQueue = 'crossfade-changed';
  const serve = async (bundle: WorkflowBundleOption, until: () => Promise<void>): Promise<void> => {
    const worker = await Worker.create({
      connection: environment.nativeConnection,
      taskQueue,
      workflowBundle: bundle,
      stickyQueueScheduleToStartTimeout: '1s',
    });
    await worker.runUntil(until);
  };
  const handle = await client.workflow.start('changing', { taskQueue, workflowId: 'changing' });
  const events = async (): Promise<number> => (await handle.fetchHistory()).events?.length ?? 0;
  await serve(await workflowBundle('test/telemetry/changed/before.ts'), () =>
    eventually(async () => expect(await events()).toBeGreaterThan(4)),
  );
  await handle.signal('wake');
  await serve(await workflowBundle('test/telemetry/changed/after.ts'), isNoticed);
  await handle.terminate();
}

const valuesOf = (text: string, series: string): Record<string, number> =>
  Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line.startsWith(series))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );

describe('metrics', () => {
  test('every dashboard and every alert: asks only for what a worker exposes', () => {
    const exposed = readPage(page);
    expect(dashboardQueries().length).toBeGreaterThan(20);
    expect(ruleQueries().length).toBeGreaterThan(7);
    expect(findUnexposed([...dashboardQueries(), ...ruleQueries()], exposed)).toEqual([]);
  });

  test('findUnexposed: tells a series and a label that nobody exposes', () => {
    const exposed = readPage('crossfade_a{phase="x"} 1\n');
    const query = { where: 'here', expr: 'sum(crossfade_a{phase="x", workload=~".*"}) / crossfade_b' };
    expect(findUnexposed([query], exposed)).toEqual([
      'here: crossfade_a has no label workload',
      'here: crossfade_b is not exposed',
    ]);
  });

  test('while it runs: its phase, its verdict and its weight are there, and all phases have a number', () => {
    expect(valuesOf(during, 'crossfade_migration_phase{phase="cutover"')).toEqual({
      'crossfade_migration_phase{phase="cutover",workload="ranker"}': 1,
    });
    expect(valuesOf(during, 'crossfade_migration_weight_percent')).toEqual({
      'crossfade_migration_weight_percent{workload="ranker"}': 50,
    });
    expect(Object.keys(valuesOf(during, 'crossfade_migrations{'))).toHaveLength(12);
    expect(valuesOf(during, 'crossfade_migrations{phase="cutover"}')).toEqual({
      'crossfade_migrations{phase="cutover"}': 1,
    });
  });

  test('when it has ended: nothing of it is in any phase', () => {
    expect(Object.values(valuesOf(page, 'crossfade_migration_phase{')).filter((value) => value !== 0)).toEqual([]);
    expect(Object.values(valuesOf(page, 'crossfade_migrations{')).filter((value) => value !== 0)).toEqual([]);
  });

  test.each([
    ['crossfade_rollbacks_total{by="person"', 1],
    ['crossfade_blocked_total{code="AwsDenied"', 1],
    ['crossfade_gate_wait_seconds_count{answer="approved"', 1],
    ['crossfade_rollback_seconds_count{by="person"', 1],
  ])('%s: is counted once for each time that it happened', (series, times) => {
    expect(Object.values(valuesOf(page, series))).toEqual([times]);
  });
});

describe('logs', () => {
  const parsed = (): Record<string, unknown>[] => lines.map((line) => JSON.parse(line) as Record<string, unknown>);

  test('every line: is one JSON object with a time, a level and a message', () => {
    expect(parsed().filter(({ time, level, message }) => !time || !level || typeof message !== 'string')).toEqual([]);
  });

  test('a decision: is a line with the workload, the run and the phase', () => {
    expect(parsed()).toContainEqual(
      expect.objectContaining({
        decision: 'gate_answered',
        workload: 'ranker',
        run: runId,
        phase: 'cutover',
        by: 'ann',
      }),
    );
  });

  test('a failed activity: is a line with the step and the phase at which it was scheduled', () => {
    expect(parsed()).toContainEqual(
      expect.objectContaining({
        level: 'WARN',
        activityType: 'copyData',
        workload: 'ranker',
        run: runId,
        phase: 'environment',
        step: expect.stringContaining('model'),
      }),
    );
  });

  test('no line: holds a secret, in whatever form a library wrote it', () => {
    expect(lines.filter((line) => line.includes('AwsDenied'))).not.toEqual([]);
    expect(lines.filter((line) => new RegExp(`${PLANTED}|Signature=abc|Bearer x|taskToken`).test(line))).toEqual([]);
  });
});
