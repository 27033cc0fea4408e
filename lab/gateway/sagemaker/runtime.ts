/** The runtime: user requests to containers, copies to shadows, and what is noted of both. */
import { randomUUID } from 'node:crypto';
import type http from 'node:http';
import { readBody } from '../../loopback';
import { AwsError } from '../answer';
import type { Answer } from '../answer';
import { LAB_ACCOUNT, LAB_REGION } from '../../aws-env';
import type { AwsRequest } from '../request';
import type { SageMakerAccount, Variant } from './account';
import type { DataCapture } from './capture';
import { callContainer } from './container-call';
import { EVENT_STREAM, modelStreamError, payloadPart } from './event-stream';
import { parseInvocation, sampledShadows } from './invocation';
import type { Invocation } from './invocation';
import type { EndpointMetrics } from './metrics';

const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

/** One run of an invocation at one variant; what the user waits for beside the container is overhead. */
interface Run {
  readonly invocation: Invocation;
  readonly variant: Variant;
  /** Undefined: not in the capture's sample. */
  readonly eventId: string | undefined;
  /** Of `performance.now()`. */
  readonly startedMs: number;
  readonly at: Date;
}

export class Runtime {
  constructor(
    private readonly account: SageMakerAccount,
    private readonly metrics: EndpointMetrics,
    private readonly capture: DataCapture,
  ) {}

  /** InvokeEndpoint. */
  async invoke(request: AwsRequest): Promise<Answer> {
    const run = this.begin(request);
    const called = performance.now();
    const reply = await this.call(run, called);
    const body = await readBody(reply, ANSWER_BYTES_MAX).catch((error: unknown) => this.fail(run, called, error));
    this.note(run, reply.statusCode, performance.now() - called);
    if (isError(reply)) throw modelError(run, reply.statusCode ?? 0, body.toString('utf8'));
    this.keep(run, reply, body);
    return {
      status: 200,
      headers: {
        ...ownHeaders(run, reply),
        ...(reply.headers['content-type'] === undefined ? {} : { 'content-type': reply.headers['content-type'] }),
      },
      body,
    };
  }

  /** InvokeEndpointWithResponseStream: every piece goes out as it comes. Rejects only before the first. */
  async stream(request: AwsRequest, response: http.ServerResponse): Promise<void> {
    const run = this.begin(request);
    const called = performance.now();
    const reply = await this.call(run, called);
    if (isError(reply)) {
      const body = await readBody(reply, ANSWER_BYTES_MAX).catch((error: unknown) => this.fail(run, called, error));
      this.note(run, reply.statusCode, performance.now() - called);
      throw modelError(run, reply.statusCode ?? 0, body.toString('utf8'));
    }
    response.writeHead(200, {
      ...ownHeaders(run, reply),
      'content-type': EVENT_STREAM,
      'x-amzn-sagemaker-content-type': reply.headers['content-type'] ?? 'application/octet-stream',
    });
    const parts: Buffer[] = [];
    try {
      for await (const part of reply as AsyncIterable<Buffer>) {
        parts.push(part);
        response.write(payloadPart(part));
      }
      this.note(run, reply.statusCode, performance.now() - called);
      this.keep(run, reply, Buffer.concat(parts));
    } catch (error) {
      this.note(run, undefined, performance.now() - called);
      response.write(modelStreamError(`The model's stream broke off: ${String(error)}`));
    }
    response.end();
  }

  private begin(request: AwsRequest): Run {
    const startedMs = performance.now();
    const invocation = parseInvocation(this.account, request);
    const { endpoint, variant } = invocation;
    const eventId = this.capture.isSampled(endpoint.fleet.capture) ? randomUUID() : undefined;
    const at = new Date();
    for (const shadow of sampledShadows(endpoint)) {
      void this.runShadow({ invocation, variant: shadow, eventId, startedMs, at });
    }
    return { invocation, variant, eventId, startedMs, at };
  }

  /** The copy's answer goes nowhere but into capture and metrics, its errors likewise. */
  private async runShadow(run: Run): Promise<void> {
    const called = performance.now();
    try {
      const reply = await callContainer(run.variant, run.invocation);
      const body = await readBody(reply, ANSWER_BYTES_MAX);
      this.note(run, reply.statusCode, performance.now() - called);
      if (!isError(reply)) this.keep(run, reply, body);
    } catch {
      this.note(run, undefined, performance.now() - called);
    }
  }

  private call(run: Run, calledMs: number): Promise<http.IncomingMessage> {
    return callContainer(run.variant, run.invocation).catch((error: unknown) => this.fail(run, calledMs, error));
  }

  private fail(run: Run, calledMs: number, error: unknown): never {
    this.note(run, undefined, performance.now() - calledMs);
    throw modelError(run, 0, error instanceof Error ? error.message : String(error));
  }

  private note(run: Run, status: number | undefined, modelMs: number): void {
    const overheadMs = Math.max(0, performance.now() - run.startedMs - modelMs);
    this.metrics.record(run.invocation.endpoint.name, run.variant, { status, modelMs, overheadMs }, Date.now());
  }

  private keep(run: Run, reply: http.IncomingMessage, body: Buffer): void {
    const { endpoint, contentType, body: input, inferenceId, customAttributes } = run.invocation;
    const config = endpoint.fleet.capture;
    if (run.eventId === undefined || config === undefined) return;
    this.capture.record(config, {
      endpointName: endpoint.name,
      variantName: run.variant.name,
      eventId: run.eventId,
      inferenceId,
      customAttributes,
      isShadow: endpoint.fleet.shadow.includes(run.variant),
      at: run.at,
      input: { contentType, body: input },
      output: { contentType: reply.headers['content-type'] ?? 'application/octet-stream', body },
    });
  }
}

function isError(reply: http.IncomingMessage): boolean {
  return (reply.statusCode ?? 0) >= 400;
}

function ownHeaders(run: Run, reply: http.IncomingMessage): http.OutgoingHttpHeaders {
  const attributes = reply.headers['x-amzn-sagemaker-custom-attributes'];
  return {
    'x-amzn-requestid': randomUUID(),
    'x-amzn-invoked-production-variant': run.variant.name,
    ...(attributes === undefined ? {} : { 'x-amzn-sagemaker-custom-attributes': attributes }),
  };
}

/** `status` is the container's; 0: it gave none. */
function modelError({ invocation }: Run, status: number, text: string): AwsError {
  const group = `/aws/sagemaker/Endpoints/${invocation.endpoint.name}`;
  const kind = status >= 400 && status < 500 ? 'client' : 'server';
  const logs = `https://${LAB_REGION}.console.aws.amazon.com/cloudwatch/home?region=${LAB_REGION}#logEventViewer:group=${group}`;
  const message = `Received ${kind} error (${status}) from primary with message "${text}". See ${logs} in account ${LAB_ACCOUNT} for more information.`;
  return new AwsError('ModelError', message, 424, {
    Message: message,
    OriginalMessage: text,
    OriginalStatusCode: status,
    LogStreamArn: `arn:aws:logs:${LAB_REGION}:${LAB_ACCOUNT}:log-group:${group}`,
  });
}
