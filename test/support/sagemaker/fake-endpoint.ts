/** SageMaker's side of one endpoint over HTTP: the runtime's two calls and DescribeEndpoint. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

const HOST = '127.0.0.1';
const INVOCATION = /^\/endpoints\/([^/]+)\/invocations(-response-stream)?$/;

export class FakeEndpoint {
  /** Invocations, in the order in which they came whole. */
  readonly asked: Asked[] = [];
  describeCount = 0;
  answer: (asked: Asked, response: http.ServerResponse) => void = (_asked, response) =>
    sendInference(response, '{"score":1}');
  /** SageMaker's word; an object is an error with its code. */
  status: string | { readonly errorCode: string } = 'InService';
  private readonly server: http.Server;

  constructor() {
    this.server = http.createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('error', () => undefined);
      request.on('end', () => this.take(request, Buffer.concat(chunks), response));
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, HOST, resolve));
    return this;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** What makes the SDK ask here. */
  get env(): Record<string, string> {
    const url = `http://${HOST}:${this.port}`;
    return {
      AWS_ENDPOINT_URL_SAGEMAKER: url,
      AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: url,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    };
  }

  async stop(): Promise<void> {
    if (!this.server.listening) return;
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private take(request: http.IncomingMessage, body: Buffer, response: http.ServerResponse): void {
    const { url = '', headers } = request;
    if (headers['x-amz-target'] === 'SageMaker.DescribeEndpoint') this.describe(response);
    else if (INVOCATION.test(url)) {
      const asked = { url, headers, body };
      this.asked.push(asked);
      this.answer(asked, response);
    } else response.writeHead(404).end();
  }

  private describe(response: http.ServerResponse): void {
    this.describeCount += 1;
    const { status } = this;
    if (typeof status === 'object') sendError(response, 400, status.errorCode, {});
    else
      response
        .writeHead(200, { 'content-type': 'application/x-amz-json-1.1' })
        .end(JSON.stringify({ EndpointStatus: status }));
  }
}

export function sendInference(
  response: http.ServerResponse,
  body: string | Buffer,
  headers: http.OutgoingHttpHeaders = {},
): void {
  response.writeHead(200, {
    'content-type': 'application/json',
    'x-amzn-invoked-production-variant': 'crossfade',
    'x-amzn-requestid': 'request-1',
    ...headers,
  });
  response.end(body);
}

export function beginStream(response: http.ServerResponse, contentType = 'text/event-stream'): void {
  response.writeHead(200, {
    'content-type': 'application/vnd.amazon.eventstream',
    'x-amzn-sagemaker-content-type': contentType,
    'x-amzn-invoked-production-variant': 'crossfade',
  });
  response.flushHeaders();
}

export function sendError(response: http.ServerResponse, status: number, code: string, fields: object): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'x-amzn-errortype': code,
    'x-amzn-requestid': 'request-1',
  });
  response.end(JSON.stringify({ __type: code, Message: `${code} of the test`, ...fields }));
}
