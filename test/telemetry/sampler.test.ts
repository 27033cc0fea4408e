import { readFileSync } from 'node:fs';
import { context, trace } from '@opentelemetry/api';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { createCleaner } from '../../src/telemetry/log-lines';
import { startTraces } from '../../src/telemetry/traces';
import { Receiver } from '../adapters/webhooks';
import { workflowBundle } from '../support/temporal/bundle';
import { Migration } from '../support/temporal/migration';
import { runPart } from '../support/temporal/parts';
import { startServer } from '../support/temporal/server';
import { Theatre } from '../support/temporal/theatre';

/* A trace begins in a workflow, which sees no environment; what OTEL_TRACES_SAMPLER says counts there all the same. */

const WITHIN_MS = 60_000;
const WORKFLOW = 'RunWorkflow:dryRun';
const ACTIVITY = 'RunActivity:parseSpec';

let environment: TestWorkflowEnvironment;
let collector: Receiver;

beforeAll(async () => {
  environment = await startServer();
  collector = await Receiver.open((_delivery, response) => response.end('{}'));
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = collector.url('');
}, WITHIN_MS);

afterAll(async () => {
  for (const name of Object.keys(process.env).filter((each) => each.startsWith('OTEL_'))) delete process.env[name];
  await environment.teardown();
  await collector.close();
});

interface Sent {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly { readonly name: string }[] }[];
  }[];
}

/** Names of what the collector got of one short workflow, by a worker that was started with these settings. */
async function sentWith(workload: string, settings: Record<string, string>): Promise<string[]> {
  Object.assign(process.env, settings);
  // Traces are started once a process: the worker before this one has left its own.
  trace.disable();
  context.disable();
  const traces = startTraces(createCleaner({}));
  const { codePath } = (await workflowBundle(undefined, true)) as { codePath: string };
  const code = traces.withSettings(readFileSync(codePath, 'utf8'));
  const theatre = await Theatre.open({ environment, traces, workflowBundle: { code } });
  const migration = Migration.of(theatre, workload);
  const before = collector.seen.length;
  await runPart(theatre, 'dry-run', migration).finally(() => theatre.stopWorkers());
  await traces.stop();
  const sent = collector.seen.slice(before).map(({ body }) => JSON.parse(body) as Sent);
  return sent.flatMap(({ resourceSpans }) =>
    resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans.map(({ name }) => name))),
  );
}

test.each([
  ['off', { OTEL_TRACES_SAMPLER: 'always_off' }],
  ['ratio-0', { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' }],
  ['parent-0', { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' }],
])(
  'OTEL_TRACES_SAMPLER: %s sends neither workflows nor activities',
  async (workload, settings) => {
    expect(await sentWith(workload, settings)).toEqual([]);
  },
  WITHIN_MS,
);

test.each([
  ['on', { OTEL_TRACES_SAMPLER: 'always_on' }],
  ['parent-1', { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '1' }],
])(
  'OTEL_TRACES_SAMPLER: %s sends both',
  async (workload, settings) => {
    expect(await sentWith(workload, settings)).toEqual(expect.arrayContaining([WORKFLOW, ACTIVITY]));
  },
  WITHIN_MS,
);
