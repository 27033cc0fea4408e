/**
 * A migration as one trace, for whoever has a collector: off unless an endpoint is set. OpenTelemetry's own variables say
 * where spans go and how many (`OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_TRACES_SAMPLER`, …).
 */
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResourcesSync, envDetectorSync, Resource } from '@opentelemetry/resources';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import {
  makeWorkflowExporter,
  OpenTelemetryActivityInboundInterceptor,
  OpenTelemetryActivityOutboundInterceptor,
  OpenTelemetryWorkflowClientInterceptor,
} from '@temporalio/interceptors-opentelemetry';
import type { ActivityInterceptorsFactory, WorkerOptions } from '@temporalio/worker';
import type { Clean } from './log-lines';

export interface Traces {
  /** For the workers that run activities. */
  readonly activity: ActivityInterceptorsFactory;
  /** For a client whose signals belong to the trace of who sends them. */
  readonly client: OpenTelemetryWorkflowClientInterceptor;
  /** The workflows' side, for whoever bundles. */
  readonly workflowModules: string[];
  /** The code of a bundle that traces, with the settings of this process: workflows see no environment. */
  withSettings(code: string): string;
  /** What the workflows' side speaks to. */
  readonly sinks: NonNullable<WorkerOptions['sinks']>;
  /** Sends what is left. */
  stop(): Promise<void>;
}

/** What decides about a trace where it begins, and most begin in a workflow. */
const SAMPLING = ['OTEL_TRACES_SAMPLER', 'OTEL_TRACES_SAMPLER_ARG'];

/** Once a process. */
export function startTraces(clean: Clean): Traces {
  const resource = new Resource({ 'service.name': 'crossfade-worker' }).merge(
    detectResourcesSync({ detectors: [envDetectorSync] }),
  );
  const processor = new CleanSpans(new BatchSpanProcessor(new OTLPTraceExporter()), clean);
  const provider = new BasicTracerProvider({ resource, spanProcessors: [processor] });
  // Without it an activity's span would not know whose child it is.
  provider.register({ contextManager: new AsyncLocalStorageContextManager().enable() });
  return {
    activity: (context) => ({
      inbound: new OpenTelemetryActivityInboundInterceptor(context),
      outbound: new OpenTelemetryActivityOutboundInterceptor(context),
    }),
    client: new OpenTelemetryWorkflowClientInterceptor(),
    workflowModules: [require.resolve('./workflow-traces')],
    withSettings: (code) => `${asGlobals(process.env)}${code}`,
    sinks: { exporter: makeWorkflowExporter(processor, resource) },
    stop: () => provider.shutdown(),
  };
}

/** OpenTelemetry looks there for its settings where it takes itself to be in a browser. No line of its own: lines stand in source maps. */
function asGlobals(env: NodeJS.ProcessEnv): string {
  const given = SAMPLING.filter((name) => (env[name] ?? '') !== '');
  return given.map((name) => `globalThis.${name}=${JSON.stringify(env[name])};`).join('');
}

/** What errors say goes to a collector as it goes to the log: without secrets. */
class CleanSpans implements SpanProcessor {
  constructor(
    private readonly inner: SpanProcessor,
    private readonly clean: Clean,
  ) {}

  onStart(...started: Parameters<SpanProcessor['onStart']>): void {
    this.inner.onStart(...started);
  }

  onEnd(span: ReadableSpan): void {
    const { message } = span.status;
    if (message !== undefined) span.status.message = this.clean(message);
    for (const { attributes = {} } of span.events) {
      for (const [name, value] of Object.entries(attributes)) {
        if (typeof value === 'string') attributes[name] = this.clean(value);
      }
    }
    this.inner.onEnd(span);
  }

  forceFlush(): Promise<void> {
    return this.inner.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.inner.shutdown();
  }
}
