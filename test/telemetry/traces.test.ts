import { Worker } from '@temporalio/worker';
import { MigrationError } from '../../src/domain/errors';
import { createCleaner } from '../../src/telemetry/log-lines';
import { startTraces } from '../../src/telemetry/traces';
import { Receiver } from '../adapters/webhooks';
import { workflowBundle } from '../support/temporal/bundle';
import { Migration } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';

/* A whole migration, over all its runs, as a collector on loopback gets it. */

const WITHIN_MS = 120_000;
const PLANTED = 'planted-secret-value';

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
}

interface Sent {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly { key: string; value: { stringValue?: string } }[] };
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[];
  }[];
}

let collector: Receiver;
let theatre: Theatre;
let spans: Span[];

beforeAll(async () => {
  collector = await Receiver.open((_delivery, response) => response.end('{}'));
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = collector.url('');
  process.env['OTEL_RESOURCE_ATTRIBUTES'] = 'deployment.environment=test';
  const traces = startTraces(createCleaner({ CROSSFADE_TAP_TOKEN: PLANTED }));
  theatre = await Theatre.open({ traces, workflowBundle: await workflowBundle(undefined, true) });
  const migration = Migration.of(theatre, 'ranker');
  migration.world.faults.failCall('data.copy', 1, new MigrationError('AwsUnavailable', `no: ${PLANTED} https://a:b@h`));
  await migration.start();
  await migration.result();
  await theatre.stopWorkers();
  await traces.stop();
  const sent = collector.seen.map(({ body }) => JSON.parse(body) as Sent);
  spans = sent.flatMap(({ resourceSpans }) =>
    resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)),
  );
}, WITHIN_MS);

afterAll(async () => {
  delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  delete process.env['OTEL_RESOURCE_ATTRIBUTES'];
  await theatre.close();
  await collector.close();
});

test('a migration: is one trace over all its runs, and every span but the first has its parent in it', () => {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const runs = spans.filter(({ name }) => name === 'RunWorkflow:migrate');
  const roots = spans.filter(({ parentSpanId }) => !parentSpanId);

  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  expect(runs.length).toBeGreaterThan(2);
  expect(roots.map(({ name }) => name)).toEqual(['RunWorkflow:migrate']);
  expect(spans.map(({ name }) => name)).toContain('HandleSignal:observed');
  expect(spans.filter(({ parentSpanId }) => parentSpanId && !byId.has(parentSpanId))).toEqual([]);
});

test('an activity: is the child of the workflow span that scheduled it, once for each attempt', () => {
  const names = (name: string): string[] => spans.filter((span) => span.name === name).map(({ spanId }) => spanId);
  const attempts = spans.filter(({ name }) => name === 'RunActivity:copyData');

  expect(attempts.length).toBe(names('StartActivity:copyData').length + 1);
  expect(attempts.map(({ parentSpanId }) => names('StartActivity:copyData').includes(parentSpanId ?? ''))).toEqual(
    attempts.map(() => true),
  );
});

test('a migration that was traced: is made again by a worker that does not trace', async () => {
  const options = { workflowBundle: await workflowBundle() };
  const errors: unknown[] = [];
  const histories = theatre.client.workflow.list().intoHistories();
  for await (const { error } of Worker.runReplayHistories(options, histories)) errors.push(error);

  expect(errors.length).toBeGreaterThan(2);
  expect(errors.filter((error) => error !== undefined)).toEqual([]);
}, 60_000);

test('what is sent: names the service and what the environment says of it, and holds no secret', () => {
  const text = collector.seen.map(({ body }) => body).join('\n');

  expect(text).toContain('crossfade-worker');
  expect(text).toContain('deployment.environment');
  expect(text).toContain('no: ***');
  expect(text).not.toContain(PLANTED);
  expect(text).not.toContain('a:b@');
});
