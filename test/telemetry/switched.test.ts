import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { WorkflowBundleOption } from '@temporalio/worker';
import { Worker } from '@temporalio/worker';
import { workflowBundle } from '../support/temporal/bundle';
import { startServer } from '../support/temporal/server';

/* Traces are switched on, and off, with workflows under way. The order of commands is held by the replay tests. */

const WITHIN_MS = 120_000;
const DRAWING = 'test/telemetry/switched/drawing.ts';
const NO_SPANS = { exporter: { export: { fn: () => undefined } } };

let environment: TestWorkflowEnvironment;

beforeAll(async () => {
  environment = await startServer();
}, WITHIN_MS);

afterAll(() => environment.teardown());

async function runWith(workflowBundle: WorkflowBundleOption, workflowId: string): Promise<void> {
  const taskQueue = 'crossfade-switched';
  const connection = environment.nativeConnection;
  const worker = await Worker.create({ connection, taskQueue, workflowBundle, sinks: NO_SPANS });
  await worker.runUntil(environment.client.workflow.execute('drawing', { taskQueue, workflowId }));
}

test.each([
  { switched: 'on', before: false, after: true },
  { switched: 'off', before: true, after: false },
])(
  'traces: what a workflow draws at random stays what it was when they are switched $switched',
  async (change) => {
    const workflowId = `drawing-${change.switched}`;
    await runWith(await workflowBundle(DRAWING, change.before), workflowId);
    const history = await environment.client.workflow.getHandle(workflowId).fetchHistory();

    const options = { workflowBundle: await workflowBundle(DRAWING, change.after), sinks: NO_SPANS };
    await expect(Worker.runReplayHistory(options, history, workflowId)).resolves.toBeUndefined();
  },
  60_000,
);
