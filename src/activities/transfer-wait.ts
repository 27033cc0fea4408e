/** Waits on a transfer that a service runs for hours or days. */
import { heartbeat } from '@temporalio/activity';
import { MigrationError } from '../domain/errors';
import { isOver } from '../ports/managed-transfer';
import type { TransferExecution } from '../ports/managed-transfer';
import type { Ports } from './ports';
import { nextPauseMs, orUnavailable, PAUSE_MS_MIN, sleepOf } from './waiting';

export type TransferPorts = Pick<Ports, 'transfer' | 'now' | 'sleep'>;

/** The service may run for days; that nobody can be asked for so long is worth a word. */
const SILENCE_MS_MAX = 15 * 60_000;
/** From the end of an execution to its report. */
const REPORT_MS_MAX = 15 * 60_000;

/** @returns the execution when it is over, and its report written or failed. Progress goes into the heartbeat. */
export async function follow(ports: TransferPorts, arn: string): Promise<TransferExecution> {
  const sleep = sleepOf(ports);
  let heardAtMs = ports.now();
  let overAtMs: number | undefined;
  for (let pauseMs = PAUSE_MS_MIN; ; pauseMs = nextPauseMs(pauseMs)) {
    const seen = await orUnavailable(() => ports.transfer.readExecution(arn));
    if (seen instanceof MigrationError) {
      if (ports.now() - heardAtMs >= SILENCE_MS_MAX) throw seen;
      heartbeat({ execution: arn, unavailable: seen.message });
    } else {
      heardAtMs = ports.now();
      if (isOver(seen.status)) {
        overAtMs ??= heardAtMs;
        if (seen.report !== 'pending' || heardAtMs - overAtMs >= REPORT_MS_MAX) return seen;
      }
      heartbeat({ execution: arn, status: seen.status, ...seen.counters });
    }
    await sleep(pauseMs);
  }
}
