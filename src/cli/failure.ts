import { MigrationError } from '../domain/errors';

/** What the operator gave cannot be worked with; for commands whose other exit codes are answers. */
export class UsageError extends Error {
  override readonly name = 'Usage';
}

/** A verdict could not be reached for a reason that is nobody's answer. */
export class NoVerdictError extends Error {
  override readonly name = 'NoVerdict';
}

export interface Failure {
  /** From the catalogue, or `Failed`. */
  readonly code: string;
  readonly message: string;
}

/** What an operator is told: the innermost cause that has a code, in one line unless it is a list. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof UsageError) return { code: error.name, message: error.message };
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof MigrationError) return { code: cause.code, message: cause.message };
    const { type } = cause as { type?: unknown };
    // An ApplicationFailure from a worker; recognised by its form, so that this file needs no Temporal.
    if (cause.name === 'ApplicationFailure' && typeof type === 'string' && type !== '')
      return { code: type, message: cause.message };
    if (cause.name === 'CancelledFailure') return { code: 'cancelled', message: 'it was cancelled' };
    if (cause.name === 'TerminatedFailure')
      return { code: 'terminated', message: 'it was terminated; traffic stays where it was' };
  }
  return { code: 'Failed', message: innermost(error).message };
}

export function innermost(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  return error.cause instanceof Error ? innermost(error.cause) : error;
}
