/** Waits on SageMaker, which answers at once and does everything later. */
import { heartbeat } from '@temporalio/activity';
import { assertNever, MigrationError } from '../domain/errors';
import type { EndpointStatus } from '../ports/model-hosting';
import type { Ports } from './ports';
import { sleepOf } from './waiting';

export type HostingPorts = Pick<Ports, 'hosting' | 'now' | 'sleep'>;

const POLL_MS_MIN = 2_000;
const POLL_MS_MAX = 30_000;
const POLL_FACTOR = 1.5;
/** After this the wait says what it saw instead of waiting on; the retry rule decides whether to go on. */
const WAIT_MS_MAX = 15 * 60_000;

export type Phase = 'changing' | 'serving' | 'over';

/** `over`: nothing but a deletion leads on. */
export function phaseOf(status: EndpointStatus): Phase {
  switch (status) {
    case 'Creating':
    case 'Updating':
    case 'SystemUpdating':
      return 'changing';
    case 'InService':
      return 'serving';
    case 'RollingBack':
    case 'UpdateRollbackFailed':
    case 'OutOfService':
    case 'Failed':
    case 'Deleting':
      return 'over';
    default:
      return assertNever(status);
  }
}

export interface Waiting {
  /** For the heartbeat. */
  readonly seen: unknown;
  /** What is thrown when the time is over. */
  readonly late: MigrationError;
}

/** Looks until it is done, ever more rarely. A look that AWS throttles is one look less, not the end of the wait. */
export async function poll(ports: HostingPorts, look: () => Promise<'done' | Waiting>): Promise<void> {
  const sleep = sleepOf(ports);
  const giveUpMs = ports.now() + WAIT_MS_MAX;
  for (let pauseMs = POLL_MS_MIN; ; pauseMs = Math.min(pauseMs * POLL_FACTOR, POLL_MS_MAX)) {
    const looked = await orUnavailable(look);
    if (looked === 'done') return;
    if (ports.now() >= giveUpMs) throw looked.late;
    heartbeat(looked.seen);
    await sleep(pauseMs);
  }
}

async function orUnavailable(look: () => Promise<'done' | Waiting>): Promise<'done' | Waiting> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof MigrationError && error.code === 'AwsUnavailable')) throw error;
    return { seen: { unavailable: error.message }, late: error };
  }
}

export function inMinutes(): string {
  return `${WAIT_MS_MAX / 60_000} minutes`;
}
