/** Translates what a Temporal client throws into the catalogue, once. */
import { isGrpcServiceError, ServiceError, WorkflowNotFoundError } from '@temporalio/client';
import { MigrationError } from '../domain/errors';

/** @returns undefined when there is no such execution, or it is closed and cannot take a message. */
export async function undefinedIfMissing<T>(doing: string, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw temporalError(error, doing);
  }
}

/** @returns the error to throw: TemporalUnreachable for what the service could not do, else the error itself. */
export function temporalError(error: unknown, doing: string): unknown {
  const fromService = error instanceof ServiceError || isGrpcServiceError(error);
  return fromService
    ? new MigrationError('TemporalUnreachable', `${doing}: ${(error as Error).message}`, { cause: error })
    : error;
}
