/**
 * InvokeEndpoint as one signed request. The SDK's client does the same in several times the processor time, most of it in
 * middleware, serialisation and copies that a body which is passed on as it came has no use for (`npm run bench:proxy`).
 * Where the endpoint is, who asks and what time AWS has stay the SDK's business.
 */
import { createHash, createHmac } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand } from '@aws-sdk/client-sagemaker-runtime';
import type { InvokeEndpointCommandInput, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { getEndpointFromInstructions } from '@smithy/core/endpoints';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Inference } from './endpoint';

/** The control plane and the runtime both sign as this. */
const SERVICE = 'sagemaker';

/** Header by field of the request; https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html */
const REQUEST_HEADERS = {
  ContentType: 'content-type',
  Accept: 'accept',
  TargetVariant: 'x-amzn-sagemaker-target-variant',
  CustomAttributes: 'x-amzn-sagemaker-custom-attributes',
  InferenceId: 'x-amzn-sagemaker-inference-id',
} as const satisfies Partial<Record<keyof InvokeEndpointCommandInput, string>>;

/** An answer that is no inference, with the fields of an error of the SDK. Its message is not AWS's: that may quote the request. */
class InvocationFailed extends Error {
  readonly $metadata: { readonly httpStatusCode: number; readonly requestId?: string };

  constructor(
    override readonly name: string,
    status: number,
    requestId: string | undefined,
    readonly OriginalStatusCode?: number,
    readonly OriginalMessage?: string,
  ) {
    super(`${name}, HTTP ${status}`);
    this.$metadata = { httpStatusCode: status, ...(requestId === undefined ? {} : { requestId }) };
  }
}

export interface Agents {
  readonly http: http.Agent;
  readonly https: https.Agent;
}

interface Place {
  readonly url: URL;
  readonly signer: SignatureV4;
}

export class Invoker {
  private place: Promise<Place> | undefined;

  constructor(
    private readonly runtime: SageMakerRuntimeClient,
    /** Learns from its own calls how far this clock is from AWS's. */
    private readonly control: SageMakerClient,
    private readonly agents: Agents,
    private readonly connectMsMax: number,
  ) {}

  /** @throws InvocationFailed, or what the connection or the credentials say. Sent at most once. */
  async invoke(input: InvokeEndpointCommandInput, body: Buffer, signal: AbortSignal): Promise<Inference> {
    const { url, signer } = await this.placeOf(input);
    signal.throwIfAborted();
    const request = {
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port === '' ? {} : { port: Number(url.port) }),
      path: `${url.pathname.replace(/\/$/, '')}/endpoints/${input.EndpointName}/invocations`,
      query: {},
      headers: { host: url.host, 'content-length': String(body.length), ...headersOf(input) },
      body,
    };
    const signingDate = new Date(Date.now() + this.control.config.systemClockOffset);
    const { headers, path } = await signer.sign(request, { signingDate });
    return this.send(url, path, headers, body, signal);
  }

  /** Found once; a failure is not kept. */
  private placeOf(input: InvokeEndpointCommandInput): Promise<Place> {
    this.place ??= this.find(input).catch((error: unknown) => {
      this.place = undefined;
      throw error;
    });
    return this.place;
  }

  private async find({ EndpointName }: InvokeEndpointCommandInput): Promise<Place> {
    const { config } = this.runtime;
    const { url } = await getEndpointFromInstructions({ EndpointName }, InvokeEndpointCommand, { ...config });
    const { region, credentials } = config;
    return { url, signer: new SignatureV4({ service: SERVICE, region, credentials, sha256: Sha256 }) };
  }

  private send(
    url: URL,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: Buffer,
    signal: AbortSignal,
  ): Promise<Inference> {
    const { request: open } = url.protocol === 'https:' ? https : http;
    const agent = url.protocol === 'https:' ? this.agents.https : this.agents.http;
    return new Promise((resolve, reject) => {
      const request = open({ hostname: url.hostname, port: url.port, path, method: 'POST', headers, agent });
      // Node's own way to do this watches both streams to their end, for every request.
      const cut = (): void => void request.destroy(signal.reason as Error);
      signal.addEventListener('abort', cut, { once: true });
      request.once('close', () => signal.removeEventListener('abort', cut));
      request.on('error', reject);
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        // One that breaks off gives this as well: nothing is passed on that is not whole.
        response.on('error', reject);
        response.on('end', () => {
          const answer = Buffer.concat(chunks);
          if (response.statusCode === 200) resolve(inferenceOf(response.headers, answer));
          else reject(failureOf(response, answer));
        });
      });
      request.on('socket', (socket) => this.limitConnecting(socket, request));
      request.end(body);
    });
  }

  private limitConnecting(socket: Socket, request: http.ClientRequest): void {
    if (!socket.connecting) return;
    const timer = setTimeout(() => request.destroy(connectingLate(this.connectMsMax)), this.connectMsMax);
    const end = (): void => clearTimeout(timer);
    socket.once('connect', end);
    socket.once('close', end);
  }
}

/** As the SDK does, a body of no type is bytes. */
function headersOf(input: InvokeEndpointCommandInput): Record<string, string> {
  const headers: Record<string, string> = { [REQUEST_HEADERS.ContentType]: 'application/octet-stream' };
  for (const [field, name] of Object.entries(REQUEST_HEADERS)) {
    const value = input[field as keyof typeof REQUEST_HEADERS];
    if (value !== undefined) headers[name] = value;
  }
  return headers;
}

function inferenceOf(headers: http.IncomingHttpHeaders, body: Buffer): Inference {
  const one = (name: string): string | undefined => headers[name] as string | undefined;
  return {
    contentType: one('content-type'),
    variant: one('x-amzn-invoked-production-variant'),
    attributes: one('x-amzn-sagemaker-custom-attributes'),
    requestId: one('x-amzn-requestid'),
    body,
  };
}

/** The code stands in a header or in the body, with a namespace before it or an address behind it. */
function failureOf({ statusCode = 0, headers }: http.IncomingMessage, body: Buffer): InvocationFailed {
  const said = fieldsOf(body);
  const code = textOf(headers['x-amzn-errortype']) ?? textOf(said['code']) ?? textOf(said['__type']) ?? 'UnknownError';
  const name = code.replace(/[,:].*$/, '').replace(/^.*#/, '');
  const status = said['OriginalStatusCode'];
  return new InvocationFailed(
    name,
    statusCode,
    textOf(headers['x-amzn-requestid']),
    typeof status === 'number' ? status : undefined,
    textOf(said['OriginalMessage']),
  );
}

function fieldsOf(body: Buffer): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(body.toString());
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function connectingLate(ms: number): Error {
  return Object.assign(new Error(`no connection within ${ms} ms`), { name: 'TimeoutError', code: 'ETIMEDOUT' });
}

/** Node's own, in the form that the signer takes. */
class Sha256 {
  private hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>;

  constructor(private readonly secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash = this.begin();
  }

  update(chunk: Uint8Array): void {
    this.hash.update(chunk);
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.hash.digest());
  }

  reset(): void {
    this.hash = this.begin();
  }

  private begin(): ReturnType<typeof createHash> | ReturnType<typeof createHmac> {
    const { secret } = this;
    if (secret === undefined) return createHash('sha256');
    if (typeof secret === 'string') return createHmac('sha256', secret);
    const bytes = ArrayBuffer.isView(secret)
      ? Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength)
      : Buffer.from(secret);
    return createHmac('sha256', bytes);
  }
}
