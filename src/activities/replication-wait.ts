/** Waits on the parts of a replication, which the service makes, changes and deletes in its own time. */
import { heartbeat } from '@temporalio/activity';
import { MigrationError } from '../domain/errors';
import type { Owner } from '../domain/resources';
import type { ReplicationPart } from '../ports/database-replication';
import type { Found } from '../ports/traffic-router';
import { requireOurs } from './ownership';
import type { Ports } from './ports';
import { untilKnown } from './waiting';

export type ReplicationPorts = Pick<Ports, 'replication' | 'now' | 'sleep'>;

/** How long a read may lag behind a write of ours. */
export const LAG_MS_MAX = 5 * 60_000;

export interface States {
  readonly wanted: readonly string[];
  readonly onTheWay: readonly string[];
}

type Find<Part> = () => Promise<Found<Part> | undefined>;

/** @throws ReplicationFailed for any other state, and when it is gone. */
export async function waitFor<Part extends ReplicationPart>(
  ports: ReplicationPorts,
  what: string,
  find: Find<Part>,
  { wanted, onTheWay }: States,
): Promise<Part> {
  const sinceMs = ports.now();
  return untilKnown(ports, what, async () => {
    const part = (await find())?.value;
    heartbeat({ what, status: part?.status });
    if (part !== undefined && wanted.includes(part.status)) return part;
    if (part === undefined && ports.now() - sinceMs < LAG_MS_MAX) return undefined;
    if (part === undefined) throw new MigrationError('ReplicationFailed', `${what} is not there: somebody deleted it`);
    if (onTheWay.includes(part.status)) return undefined;
    throw new MigrationError('ReplicationFailed', `${what} is ${part.status}, not ${wanted[0]}`);
  });
}

export async function untilGone(ports: ReplicationPorts, what: string, find: Find<ReplicationPart>): Promise<void> {
  await untilKnown(ports, what, async () => {
    const part = (await find())?.value;
    heartbeat({ what, status: part?.status });
    return part === undefined ? true : undefined;
  });
}

/** A call that is refused because its effect is there already, most often by a first try whose reply was lost, is done. */
export async function unlessDone(act: () => Promise<void>, isDone: () => Promise<boolean>): Promise<void> {
  try {
    await act();
  } catch (error) {
    const isRefused = error instanceof MigrationError && error.code === 'AwsRejected';
    if (!isRefused || !(await isDone())) throw error;
  }
}

/** Made or adopted by this migration. @throws NotFound, ResourceNotOurs. */
export async function requireThere<Part>(what: string, owner: Owner, find: Find<Part>): Promise<Part> {
  const found = await find();
  if (found === undefined) throw new MigrationError('NotFound', `${what} is not there: somebody deleted it`);
  requireOurs({ what, owner, adopt: true }, found.owner);
  return found.value;
}
