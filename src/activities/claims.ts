import { log } from '@temporalio/activity';
import type { ClaimActivities } from '../contracts/activities';
import { MigrationError } from '../domain/errors';
import type { Claims } from '../ports/claims';
import { describeError } from './waiting';

export function createClaimActivities({ claims }: { claims: Claims }): ClaimActivities {
  /** Best effort: the caller's own error matters more than one from giving back. */
  const giveBack = async (arns: readonly string[], workload: string): Promise<void> => {
    for (const arn of arns) {
      await claims.release(arn, workload).catch((error: unknown) => {
        log.warn('a claim could not be given back', { arn, workload, error: describeError(error) });
      });
    }
  };

  return {
    async acquireClaims({ arns, workload, workflowId }) {
      const tried: string[] = [];
      try {
        for (const arn of new Set(arns)) {
          // Noted before it is asked for: a lost reply may hide a claim that was granted.
          tried.push(arn);
          const holder = await claims.acquire(arn, { workload, workflowId });
          if (holder.workload !== workload) {
            throw new MigrationError(
              'ClaimHeld',
              `${arn} is held by workload ${holder.workload} (${holder.workflowId})`,
            );
          }
        }
      } catch (error) {
        await giveBack(tried, workload);
        throw error;
      }
    },

    async releaseClaims({ arns, workload }) {
      for (const arn of new Set(arns)) await claims.release(arn, workload);
    },
  };
}
