import type { Client } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { MigrationStandings } from '../ports/standings';
import { undefinedIfMissing } from './temporal-errors';

const PHASE = defineSearchAttributeKey('CrossfadePhase', SearchAttributeType.KEYWORD);

/** @param workflowIdOf the migration's workflow ID (`migrationId`). */
export function createTemporalStandings(
  client: Client,
  workflowIdOf: (workload: string) => string,
): MigrationStandings {
  return {
    async standingOf(workload) {
      const workflowId = workflowIdOf(workload);
      const doing = `looking at ${workflowId}`;
      const found = await undefinedIfMissing(doing, () => client.workflow.getHandle(workflowId).describe());
      if (found === undefined) return undefined;
      const phase = found.typedSearchAttributes.get(PHASE) ?? 'starting';
      switch (found.status.name) {
        case 'RUNNING':
        case 'CONTINUED_AS_NEW':
        case 'COMPLETED':
          return phase;
        case 'CANCELLED':
          return 'cancelled';
        case 'FAILED':
        case 'TIMED_OUT':
          return 'failed';
        case 'TERMINATED':
          return 'terminated';
        case 'PAUSED':
          return 'paused';
        case 'UNKNOWN':
        case 'UNSPECIFIED':
          throw new Error(`${doing}: unexpected status ${found.status.name}`);
      }
    },
  };
}
