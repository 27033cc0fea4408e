/**
 * The workflows' side of the traces; bundled with the workflows of a worker that traces.
 *
 * Tracing may be switched on or off while a migration is under way, so no command may depend on it:
 * 1. Every method calls `next` at once and returns its very promise. One `await` more or less, and commands come in
 *    another order than the history has them.
 * 2. IDs come from a random stream of their own: `Math.random` and `uuid4` yield to the workflow what they always did.
 * 3. What is added to a call is a header, which replay does not compare.
 */
// First of all: OpenTelemetry looks for a browser while it is loaded.
import '@temporalio/interceptors-opentelemetry/lib/workflow/runtime';
import type { Span, Tracer } from '@opentelemetry/api';
import { context, isSpanContextValid, SpanStatusCode, trace } from '@opentelemetry/api';
import type { IdGenerator } from '@opentelemetry/sdk-trace-base';
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Headers } from '@temporalio/common';
import {
  extractContextFromHeaders,
  headersWithContext,
} from '@temporalio/interceptors-opentelemetry/lib/instrumentation';
import { ContextManager } from '@temporalio/interceptors-opentelemetry/lib/workflow/context-manager';
import { SPAN_DELIMITER, SpanName } from '@temporalio/interceptors-opentelemetry/lib/workflow/definitions';
import { SpanExporter } from '@temporalio/interceptors-opentelemetry/lib/workflow/span-exporter';
import { ContinueAsNew, getRandomStream, workflowInfo } from '@temporalio/workflow';
import type {
  WorkflowInboundCallsInterceptor,
  WorkflowInterceptorsFactory,
  WorkflowOutboundCallsInterceptor,
} from '@temporalio/workflow';

const RANDOM_STREAM = 'crossfade/traces';

/** Once a workflow run: modules, and what they hold, are a run's own. */
export const interceptors: WorkflowInterceptorsFactory = () => {
  const contextManager = new ContextManager();
  const provider = new BasicTracerProvider({
    idGenerator: ownIds(),
    spanProcessors: [new SimpleSpanProcessor(new SpanExporter())],
  });
  provider.register({ contextManager });
  const tracer = provider.getTracer('crossfade-workflow');
  return {
    inbound: [inboundTraces(tracer)],
    outbound: [outboundTraces(tracer)],
    internals: [
      {
        dispose(input, next) {
          contextManager.disable();
          next(input);
        },
      },
    ],
  };
};

function ownIds(): IdGenerator {
  const stream = getRandomStream(RANDOM_STREAM);
  const hex = (bytes: number): string =>
    Array.from(stream.fill(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { generateTraceId: () => hex(16), generateSpanId: () => hex(8) };
}

function inboundTraces(tracer: Tracer): WorkflowInboundCallsInterceptor {
  return {
    execute: (input, next) =>
      within(tracer, [SpanName.WORKFLOW_EXECUTE, workflowInfo().workflowType], () => next(input), input.headers),
    handleSignal: (input, next) =>
      within(tracer, [SpanName.WORKFLOW_HANDLE_SIGNAL, input.signalName], () => next(input), input.headers),
    handleUpdate: (input, next) =>
      within(tracer, [SpanName.WORKFLOW_HANDLE_UPDATE, input.name], () => next(input), input.headers),
  };
}

function outboundTraces(tracer: Tracer): WorkflowOutboundCallsInterceptor {
  const passedOn = <T extends { readonly headers: Headers }>(input: T): T => ({
    ...input,
    headers: headersWithContext(input.headers),
  });
  return {
    scheduleActivity: (input, next) =>
      within(tracer, [SpanName.ACTIVITY_START, input.activityType], () => next(passedOn(input))),
    startChildWorkflowExecution: (input, next) =>
      within(tracer, [SpanName.CHILD_WORKFLOW_START, input.workflowType], () => next(passedOn(input))),
    signalWorkflow: (input, next) =>
      within(tracer, [SpanName.WORKFLOW_SIGNAL, input.signalName], () => next(passedOn(input))),
    continueAsNew: (input, next) =>
      within(tracer, [SpanName.CONTINUE_AS_NEW, input.options.workflowType], () => next(passedOn(input))),
    getLogAttributes(input, next) {
      const current = trace.getSpanContext(context.active());
      if (current === undefined || !isSpanContextValid(current)) return next(input);
      const { traceId, spanId, traceFlags } = current;
      return next({ trace_id: traceId, span_id: spanId, trace_flags: `0${traceFlags.toString(16)}`, ...input });
    },
  };
}

/**
 * Calls within a span, which ends when the promise settles.
 * @param caller headers of who is the span's parent; without, whatever span is under way.
 * @returns the promise of `call` itself: 1.
 */
function within<T>(
  tracer: Tracer,
  [what, subject]: readonly [SpanName, string],
  call: () => Promise<T>,
  caller: Headers = {},
): Promise<T> {
  const parent = extractContextFromHeaders(caller) ?? context.active();
  const span = tracer.startSpan(`${what}${SPAN_DELIMITER}${subject}`, {}, parent);
  try {
    const promise = context.with(trace.setSpan(parent, span), call);
    promise.then(
      () => endWell(span),
      (error: unknown) => endFailed(span, error),
    );
    return promise;
  } catch (error) {
    endFailed(span, error);
    throw error;
  }
}

function endWell(span: Span): void {
  span.setStatus({ code: SpanStatusCode.OK }).end();
}

function endFailed(span: Span, error: unknown): void {
  if (error instanceof ContinueAsNew) {
    endWell(span);
    return;
  }
  const message = error instanceof Error ? error.message : String(error);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
  span.recordException(error instanceof Error ? error : message);
  span.end();
}
