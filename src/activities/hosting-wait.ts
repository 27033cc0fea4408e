/** Waits on SageMaker, which answers at once and does everything later. */
import { heartbeat } from '@temporalio/activity';
import { MigrationError } from '../domain/errors';
import type { Ports } from './ports';
import { nextPauseMs, orUnavailable, PAUSE_MS_MIN, sleepOf } from './waiting';

export type HostingPorts = Pick<Ports, 'hosting' | 'now' | 'sleep'>;

/** After this the wait says what it saw instead of waiting on; the retry rule decides whether to go on. */
const WAIT_MS_MAX = 15 * 60_000;

export interface Waiting {
  /** For the heartbeat. */
  readonly seen: unknown;
  /** What is thrown when the time is over. */
  readonly late: MigrationError;
}

/** Looks until it is done, ever more rarely. */
export async function poll(ports: HostingPorts, look: () => Promise<'done' | Waiting>): Promise<void> {
  const sleep = sleepOf(ports);
  const giveUpMs = ports.now() + WAIT_MS_MAX;
  for (let pauseMs = PAUSE_MS_MIN; ; pauseMs = nextPauseMs(pauseMs)) {
    const looked = await orUnavailable(look);
    if (looked === 'done') return;
    const { seen, late } = looked instanceof MigrationError ? unavailable(looked) : looked;
    if (ports.now() >= giveUpMs) throw late;
    heartbeat(seen);
    await sleep(pauseMs);
  }
}

function unavailable(error: MigrationError): Waiting {
  return { seen: { unavailable: error.message }, late: error };
}

export function inMinutes(): string {
  return `${WAIT_MS_MAX / 60_000} minutes`;
}
