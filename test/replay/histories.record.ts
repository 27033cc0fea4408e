/**
 * Records the histories that `replay.test.ts` replays: `npm run record:histories`. Do it when a released workflow
 * changes on purpose, and review the change; histories of earlier releases stay. One play alone, when it is new:
 * `npm run record:histories -- -t 'a healthy migration to SageMaker'`.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { packageRoot, readTools } from '../../lab/tools';
import { claimId } from '../../src/adapters/temporal-claims';
import {
  dataId,
  fleetId,
  MAIN_QUEUE,
  migrationId,
  partId,
  PARTS,
  rangeId,
  rollbackId,
  UPDATES,
} from '../../src/contracts/messages';
import type { PartName } from '../../src/contracts/messages';
import { DAYS } from '../../src/domain/change-windows';
import { MigrationError } from '../../src/domain/errors';
import { PROMOTION_GATE } from '../../src/domain/plan';
import { Fleet } from '../support/temporal/fleet';
import { Migration, SAY } from '../support/temporal/migration';
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

/** A worker's own queue is called after its process and its machine. */
const STICKY_QUEUE = /^\d+@.+-[0-9a-f]{32}$/;

/** Who ran it and where is nobody's business, and would change with every recording. */
function anonymous(value: Json): Json {
  if (typeof value === 'string') return STICKY_QUEUE.test(value) ? 'recorder-sticky' : value;
  if (Array.isArray(value)) return value.map(anonymous);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'stackTrace')
      .map(([key, member]) => [key, key === 'identity' ? 'recorder' : anonymous(member)]),
  );
}

/** All runs of a workflow, oldest first, as `NAME-1.json`, `NAME-2.json`, … */
async function save(workflowId: string, name: string): Promise<void> {
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
  await save(migrationId('healthy'), 'healthy');
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
  await save(migrationId('operator'), 'operator');
}, 120_000);

test('record: a step that is blocked and tried again', async () => {
  const migration = Migration.of(theatre, 'blocked');
  migration.world.faults.failCall('compute.createAutoScalingGroup', 1, new MigrationError('AwsDenied', 'not allowed'));
  await migration.start();
  await migration.untilBlocked();
  await migration.send('retry');
  await migration.result();
  await save(migrationId('blocked'), 'blocked');
}, 120_000);

test('record: steps that are extended, and gates for more evidence that a person approves', async () => {
  const migration = await Migration.of(theatre, 'extended', {
    guardrails: { requestCountMin: 900_000, extendMax: 1 },
    cutover: { weights: [100] },
  }).start();
  const [shadow, cutover] = ['evidence-shadow-50', 'evidence-cutover-100'];
  await migration.untilGate(shadow);
  await migration.handle.executeUpdate(UPDATES.extendStep, { args: [{ by: '1s', ...SAY }] });
  await migration.until('the step goes on', ({ gate }) => gate === null);
  await migration.untilGate(shadow);
  await migration.send('approve', { gate: shadow, ...SAY });
  await migration.untilGate(cutover);
  await migration.handle.executeUpdate(UPDATES.approveGate, { args: [{ gate: cutover, ...SAY }] });
  await migration.result();
  await save(migrationId('extended'), 'extended');
}, 120_000);

test('record: a migration that is cancelled with half of the traffic on the target', async () => {
  const migration = await Migration.of(theatre, 'cancelled', { cutover: { stabilization: '1h' } }).start();
  await migration.untilAtWeight(50);
  await migration.handle.cancel();
  await expect(migration.result()).rejects.toMatchObject({ name: 'WorkflowFailedError' });
  await save(migrationId('cancelled'), 'cancelled');
}, 120_000);

test('record: an emergency rollback, of a migration that was terminated', async () => {
  const migration = await Migration.of(theatre, 'emergency', { cutover: { stabilization: '1h' } }).start();
  await migration.untilAtWeight(50);
  await migration.handle.terminate('wedged');
  await migration.emergency();
  await save(rollbackId('emergency'), 'emergency');
}, 120_000);

test('record: a data set that is copied in ranges', async () => {
  const [workload, name] = ['ranged', 'model'];
  const place = { from: `s3://${workload}-models/ranker`, to: `s3://${workload}-target/model` };
  const migration = await Migration.of(theatre, workload, { data: [{ name, ...place, fanOut: 2 }] }).start();
  await migration.result();
  await save(migrationId(workload), workload);
  await save(rangeId(migrationId(workload), name, 0), 'range');
}, 120_000);

test('record: a healthy migration to SageMaker', async () => {
  const migration = await Migration.hosted(theatre, 'hosted').start();
  await migration.result();
  await save(migrationId('hosted'), 'hosted');
}, 120_000);

test('record: a migration to SageMaker that is rolled back and abandoned', async () => {
  const migration = await Migration.hosted(theatre, 'hosted-back', { cutover: { stabilization: '1h' } }).start();
  await migration.untilAtWeight(50);
  await migration.send('rollback');
  await migration.untilRolledBack();
  await migration.send('abandon');
  await migration.result();
  await save(migrationId('hosted-back'), 'hosted-back');
}, 120_000);

test('record: an endpoint of SageMaker that fails and is tried again', async () => {
  const migration = Migration.hosted(theatre, 'hosted-failed');
  const { world } = migration;
  world.endpointFailure = 'The primary container did not pass the ping health check.';
  world.faults.before('hosting.createEndpoint', 2, () => (world.endpointFailure = undefined));
  await migration.start();
  await migration.untilBlocked();
  await migration.send('retry');
  await migration.result();
  await save(migrationId('hosted-failed'), 'hosted-failed');
}, 120_000);

test('record: a healthy migration over DNS records', async () => {
  const migration = await Migration.overRecords(theatre, 'records').start();
  await migration.result();
  await save(migrationId('records'), 'records');
}, 120_000);

test('record: a migration over DNS records that is rolled back, tried again and abandoned', async () => {
  const migration = await Migration.overRecords(theatre, 'records-back').start();
  await migration.untilAtWeight(50);
  await migration.send('rollback');
  await migration.untilRolledBack();
  await migration.send('retry');
  await migration.untilAtWeight(50);
  await migration.send('abandon');
  await migration.result();
  await save(migrationId('records-back'), 'records-back');
}, 120_000);

test('record: a healthy migration on an endpoint', async () => {
  const migration = await Migration.joined(theatre, 'joined').start();
  await migration.result();
  await save(migrationId('joined'), 'joined');
}, 120_000);

test('record: a migration on an endpoint that goes back by itself, is rolled back and abandoned', async () => {
  const migration = await Migration.joined(theatre, 'joined-back', { cutover: { stabilization: '1h' } }).start();
  await migration.untilAtWeight(50);
  const { variants } = migration.endpoint;
  const ours = variants.configName;
  variants.configName = 'joined-back-live-config';
  await migration.until('it is blind', ({ verdict }) => verdict?.kind === 'blind');
  variants.configName = ours;
  await migration.send('rollback');
  await migration.untilRolledBack();
  await migration.send('abandon');
  await migration.result();
  await save(migrationId('joined-back'), 'joined-back');
}, 120_000);

test('record: an emergency rollback on an endpoint', async () => {
  const stabilization = { cutover: { stabilization: '1h' } };
  const migration = await Migration.joined(theatre, 'joined-emergency', stabilization).start();
  await migration.untilAtWeight(50);
  await migration.handle.terminate('wedged');
  await migration.emergency();
  await save(rollbackId('joined-emergency'), 'joined-emergency');
}, 120_000);

test('record: a healthy migration whose target is a shadow variant first', async () => {
  const migration = await Migration.shadowed(theatre, 'shadowed').approveAlways(PROMOTION_GATE).start();
  await migration.result();
  await save(migrationId('shadowed'), 'shadowed');
}, 120_000);

test('record: a shadow variant that answers wrongly, is tried again, rolled back with users on it and abandoned', async () => {
  const migration = Migration.shadowed(theatre, 'shadowed-back', {
    shadow: { firstHold: '5s' },
    cutover: { stabilization: '1h' },
  });
  await migration.start();
  await migration.until('copies', ({ phase, remainingMs }) => phase === 'shadow' && remainingMs !== null);
  migration.world.setTraffic('shadowed-back', { mismatchRate: 0.5 });
  await migration.untilRolledBack();
  migration.world.setTraffic('shadowed-back', { mismatchRate: 0 });
  await migration.until('the way back', ({ step }) => step.startsWith('traffic is on the source'));
  await migration.send('retry');
  await migration.untilGate(PROMOTION_GATE);
  await migration.send('approve');
  await migration.untilAtWeight(50);
  await migration.send('rollback');
  await migration.untilRolledBack();
  await migration.send('abandon');
  await migration.result();
  await save(migrationId('shadowed-back'), 'shadowed-back');
}, 120_000);

const followed = (workload: string): Record<string, unknown> => ({
  data: [
    {
      name: 'model',
      from: `s3://${workload}-models/ranker`,
      to: `s3://${workload}-target/model`,
      syncEvery: '500ms',
      freezeMax: '1m',
    },
  ],
});

test('record: data that is followed, too far at first, frozen, rolled back and frozen anew', async () => {
  const migration = Migration.of(theatre, 'followed', {
    ...followed('followed'),
    cutover: { weights: [50, 100], stabilization: '3s', approvals: { beforeFirst: true } },
  });
  migration.world.data.copyMs = 120_000;
  await migration.start();
  await migration.untilGate('cutover-50');
  await migration.send('approve');
  await migration.untilGate('data-forecast');
  migration.world.data.copyMs = 1;
  await migration.untilGate('data-freeze');
  await migration.send('approve');
  await migration.untilAtWeight(50);
  await migration.send('rollback');
  await migration.untilRolledBack();
  await migration.send('retry');
  await migration.untilGate('cutover-50');
  await migration.send('approve');
  await migration.untilGate('data-freeze');
  await migration.send('approve');
  await migration.result();
  await save(migrationId('followed'), 'followed');
}, 120_000);

test('record: data that is brought over alone, by what a schedule starts', async () => {
  const { document } = Migration.of(theatre, 'synced', followed('synced'));
  await theatre.client.workflow.execute('scheduled', {
    taskQueue: MAIN_QUEUE,
    workflowId: `scheduled/${dataId('synced')}`,
    args: [{ workflow: 'syncData', workflowId: dataId('synced'), document }],
  });
  await save(`scheduled/${dataId('synced')}`, 'scheduled');
  await save(dataId('synced'), 'synced');
}, 120_000);

test('record: parts alone, before and after a migration', async () => {
  const migration = Migration.of(theatre, 'partly');
  const { document, world } = migration;
  const run = (part: PartName): Promise<unknown> =>
    theatre.client.workflow.execute(PARTS[part].workflow, {
      taskQueue: MAIN_QUEUE,
      workflowId: partId(part, 'partly'),
      args: [document],
    });
  await run('baseline');
  await run('dry-run');
  await (await migration.start()).result();
  world.histories.set('partly', { document, open: false });
  await run('validation');
  for (const part of ['baseline', 'dry-run', 'validation'] as const)
    await save(partId(part, 'partly'), `alone-${part}`);
}, 120_000);

test('record: copies alone, for a target that stands already', async () => {
  const { document } = Migration.overRecords(theatre, 'copied');
  await theatre.client.workflow.execute(PARTS.shadow.workflow, {
    taskQueue: MAIN_QUEUE,
    workflowId: partId('shadow', 'copied'),
    args: [document],
  });
  await save(partId('shadow', 'copied'), 'alone-shadow');
}, 120_000);

test('record: a fleet in two waves, with a rollback that somebody accepts', async () => {
  const [bad, good] = [Migration.of(theatre, 'wave-one'), Migration.of(theatre, 'wave-two')];
  bad.world.setTraffic('wave-one', { targetErrorRate: 0.9 });
  const changeWindows = [{ days: [...DAYS], from: '00:00', to: '00:00' }];
  const fleet = await new Fleet(theatre, 'recorded', [[bad], [good]], { changeWindows }).start();
  await fleet.until('a gate', ({ gate }) => gate !== null);
  await fleet.send('approve');
  await fleet.result();
  await save(fleetId('recorded'), 'fleet');
}, 120_000);

test('record: a fleet that tells people of its wave and its end', async () => {
  const notify = [{ webhook: 'https://ops.example.com/hook' }];
  const fleet = await new Fleet(theatre, 'telling', [[Migration.of(theatre, 'told-of')]], { notify }).start();
  await fleet.result();
  await save(fleetId('telling'), 'fleet-told');
}, 120_000);

test('record: a claim that another workload cannot give back, and its holder can', async () => {
  const arn = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/claimed/4444444444444444';
  const claim = await theatre.client.workflow.start('holdClaim', {
    taskQueue: MAIN_QUEUE,
    workflowId: claimId(arn),
    args: [{ arn, workload: 'claimed', workflowId: migrationId('claimed') }],
  });
  await claim.signal('release', { workload: 'other' });
  await expect(claim.query('holder')).resolves.toMatchObject({ workload: 'claimed' });
  await claim.signal('release', { workload: 'claimed' });
  await claim.result();
  await save(claimId(arn), 'claim');
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
