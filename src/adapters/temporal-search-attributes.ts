/** Search attributes must exist before the first upsert: an unknown one would wedge every run. */
import { setTimeout as delay } from 'node:timers/promises';
import { isGrpcServiceError } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import { MigrationError } from '../domain/errors';

export type SearchAttributeKind = 'Keyword' | 'Int';
export type SearchAttributes = Readonly<Record<string, SearchAttributeKind>>;

/** IndexedValueType of Temporal's API. */
const TYPE_NUMBER: Readonly<Record<SearchAttributeKind, number>> = { Keyword: 2, Int: 3 };
const VISIBLE_WITHIN_MS = 30_000;
const POLL_MS = 500;

/** Registers what is missing. @throws TemporalUnreachable; ConfigInvalid with the command to run, where that is refused. */
export async function ensureSearchAttributes(
  connection: NativeConnection,
  namespace: string,
  wanted: SearchAttributes,
): Promise<string[]> {
  const missing = missingFrom(await registered(connection, namespace), wanted);
  if (missing.length === 0) return [];
  const searchAttributes = Object.fromEntries(
    missing.map((name) => [name, TYPE_NUMBER[wanted[name] as SearchAttributeKind]]),
  );
  try {
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  } catch (error) {
    if (isUnreachable(error)) throw unreachable('registering', namespace, error);
    // Another worker that starts at the same moment may have been faster; what counts is what is there afterwards.
    if (!isAlreadyThere(error)) throw cannotRegister(namespace, missing, wanted, error);
  }
  await untilVisible(connection, namespace, wanted);
  return missing;
}

async function registered(connection: NativeConnection, namespace: string): Promise<Record<string, number>> {
  try {
    const reply = await connection.operatorService.listSearchAttributes({ namespace });
    return reply.customAttributes;
  } catch (error) {
    if (isGrpcServiceError(error) && error.code === GRPC_NOT_FOUND) {
      throw new MigrationError('ConfigInvalid', `TEMPORAL_NAMESPACE: the server has no namespace '${namespace}'`, {
        cause: error,
      });
    }
    throw unreachable('reading', namespace, error);
  }
}

const GRPC_DEADLINE_EXCEEDED = 4;
const GRPC_NOT_FOUND = 5;
const GRPC_ALREADY_EXISTS = 6;
const GRPC_UNAVAILABLE = 14;

function isUnreachable(error: unknown): boolean {
  return isGrpcServiceError(error) && (error.code === GRPC_UNAVAILABLE || error.code === GRPC_DEADLINE_EXCEEDED);
}

function unreachable(doing: string, namespace: string, cause: unknown): MigrationError {
  const why = `${doing} the search attributes of namespace ${namespace}: ${(cause as Error).message}`;
  return new MigrationError('TemporalUnreachable', why, { cause });
}

function isAlreadyThere(error: unknown): boolean {
  return isGrpcServiceError(error) && error.code === GRPC_ALREADY_EXISTS;
}

/** @throws ConfigInvalid when one exists with another type: an upsert would fail as if it were missing. */
export function missingFrom(existing: Readonly<Record<string, number>>, wanted: SearchAttributes): string[] {
  return Object.entries(wanted).flatMap(([name, kind]) => {
    const type = existing[name];
    if (type === undefined) return [name];
    if (type !== TYPE_NUMBER[kind])
      throw new MigrationError('ConfigInvalid', `search attribute ${name} exists and is not of type ${kind}`);
    return [];
  });
}

function cannotRegister(
  namespace: string,
  missing: readonly string[],
  wanted: SearchAttributes,
  cause: unknown,
): MigrationError {
  const flags = missing.map((name) => `--name ${name} --type ${wanted[name]}`).join(' ');
  const command = `temporal operator search-attribute create --namespace ${namespace} ${flags}`;
  return new MigrationError(
    'ConfigInvalid',
    `search attributes are missing and this worker may not create them; run: ${command}`,
    { cause },
  );
}

/** Servers keep namespaces in a cache for some seconds. */
async function untilVisible(connection: NativeConnection, namespace: string, wanted: SearchAttributes): Promise<void> {
  for (let waitedMs = 0; waitedMs < VISIBLE_WITHIN_MS; waitedMs += POLL_MS) {
    if (missingFrom(await registered(connection, namespace), wanted).length === 0) return;
    await delay(POLL_MS);
  }
  throw new MigrationError(
    'TemporalUnreachable',
    `the new search attributes did not appear within ${VISIBLE_WITHIN_MS} ms`,
  );
}
