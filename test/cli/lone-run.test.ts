import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { startLone } from '../../src/cli/lone-run';
import { startServer } from '../support/temporal/server';

let environment: TestWorkflowEnvironment;

beforeAll(async () => {
  environment = await startServer();
}, 60_000);

afterAll(() => environment?.teardown(), 60_000);

test('startLone: starts one with its document and who wants it, and refuses a second one while it runs', async () => {
  const run = { type: 'migrateFleet', workflowId: 'fleet/spring', document: { fleet: 'spring' } } as const;
  const { workflowId, runId } = await startLone(environment.client, { ...run, memo: { reason: 'because' } });
  const description = await environment.client.workflow.getHandle(workflowId).describe();
  expect(description).toMatchObject({ runId, type: 'migrateFleet', memo: { reason: 'because' } });

  await expect(startLone(environment.client, run)).rejects.toMatchObject({
    code: 'MigrationRunning',
    message: 'fleet/spring is already running',
  });
  await expect(startLone(environment.client, run, async () => `, run ${runId}`)).rejects.toMatchObject({
    message: `fleet/spring is already running, run ${runId}`,
  });
});
