/** The SageMaker endpoint: streams and its status as the SDK speaks of them, whole answers by one signed request. */
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { DescribeEndpointCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import type { InvokeEndpointCommandInput } from '@aws-sdk/client-sagemaker-runtime';
import { InvokeEndpointWithResponseStreamCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { Invoker } from './invoke';
import type { Agents } from './invoke';

export interface Invocation {
  readonly body: Buffer;
  readonly contentType: string | undefined;
  readonly accept: string | undefined;
  readonly attributes: string | undefined;
}

export interface Inference {
  readonly contentType: string | undefined;
  /** The variant that answered. */
  readonly variant: string | undefined;
  /** What the container said in its own custom attributes. */
  readonly attributes: string | undefined;
  readonly requestId: string | undefined;
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
}

/**
 * How long a connection may idle before it is closed here: a POST that meets a connection which the other side is closing
 * is lost, since it is never sent twice. Unit: milliseconds.
 */
const IDLE_MS_MAX = 4_000;
const CONNECT_MS_MAX = 3_000;
/** Of a look at the endpoint's status. Unit: milliseconds. */
const DESCRIBE_MS_MAX = 5_000;

/**
 * 1. An inference is sent at most once: nobody can tell whether a model that did not answer has done its work. Node tries
 *    all addresses of the service until one connects; throttling is the sender's to wait for.
 * 2. A signal that fires ends the connection, also while the answer is being read.
 */
export class Endpoint {
  private readonly runtime: SageMakerRuntimeClient;
  private readonly control = new SageMakerClient({ maxAttempts: 1 });
  private readonly agents: Agents;
  private readonly invoker: Invoker;

  constructor(
    private readonly name: string,
    connectionsMax: number,
    /** undefined: whichever the weights say. */
    private readonly variant?: string,
  ) {
    const options = { keepAlive: true, maxSockets: connectionsMax, timeout: IDLE_MS_MAX };
    this.agents = { http: new http.Agent(options), https: new https.Agent(options) };
    this.runtime = new SageMakerRuntimeClient({
      maxAttempts: 1,
      requestHandler: new CuttableHandler(this.agents),
      // Looked up once, by the first look at the status: before it, health lets nobody in.
      credentials: this.control.config.credentials,
    });
    this.invoker = new Invoker(this.runtime, this.control, this.agents, CONNECT_MS_MAX);
  }

  invoke(invocation: Invocation, abortSignal: AbortSignal): Promise<Inference> {
    return this.invoker.invoke(this.inputOf(invocation), invocation.body, abortSignal);
  }

  /** Resolves with the first part: the SDK waits for it. */
  async stream(invocation: Invocation, abortSignal: AbortSignal): Promise<Inference> {
    const command = new InvokeEndpointWithResponseStreamCommand(this.inputOf(invocation));
    const output = await this.runtime.send(command, { abortSignal });
    return {
      contentType: output.ContentType,
      variant: output.InvokedProductionVariant,
      attributes: output.CustomAttributes,
      requestId: output.$metadata.requestId,
      body: partsOf(output.Body ?? []),
    };
  }

  /** @returns SageMaker's word, such as `InService`. */
  async status(): Promise<string> {
    const abortSignal = AbortSignal.timeout(DESCRIBE_MS_MAX);
    const reply = await this.control.send(new DescribeEndpointCommand({ EndpointName: this.name }), { abortSignal });
    return reply.EndpointStatus ?? 'unknown';
  }

  close(): void {
    this.runtime.destroy();
    this.control.destroy();
    this.agents.http.destroy();
    this.agents.https.destroy();
  }

  private inputOf({ body, contentType, accept, attributes }: Invocation): InvokeEndpointCommandInput {
    return {
      EndpointName: this.name,
      Body: body,
      // Data Capture writes it down with every answer: a shadow variant's line is found by it.
      InferenceId: randomUUID(),
      ...(this.variant === undefined ? {} : { TargetVariant: this.variant }),
      ...(contentType === undefined ? {} : { ContentType: contentType }),
      ...(accept === undefined ? {} : { Accept: accept }),
      ...(attributes === undefined ? {} : { CustomAttributes: attributes }),
    };
  }
}

type ResponseEvents = AsyncIterable<{ readonly PayloadPart?: { readonly Bytes?: Uint8Array | undefined } | undefined }>;

/** Errors within the stream are thrown by the SDK. */
async function* partsOf(events: ResponseEvents | readonly []): AsyncGenerator<Uint8Array> {
  for await (const { PayloadPart } of events) if (PayloadPart?.Bytes !== undefined) yield PayloadPart.Bytes;
}

/** The SDK looks at a signal only until the answer begins; who hangs up during a long stream must end it too. */
class CuttableHandler extends NodeHttpHandler {
  constructor(agents: Agents) {
    super({
      httpAgent: agents.http,
      httpsAgent: agents.https,
      connectionTimeout: CONNECT_MS_MAX,
      // Whoever calls has a deadline.
      socketTimeout: 0,
    });
  }

  override async handle(
    ...[request, options]: Parameters<NodeHttpHandler['handle']>
  ): ReturnType<NodeHttpHandler['handle']> {
    const answered = await super.handle(request, options);
    const body = answered.response.body as http.IncomingMessage;
    const signal = options?.abortSignal as AbortSignal | undefined;
    // Whoever reads it hears of the cut; when nobody does, it must not end the process.
    body.on('error', () => undefined);
    const cut = (): void => void body.destroy(signal?.reason as Error);
    signal?.addEventListener('abort', cut, { once: true });
    body.once('close', () => signal?.removeEventListener('abort', cut));
    return answered;
  }
}
