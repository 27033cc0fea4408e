/** Answers in the words and on the wire of the protocol that the request speaks. */
import { randomUUID } from 'node:crypto';
import type http from 'node:http';
import type { AwsRequest } from './request';
import { encodeCbor } from './cbor';

/** An error as an AWS service words it. */
export class AwsError extends Error {
  constructor(
    /** The code in the protocol's body, e.g. `TargetGroupNotFound`. */
    readonly code: string,
    message: string,
    readonly status = 400,
    /** What else the error's shape has; the JSON protocols carry it. */
    readonly members: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: http.OutgoingHttpHeaders;
  readonly body: Buffer;
}

export function escapeXml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}

export function errorAnswer(request: AwsRequest, error: AwsError): Answer {
  const requestId = randomUUID();
  const code = escapeXml(error.code);
  const message = escapeXml(error.message);
  switch (request.protocol) {
    case 'query':
    case 'rest': {
      const kind = error.status < 500 ? 'Sender' : 'Receiver';
      return xml(
        error.status,
        requestId,
        `<ErrorResponse><Error><Type>${kind}</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
      );
    }
    case 'ec2':
      return xml(
        error.status,
        requestId,
        `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>${requestId}</RequestID></Response>`,
      );
    case 's3':
      return xml(
        error.status,
        requestId,
        request.method === 'HEAD'
          ? ''
          : `<Error><Code>${code}</Code><Message>${message}</Message><RequestId>${requestId}</RequestId></Error>`,
      );
    case 'json':
    case 'rest-json':
    case 'cbor':
      return structured(
        request,
        error.status,
        requestId,
        { __type: jsonErrorType(error.code), message: error.message, ...error.members },
        {
          'x-amzn-errortype': jsonErrorType(error.code),
          // Services that once spoke the query protocol still send its code beside the new one.
          'x-amzn-query-error': `${error.code};${error.status < 500 ? 'Sender' : 'Receiver'}`,
        },
      );
  }
}

/** CloudWatch's query codes and the exception names that its JSON protocol uses for them. */
function jsonErrorType(code: string): string {
  const names: Record<string, string> = {
    InvalidParameterValue: 'InvalidParameterValueException',
    MissingParameter: 'MissingRequiredParameterException',
    InvalidParameterCombination: 'InvalidParameterCombinationException',
    InternalServiceError: 'InternalServiceFault',
    AccessDenied: 'AccessDeniedException',
    Throttling: 'ThrottlingException',
  };
  return names[code] ?? code;
}

export function queryAnswer(operation: string, namespace: string, result: string): Answer {
  const requestId = randomUUID();
  return xml(
    200,
    requestId,
    `<${operation}Response xmlns="${namespace}"><${operation}Result>${result}</${operation}Result><ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${operation}Response>`,
  );
}

/** A document as the REST-XML protocol has it. */
export function documentAnswer(root: string, namespace: string, content: string): Answer {
  return xml(200, randomUUID(), `<${root} xmlns="${namespace}">${content}</${root}>`);
}

/** A result for the JSON and CBOR protocols. Dates become epoch seconds. */
export function resultAnswer(request: AwsRequest, value: unknown): Answer {
  return structured(request, 200, randomUUID(), value, {});
}

function structured(
  request: AwsRequest,
  status: number,
  requestId: string,
  value: unknown,
  headers: http.OutgoingHttpHeaders,
): Answer {
  const base = { ...headers, 'x-amzn-requestid': requestId };
  if (request.protocol === 'cbor') {
    return {
      status,
      headers: { ...base, 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' },
      body: encodeCbor(value),
    };
  }
  const body = Buffer.from(
    JSON.stringify(value, function (this: Record<string, unknown>, key, plain: unknown) {
      const original = this[key];
      return original instanceof Date ? original.getTime() / 1000 : plain;
    }),
  );
  return { status, headers: { ...base, 'content-type': contentType(request) }, body };
}

/** A JSON-RPC client reads the version that it speaks. */
function contentType(request: AwsRequest): string {
  if (request.protocol === 'rest-json') return 'application/json';
  const asked = request.headers['content-type'];
  return asked?.startsWith('application/x-amz-json-') ? asked : 'application/x-amz-json-1.0';
}

function xml(status: number, requestId: string, body: string): Answer {
  return {
    status,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId, 'x-amz-request-id': requestId },
    body: Buffer.from(body === '' ? '' : `<?xml version="1.0" encoding="UTF-8"?>\n${body}`),
  };
}

export function sendAnswer(response: http.ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, { ...answer.headers, 'content-length': answer.body.length });
  response.end(answer.body);
}
