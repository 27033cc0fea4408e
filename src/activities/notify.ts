import { log } from '@temporalio/activity';
import type { NotifyActivities } from '../contracts/activities';
import type { NotifySpec } from '../domain/spec';
import type { Notice, Notifier } from '../ports/notifier';
import { describeError, isCancellation } from './waiting';
import { withoutSecrets } from './failure';

export function createNotifyActivities({ notifier }: { notifier: Notifier }): NotifyActivities {
  return {
    /** Best effort to each: one deaf destination neither silences the others nor fails the activity. */
    async notify({ to, workload, event, text }) {
      const notice: Notice = { workload, event: event as Notice['event'], text };
      const outcomes = await Promise.allSettled(to.map((destination) => notifier.notify(destination, notice)));
      outcomes.forEach((outcome, index) => {
        if (outcome.status === 'fulfilled') return;
        if (isCancellation(outcome.reason)) throw outcome.reason;
        const destination = placeOf(to[index] as NotifySpec);
        log.warn('a notice could not be delivered', {
          workload,
          event,
          destination,
          error: withoutSecrets(describeError(outcome.reason)),
        });
      });
    },
  };
}

/** Without the path: a webhook's path is often its password. */
function placeOf(destination: NotifySpec): string {
  if ('sns' in destination) return destination.sns;
  return URL.canParse(destination.webhook) ? new URL(destination.webhook).host : 'webhook';
}
