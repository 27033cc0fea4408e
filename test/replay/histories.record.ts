/**
 * Records the histories that `replay.test.ts` replays: `npm run record:histories`. Do it when a released workflow
 * changes on purpose, and review the change; histories of earlier releases stay.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { packageRoot, readTools } from '../../lab/tools';
import { MigrationError } from '../../src/domain/errors';
import { Migration } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';

const FOLDER = path.join(packageRoot(), 'test', 'replay', 'histories');
const MUST_FAIL = path.join(packageRoot(), 'test', 'replay', 'must-fail');

let theatre: Theatre;

beforeAll(async () => {
  theatre = await Theatre.open();
  mkdirSync(FOLDER, { recursive: true });
  mkdirSync(MUST_FAIL, { recursive: true });
}, 60_000);

afterAll(() => theatre.close());

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Who ran it and where is nobody's business, and would change with every recording. */
function anonymous(value: Json): Json {
  if (Array.isArray(value)) return value.map(anonymous);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'stackTrace')
      .map(([key, member]) => [key, key === 'identity' ? 'recorder' : anonymous(member)]),
  );
}

/** All runs of a migration, oldest first, as `NAME-1.json`, `NAME-2.json`, … */
async function save(migration: Migration, name: string): Promise<void> {
  const { workflowId } = migration.handle;
  const runs: { runId: string; startTime: Date }[] = [];
  for await (const run of theatre.client.workflow.list({ query: `WorkflowId = "${workflowId}"` })) runs.push(run);
  runs.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
  for (const [index, { runId }] of runs.entries()) {
    const history = show(workflowId, runId);
    writeFileSync(path.join(FOLDER, `${name}-${index + 1}.json`), `${JSON.stringify(anonymous(history))}\n`);
  }
}

/** In the CLI's JSON, which is what loads again. */
function show(workflowId: string, runId: string): Json {
  const address = theatre.environment.address;
  const args = ['workflow', 'show', '-o', 'json', '--address', address, '-w', workflowId, '-r', runId];
  return JSON.parse(execFileSync(readTools().temporal, args, { encoding: 'utf8', maxBuffer: 1 << 28 })) as Json;
}

test('record: a healthy migration', async () => {
  const migration = await Migration.of(theatre, 'healthy').start();
  await migration.result();
  await save(migration, 'healthy');
}, 120_000);

test('record: a pause, an unknown signal, a rollback, a retry and an abandon', async () => {
  const migration = await Migration.of(theatre, 'operator', {
    cutover: { weights: [50, 100], stabilization: '5s', approvals: { beforeFirst: true } },
  }).start();
  await migration.untilGate('cutover-50');
  await migration.send('approve');
  await migration.untilAtWeight(50);
  await migration.send('pause');
  await migration.handle.signal('sing');
  await migration.send('resume');
  await migration.send('rollback');
  await migration.untilRolledBack();
  await migration.send('retry');
  await migration.untilGate('cutover-50');
  await migration.send('abandon');
  await migration.result();
  await save(migration, 'operator');
}, 120_000);

test('record: a step that is blocked and tried again', async () => {
  const migration = Migration.of(theatre, 'blocked');
  migration.world.faults.failCall('compute.createAutoScalingGroup', 1, new MigrationError('AwsDenied', 'not allowed'));
  await migration.start();
  await migration.untilBlocked();
  await migration.send('retry');
  await migration.result();
  await save(migration, 'blocked');
}, 120_000);

test('record: a history that no version of the workflow can have made', async () => {
  const migration = await Migration.of(theatre, 'edited').start();
  await migration.result();
  const { workflowId } = migration.handle;
  const history = JSON.stringify(anonymous(show(workflowId, migration.firstRunId)));
  writeFileSync(
    path.join(MUST_FAIL, 'edited-claims-before-spec.json'),
    `${history.replaceAll('"parseSpec"', '"acquireClaims"')}\n`,
  );
}, 120_000);
