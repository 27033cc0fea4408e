/** What a user hears, and what the operator, when the endpoint gave no inference. */

import type { Reply } from './reply';

export interface Refusal extends Reply {
  /** For the operator; undefined: nothing that an operator could cure. */
  readonly log?: { readonly kind: 'busy' | 'denied' | 'refused' | 'failed'; readonly line: string };
}

/** The endpoint had not answered, or not gone on, in time. */
export class Late extends Error {
  override readonly name = 'Late';
}

export const RETRY_AFTER_SECONDS = 1;

/** Codes of an endpoint that is there and has too much to do, or is not ready yet. Nothing was done. */
const BUSY = /Throttl|^TooManyRequests|^ModelNotReadyException$|^ServiceUnavailable|^RequestLimitExceeded$/;
const DENIED =
  /^AccessDenied|^CredentialsProviderError$|^ExpiredToken|^(Incomplete|Invalid)Signature|^InvalidClientTokenId$|^MissingAuthenticationToken|^SignatureDoesNotMatch$|^UnrecognizedClientException$/;

/** As far as it is known; SDK errors have all of these. */
interface Failure {
  readonly name?: string;
  readonly code?: string;
  readonly OriginalStatusCode?: number;
  readonly OriginalMessage?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

/**
 * By code and status, never by message. Messages are not logged: that of a signature which does not match quotes the
 * request with its session token.
 */
export function refusalOf(error: unknown, endpoint: string): Refusal {
  const failure = (typeof error === 'object' && error !== null ? error : {}) as Failure;
  const name = failure.name ?? 'unknown';
  const status = failure.$metadata?.httpStatusCode;
  if (error instanceof Late) return { status: 504, body: 'the model did not answer in time' };
  if (name === 'ModelError') return modelRefusal(failure);
  if (name === 'ModelStreamError') return { status: 502, body: 'the model broke its answer off' };
  if (status === 413) return { status: 413, body: 'the endpoint does not take a body of this size' };
  const what = `${name}${failure.code === undefined ? '' : ` ${failure.code}`}${described(failure)}`;
  if (BUSY.test(name) || status === 429 || status === 503)
    return {
      ...busy('the endpoint has too much to do'),
      log: { kind: 'busy', line: `${endpoint} has too much to do (${what})` },
    };
  const badGateway = (kind: 'denied' | 'refused' | 'failed', line: string): Refusal => ({
    status: 502,
    body: 'the endpoint cannot be asked',
    log: { kind, line: `${line} (${what})` },
  });
  if (DENIED.test(name) || status === 401 || status === 403)
    return badGateway('denied', `not allowed: give this process sagemaker:InvokeEndpoint on ${endpoint}`);
  if (name === 'ValidationError')
    return badGateway('refused', `SageMaker refuses the request: is ${endpoint} there, in this account and region?`);
  return badGateway('failed', `asking ${endpoint} failed`);
}

export function busy(body: string): Refusal {
  return { status: 503, body, retryAfterSeconds: RETRY_AFTER_SECONDS };
}

/** What the container itself said goes to the user. Without a status of its own it has said nothing. */
function modelRefusal({ OriginalStatusCode: status = 0, OriginalMessage: body = '' }: Failure): Refusal {
  if (status === 0) return { status: 504, body: 'the model did not answer in time' };
  if (status < 400 || status > 599) return { status: 502, body: `the model answered with status ${status}` };
  return { status, body, contentType: isJson(body) ? 'application/json' : 'text/plain' };
}

/** SageMaker does not say what type the container's error has. */
function isJson(text: string): boolean {
  if (!/^\s*[{[]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function described({ $metadata }: Failure): string {
  const status = $metadata?.httpStatusCode === undefined ? '' : `, HTTP ${$metadata.httpStatusCode}`;
  return `${status}${$metadata?.requestId === undefined ? '' : `, request ${$metadata.requestId}`}`;
}
