/** Temporal Schedules: what runs again and again without a person. */
import type { Client, ScheduleDescription, ScheduleOptions, ScheduleSpec, ScheduleSummary } from '@temporalio/client';
import {
  isGrpcServiceError,
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  ServiceError,
} from '@temporalio/client';
import { MigrationError } from '../domain/errors';
import { temporalError } from './temporal-errors';

/** When it runs: by an interval, or by cron in a time zone of the IANA (UTC where none is named). */
export type Repetition =
  | { readonly everyMs: number; readonly jitterMs?: number }
  | { readonly cron: string; readonly timeZone?: string; readonly jitterMs?: number };

export interface Repeated {
  /** ID of the schedule and of what it runs. */
  readonly id: string;
  readonly taskQueue: string;
  readonly workflowType: string;
  readonly args: readonly unknown[];
  readonly when: Repetition;
}

export interface ScheduleRow {
  readonly id: string;
  readonly paused: boolean;
  /** Why it is paused, or what somebody noted; empty: nothing. */
  readonly note: string;
  /** ISO 8601. null: it does not run again. */
  readonly nextAt: string | null;
  /** ISO 8601. null: it has not run yet. */
  readonly lastAt: string | null;
}

export interface ScheduleView extends ScheduleRow {
  /** Further times, soonest first. ISO 8601. */
  readonly upcoming: readonly string[];
  /** Workflow IDs of what is running now. */
  readonly running: readonly string[];
  readonly runCount: number;
  /** Times that passed while the run before was still going. */
  readonly skippedCount: number;
  /** Times that passed while the server was away. */
  readonly missedCount: number;
}

/** Errors: TemporalUnreachable; ScheduleNotFound where one has to be there. */
export interface Schedules {
  /** Creates it, or changes the one that is there. @throws ScheduleRefused with the server's reason. */
  put(repeated: Repeated): Promise<'created' | 'updated'>;
  /** Those that run `scheduled`, by ID. */
  list(): Promise<ScheduleRow[]>;
  describe(id: string): Promise<ScheduleView>;
  /** One run now. */
  trigger(id: string): Promise<void>;
  pause(id: string, note: string): Promise<void>;
  resume(id: string, note: string): Promise<void>;
  /** @returns false: there was none. */
  delete(id: string): Promise<boolean>;
}

/** The server's default would start a year of missed runs one after another. */
const CATCHUP = '1 minute';
const JITTER_MS_MAX = 5 * 60_000;
const JITTER_SHARE = 10;

/** @param within gives a call its deadline. */
export function temporalSchedules(client: Client, within: <T>(ask: () => Promise<T>) => Promise<T>): Schedules {
  const { schedule } = client;
  const ask = async <T>(doing: string, id: string, call: () => Promise<T>): Promise<T> => {
    try {
      return await within(call);
    } catch (error) {
      if (error instanceof ScheduleNotFoundError)
        throw new MigrationError('ScheduleNotFound', `${doing}: there is no schedule ${id}`, { cause: error });
      throw temporalError(error, doing);
    }
  };
  const on = (doing: string, id: string, call: (handle: Handle) => Promise<void>): Promise<void> =>
    ask(`${doing} schedule ${id}`, id, () => call(schedule.getHandle(id)));
  return {
    put: (repeated) => within(() => putSchedule(client, repeated)),
    list: () => ask('listing schedules', '', () => listRows(client)),
    describe: (id) => ask(`looking at schedule ${id}`, id, async () => viewOf(await schedule.getHandle(id).describe())),
    trigger: (id) => on('triggering', id, (handle) => handle.trigger()),
    pause: (id, note) => on('pausing', id, (handle) => handle.pause(note)),
    resume: (id, note) => on('resuming', id, (handle) => handle.unpause(note)),
    delete: (id) => within(() => deleteSchedule(client, id)),
  };
}

type Handle = ReturnType<Client['schedule']['getHandle']>;

/** Creates it, or changes the one that is there. @throws TemporalUnreachable, ScheduleRefused. */
export async function putSchedule(client: Client, repeated: Repeated): Promise<'created' | 'updated'> {
  const { id, taskQueue, workflowType, args, when } = repeated;
  const options = {
    spec: specOf(when),
    action: { type: 'startWorkflow', workflowType, taskQueue, workflowId: `scheduled/${id}`, args: [...args] },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: CATCHUP, pauseOnFailure: true },
  } satisfies Omit<ScheduleOptions, 'scheduleId'>;
  try {
    await client.schedule.create({ scheduleId: id, ...options });
    return 'created';
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw refusedOr(error, `creating schedule ${id}`);
  }
  try {
    // Somebody's pause stays a pause.
    await client.schedule.getHandle(id).update(({ state }) => ({ ...options, state }));
    return 'updated';
  } catch (error) {
    throw refusedOr(error, `changing schedule ${id}`);
  }
}

/** The server itself keeps the jitter below the time to the next run. */
function specOf(when: Repetition): ScheduleSpec {
  if ('everyMs' in when) {
    const { everyMs, jitterMs = Math.min(JITTER_MS_MAX, Math.floor(everyMs / JITTER_SHARE)) } = when;
    return { intervals: [{ every: everyMs }], jitter: jitterMs };
  }
  const { cron, timeZone = 'UTC', jitterMs = JITTER_MS_MAX } = when;
  return { cronExpressions: [cron], timezone: timeZone, jitter: jitterMs };
}

const INVALID_ARGUMENT = 3;

function refusedOr(error: unknown, doing: string): unknown {
  // The SDK counts the fields of a cron expression itself.
  if (error instanceof TypeError) return new MigrationError('ScheduleRefused', `${doing}: ${error.message}`);
  const cause = error instanceof ServiceError ? error.cause : error;
  if (isGrpcServiceError(cause) && Number(cause.code) === INVALID_ARGUMENT)
    return new MigrationError('ScheduleRefused', `${doing}: ${cause.details}`, { cause: error });
  return temporalError(error, doing);
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

async function listRows(client: Client): Promise<ScheduleRow[]> {
  const rows: ScheduleRow[] = [];
  for await (const summary of client.schedule.list())
    if (summary.action?.workflowType === 'scheduled') rows.push(rowOf(summary));
  return rows.sort((a, b) => (a.id < b.id ? -1 : 1));
}

function rowOf({ scheduleId, state, info }: ScheduleSummary | ScheduleDescription): ScheduleRow {
  return {
    id: scheduleId,
    paused: state.paused,
    note: state.note ?? '',
    nextAt: state.paused ? null : (info.nextActionTimes[0]?.toISOString() ?? null),
    lastAt: info.recentActions.at(-1)?.takenAt.toISOString() ?? null,
  };
}

function viewOf(description: ScheduleDescription): ScheduleView {
  const { nextActionTimes, runningActions, numActionsTaken, numActionsSkippedOverlap, numActionsMissedCatchupWindow } =
    description.info;
  return {
    ...rowOf(description),
    upcoming: nextActionTimes.map((time) => time.toISOString()),
    running: runningActions.flatMap((action) => (action.type === 'startWorkflow' ? [action.workflow.workflowId] : [])),
    runCount: numActionsTaken,
    skippedCount: numActionsSkippedOverlap,
    missedCount: numActionsMissedCatchupWindow,
  };
}
