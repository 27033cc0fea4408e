import { ApplicationFailure } from '@temporalio/common';
import { ERROR_CATALOG, MigrationError } from '../domain/errors';
import { isCancellation } from './waiting';

/** How many errors below a failure are kept; the rest is the SDK's own plumbing. */
const CAUSES_MAX = 3;

/** What may stand in a foreign error's text and must not reach a history: signatures, tokens, passwords in URLs. */
const SECRETS: readonly RegExp[] = [
  /(X-Amz-(?:Signature|Credential|Security-Token)=)[^&\s"']+/gi,
  /((?:authorization|x-amz-security-token|x-crossfade-[\w-]+)["']?\s*[:=]\s*["']?)[^\n"']+/gi,
  /(\/\/)[^/\s:@]+:[^/\s@]+(?=@)/g,
];

/**
 * The one place where our errors become Temporal's. A code becomes the failure's type and decides the retry; an error
 * that we do not know, and a cancellation, stay what they are.
 */
export function toFailure(error: unknown): unknown {
  if (isCancellation(error) || !(error instanceof MigrationError)) return error;
  const cause = plainCause(error.cause, CAUSES_MAX);
  return ApplicationFailure.create({
    message: error.message,
    type: error.code,
    nonRetryable: ERROR_CATALOG[error.code].retry === 'never',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Name and message only: an SDK's error carries the request, its headers and so its signature. */
function plainCause(cause: unknown, left: number): Error | undefined {
  if (!(cause instanceof Error) || left === 0) return undefined;
  const below = plainCause(cause.cause, left - 1);
  const plain = new Error(withoutSecrets(cause.message), below === undefined ? undefined : { cause: below });
  plain.name = cause.name;
  plain.stack = `${cause.name}: ${plain.message}`;
  return plain;
}

export function withoutSecrets(text: string): string {
  return SECRETS.reduce((clean, secret) => clean.replace(secret, '$1***'), text);
}

type AnyActivity = (...args: never[]) => Promise<unknown>;

/** Every activity leaves its errors through `toFailure`, once. */
export function translateFailures<T extends object>(activities: T): T {
  const wrapped = Object.entries(activities as Record<string, AnyActivity>).map(([name, run]) => {
    const translated = async (...args: never[]): Promise<unknown> => {
      try {
        return await run(...args);
      } catch (error) {
        throw toFailure(error);
      }
    };
    return [name, translated];
  });
  return Object.fromEntries(wrapped) as T;
}
