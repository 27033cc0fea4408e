import type { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { MAIN_QUEUE } from '../../src/contracts/messages';
import { World } from '../support/fakes';
import { Migration } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';
import { writesOf } from './writes';

/* What is refused before anything is made. */

let theatre: Theatre;
beforeAll(async () => {
  theatre = await Theatre.open();
}, 60_000);
afterAll(() => theatre.close(), 60_000);

/** What the run failed with. */
async function failureOf(running: Promise<unknown>): Promise<{ code: string; message: string }> {
  const error = await running.then(
    () => new Error('it did not fail'),
    (failed: WorkflowFailedError) => failed.cause ?? failed,
  );
  return { code: error instanceof ApplicationFailure ? (error.type ?? '') : error.name, message: error.message };
}

test('a bad spec: fails the run at once with every problem and its path, and nothing is called', async () => {
  const migration = Migration.of(theatre, 'bad');
  await migration.start({ ...migration.document, checkEvery: '0s', cutover: { weights: [50, 25] }, colour: 'blue' });
  const { code, message } = await failureOf(migration.result());

  expect(code).toBe('SpecInvalid');
  expect(message.split('\n')).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^ *checkEvery: /),
      expect.stringMatching(/^ *cutover\.weights/),
      expect.stringMatching(/colour/),
    ]),
  );
  expect(migration.world.faults.calls).toEqual([]);
});

test.each([
  ['nothing', undefined],
  ['a list', []],
  ['a sentence', 'please migrate'],
])('a start with %s: fails the run as a bad spec', async (name, document) => {
  const run = theatre.client.workflow.execute('migrate', {
    taskQueue: MAIN_QUEUE,
    workflowId: `migration/${name.replace(/\W/g, '-')}`,
    args: document === undefined ? [] : [document],
  });

  expect((await failureOf(run)).code).toBe('SpecInvalid');
});

test('a spec that does not fit the account: fails the run, and nothing is made', async () => {
  const migration = Migration.of(theatre, 'misfit');
  migration.world.buckets.delete('misfit-models');
  const before = migration.world.snapshot();
  await migration.start();
  const { code, message } = await failureOf(migration.result());

  expect(code).toBe('SpecInvalid');
  expect(message).toMatch(/data\[0\]\.from: there is no bucket misfit-models/);
  expect(migration.world.snapshot()).toEqual(before);
});

test('another workflow ID than the workload has: fails the run, and nothing is called', async () => {
  const migration = Migration.of(theatre, 'named');
  const run = theatre.client.workflow.execute('migrate', {
    taskQueue: MAIN_QUEUE,
    workflowId: 'my-migration',
    args: [migration.document],
  });

  expect(await failureOf(run)).toEqual({
    code: 'WrongWorkflowId',
    message: 'the workflow ID must be migration/named, got my-migration',
  });
  expect(migration.world.faults.calls).toEqual([]);
});

test('a second workload on the same rule: is refused and told who holds it; the first goes on', async () => {
  const world = new World(Date.now);
  const first = await Migration.of(theatre, 'first', { cutover: { approvals: { beforeFirst: true } } }, world).start();
  await first.untilGate('cutover-50');
  const second = Migration.of(theatre, 'second', {}, world);
  const router = {
    alb: { ruleArn: first.place.route.arn, sourceTargetGroupArn: first.place.route.sourceTargetGroupArn },
  };
  await second.start({ ...second.document, router });
  const { code, message } = await failureOf(second.result());

  expect(code).toBe('ClaimHeld');
  expect(message).toContain('is held by workload first (migration/first)');
  expect((await first.status()).outcome).toBeNull();
  expect([...world.claims.values()].map(({ workload }) => workload)).toEqual(['first', 'first']);
});

test('a resource of the same name that is not ours: fails the run, and it stays as it is', async () => {
  const migration = Migration.of(theatre, 'foreign');
  migration.world.launchTemplates.set('crossfade-foreign', { id: 'lt-theirs', owner: undefined });
  const before = migration.world.snapshot();
  await migration.start();
  const { code, message } = await failureOf(migration.result());

  expect(code).toBe('ResourceNotOurs');
  expect(message).toContain('launch template crossfade-foreign');
  expect(migration.world.snapshot()).toEqual(before);
  expect(writesOf(migration.world.faults.calls)).toEqual([]);
});

test('what an earlier run left: is refused, and adopted where the spec says so', async () => {
  const migration = Migration.of(theatre, 'leftovers');
  const owner = { workload: 'leftovers', run: 'an-earlier-run' };
  migration.world.launchTemplates.set('crossfade-leftovers', { id: 'lt-left', owner });
  await migration.start();
  const refused = await failureOf(migration.result());
  await migration.start({ ...migration.document, adopt: true });
  const { outcome } = await migration.result();

  expect(refused.code).toBe('EarlierRunLeftovers');
  expect(outcome).toBe('completed');
  expect(migration.world.launchTemplates.get('crossfade-leftovers')?.id).toBe('lt-left');
}, 60_000);
