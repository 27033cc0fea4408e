/** Temporal Schedules: what runs again and again without a person. */
import type { Client, ScheduleOptions } from '@temporalio/client';
import { ScheduleAlreadyRunning, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import { temporalError } from './temporal-errors';

export interface Repeated {
  /** ID of the schedule and of what it runs. */
  readonly id: string;
  readonly taskQueue: string;
  readonly workflowType: string;
  readonly args: readonly unknown[];
  readonly everyMs: number;
}

/** The server's default would start a year of missed runs one after another. */
const CATCHUP = '1 minute';

/** Creates it, or changes the one that is there. @throws TemporalUnreachable. */
export async function putSchedule(client: Client, repeated: Repeated): Promise<'created' | 'updated'> {
  const { id, taskQueue, workflowType, args, everyMs } = repeated;
  const options = {
    spec: { intervals: [{ every: everyMs }] },
    action: { type: 'startWorkflow', workflowType, taskQueue, workflowId: `scheduled/${id}`, args: [...args] },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: CATCHUP, pauseOnFailure: true },
  } satisfies Omit<ScheduleOptions, 'scheduleId'>;
  try {
    await client.schedule.create({ scheduleId: id, ...options });
    return 'created';
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw temporalError(error, `creating schedule ${id}`);
  }
  try {
    // Somebody's pause stays a pause.
    await client.schedule.getHandle(id).update(({ state }) => ({ ...options, state }));
    return 'updated';
  } catch (error) {
    throw temporalError(error, `changing schedule ${id}`);
  }
}

/** @returns false: there was none. @throws TemporalUnreachable. */
export async function deleteSchedule(client: Client, id: string): Promise<boolean> {
  try {
    await client.schedule.getHandle(id).delete();
    return true;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return false;
    throw temporalError(error, `deleting schedule ${id}`);
  }
}
