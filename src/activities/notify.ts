import { Context } from '@temporalio/activity';
import type { NotifyActivities } from '../contracts/activities';
import { ERROR_CATALOG, MigrationError } from '../domain/errors';
import type { Notice, NoticeEvent } from '../domain/notice';
import { answersTo } from '../domain/notice';
import type { NotifySpec } from '../domain/spec';
import type { Notifier } from '../ports/notifier';
import { withoutSecrets } from './failure';
import { describeError, isCancellation } from './waiting';

/** What earlier attempts settled; carried by the heartbeat. */
interface Settled {
  /** Places in `to`. */
  readonly told: readonly number[];
  readonly refused: readonly { readonly index: number; readonly why: string }[];
}

export function createNotifyActivities({ notifier }: { notifier: Notifier }): NotifyActivities {
  return {
    /** One deaf destination silences no other: whoever was told is not told again, and only the rest is tried again. */
    async notify({ to, workload, event, text, ...more }) {
      const context = Context.current();
      const { activityId, workflowExecution, scheduledTimestampMs } = context.info;
      const { workflowId = 'unknown', runId = 'unknown' } = workflowExecution ?? {};
      const notice: Notice = {
        // What an earlier version scheduled has none of its own; an activity has, and keeps it.
        id: more.id ?? `${runId}-${activityId}`,
        at: new Date(more.atMs ?? scheduledTimestampMs).toISOString(),
        workload,
        workflowId,
        event: event as NoticeEvent,
        text,
        answers: answersTo(event as NoticeEvent, workload, more),
      };
      const before = (context.info.heartbeatDetails ?? { told: [], refused: [] }) as Settled;
      const told = new Set(before.told);
      const refused = new Map(before.refused.map(({ index, why }) => [index, why]));
      const failed: string[] = [];
      await Promise.all(
        to.map(async (destination, index) => {
          if (told.has(index) || refused.has(index)) return;
          try {
            await notifier.notify(destination, notice);
            told.add(index);
          } catch (error) {
            if (isCancellation(error)) throw error;
            const why = `${placeOf(destination)}: ${withoutSecrets(describeError(error))}`;
            context.log.warn('a notice could not be delivered', { workload, event, id: notice.id, why });
            if (isFinal(error)) refused.set(index, why);
            else failed.push(why);
          }
          context.heartbeat({ told: [...told], refused: [...refused].map(([at, why]) => ({ index: at, why })) });
        }),
      );
      const undelivered = [...refused.values(), ...failed];
      if (failed.length > 0) throw new MigrationError('NoticeUndelivered', undelivered.join('; '));
      return { undelivered };
    },
  };
}

function isFinal(error: unknown): boolean {
  return error instanceof MigrationError && ERROR_CATALOG[error.code].retry === 'never';
}

/** Without the path: a webhook's path is often its password. */
function placeOf(destination: NotifySpec): string {
  if ('sns' in destination) return destination.sns;
  const address = 'slack' in destination ? destination.slack : destination.webhook;
  return /^https?:/.test(address) && URL.canParse(address) ? new URL(address).host : address;
}
