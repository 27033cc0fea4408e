/**
 * Translates what the AWS SDK throws into the catalogue of domain/errors.ts, once, by error code and HTTP status, never
 * by message. An error that is not recognised stays itself, so that it is seen and retried.
 */
import type { ErrorCode } from '../domain/errors';
import { MigrationError } from '../domain/errors';

export interface AwsCallOptions {
  /** The caller's cancellation. Its reason is thrown as it is. */
  readonly signal?: AbortSignal;
  /** How long the call may take, with the SDK's own retries. Unit: milliseconds. 0: no limit (streams). */
  readonly deadlineMs?: number;
}

const DEFAULT_DEADLINE_MS = 60_000;
const MESSAGE_LENGTH_MAX = 400;

const DENIED = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'AccessDeniedFault',
  'AllAccessDisabled',
  'AuthFailure',
  'AuthorizationError',
  'AuthorizationErrorException',
  'Forbidden',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'KMSAccessDeniedException',
  'KMSAccessDeniedFault',
  'MissingAuthenticationToken',
  'OptInRequired',
  'SignatureDoesNotMatch',
  'UnauthorizedOperation',
  'UnrecognizedClientException',
]);

/** Codes that AWS answers with a 4xx status although waiting cures them. */
const UNAVAILABLE = new Set([
  'ConditionalRequestConflict',
  'CredentialsProviderError',
  // Credentials are renewed by the SDK's own chain, so the next attempt may have good ones.
  'ExpiredToken',
  'ExpiredTokenException',
  'HealthUnavailable',
  'HealthUnavailableException',
  'InsufficientInstanceCapacity',
  'InsufficientResourceCapacityFault',
  'InternalError',
  'InternalFailure',
  'OperationAborted',
  'PriorRequestNotComplete',
  'PriorRequestNotCompleteException',
  'PriorityInUse',
  'PriorityInUseException',
  'RequestExpired',
  'RequestTimeout',
  'RequestTimeTooSkewed',
  'ResourceContention',
  'ResourceContentionFault',
  'ResourceInUse',
  'ResourceInUseException',
  'ResourceInUseFault',
  'ScalingActivityInProgress',
  'ScalingActivityInProgressFault',
  'ServiceUnavailable',
  'SlowDown',
  'TimeoutError',
  'TooManyRequestsException',
]);

const NETWORK_CODES = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ETIMEDOUT',
]);

class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
}

/**
 * Runs one call to AWS.
 * @param action the IAM action, such as `elasticloadbalancing:ModifyRule`: what an operator has to allow.
 * @param send gets a signal that fires at the deadline and when the caller cancels.
 * @throws MigrationError AwsDenied, AwsUnavailable, NotFound, AwsRejected; anything unrecognised as it came.
 */
export async function awsCall<T>(
  action: string,
  resource: string,
  send: (signal: AbortSignal) => Promise<T>,
  options: AwsCallOptions = {},
): Promise<T> {
  options.signal?.throwIfAborted();
  const controller = new AbortController();
  const onCancel = (): void => controller.abort(options.signal?.reason);
  options.signal?.addEventListener('abort', onCancel, { once: true });
  const deadlineMs = options.deadlineMs ?? DEFAULT_DEADLINE_MS;
  const late = new DeadlineExceeded(`no answer within ${deadlineMs} ms`);
  const timer = deadlineMs > 0 ? setTimeout(() => controller.abort(late), deadlineMs) : undefined;
  try {
    // The SDK stops listening to its signal once headers are there; the race ends a body that never comes, too.
    return await Promise.race([send(controller.signal), rejectedOn(controller.signal)]);
  } catch (error) {
    // Whoever cancelled must find the own reason again: Temporal tells cancellation from failure by it.
    options.signal?.throwIfAborted();
    throw translateAwsError(controller.signal.aborted ? late : error, action, resource);
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', onCancel);
  }
}

function rejectedOn(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
  );
}

/** @returns the error to throw: a MigrationError where the code is known, else the error itself. */
export function translateAwsError(error: unknown, action: string, resource: string): unknown {
  if (!(error instanceof Error) || error instanceof MigrationError || error.name === 'AbortError') return error;
  const code = classify(error);
  if (code === undefined) return error;
  const detail = `${errorCode(error)}: ${error.message}`.slice(0, MESSAGE_LENGTH_MAX);
  return new MigrationError(code, `${PREFIX[code]} ${action} on ${resource} (${detail})`, { cause: error });
}

type AwsErrorCode = Extract<ErrorCode, 'AwsDenied' | 'AwsUnavailable' | 'NotFound' | 'AwsRejected'>;

const PREFIX: Readonly<Record<AwsErrorCode, string>> = {
  AwsDenied: 'not allowed to',
  AwsUnavailable: 'AWS did not carry out',
  NotFound: 'not there:',
  AwsRejected: 'AWS rejected',
};

function classify(error: Error): AwsErrorCode | undefined {
  const code = errorCode(error);
  const status = httpStatus(error);
  if (DENIED.has(code)) return 'AwsDenied';
  if (isTransient(error, code, status)) return 'AwsUnavailable';
  if (/NotFound(Exception|Fault)?$|^NoSuch/.test(code) || status === 404) return 'NotFound';
  if (status === undefined) return undefined;
  if (status === 401 || status === 403) return 'AwsDenied';
  return status >= 300 ? 'AwsRejected' : undefined;
}

function isTransient(error: Error, code: string, status: number | undefined): boolean {
  if (error instanceof DeadlineExceeded || UNAVAILABLE.has(code) || /Throttl|^RequestLimitExceeded$/.test(code))
    return true;
  if (NETWORK_CODES.has((error as { code?: unknown }).code as string)) return true;
  if (status === undefined) return false;
  // A success that the SDK could not read is a cut or foreign reply: what happened is unknown, so ask again.
  return status === 429 || status >= 500 || (status < 300 && isUnreadable(error));
}

function isUnreadable(error: Error): boolean {
  return error instanceof SyntaxError || '$responseBodyText' in error || !('$fault' in error);
}

/** The service's error code: `AccessDenied`, `RuleNotFound`. Never empty. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const code = (error as { Code?: unknown }).Code;
  return error.name !== 'Error' && error.name !== '' ? error.name : typeof code === 'string' ? code : 'Error';
}

/** @returns the code of the AWS error behind a translated one; undefined when there is none. */
export function awsCodeOf(error: unknown): string | undefined {
  if (error instanceof MigrationError) return error.cause === undefined ? undefined : errorCode(error.cause);
  return error instanceof Error ? errorCode(error) : undefined;
}

function httpStatus(error: Error): number | undefined {
  const { $metadata, $response } = error as {
    $metadata?: { httpStatusCode?: number };
    $response?: { statusCode?: number };
  };
  // A reply that could not be parsed carries its status in the hidden response only.
  return $response?.statusCode ?? $metadata?.httpStatusCode;
}
