import { Context, heartbeat } from '@temporalio/activity';
import { judgeReads } from '../analysis/read-check';
import type { ReadCheckActivities } from '../contracts/read-check-activities';
import type { Ports } from './ports';
import { beating } from './waiting';

export function createReadCheckActivities({ reads }: Pick<Ports, 'reads'>): ReadCheckActivities {
  return {
    async checkReads({ dataSet: { from, to }, check, seed }) {
      const order = { from, to, sampleMax: check.sampleMax, seed };
      const onProgress = (pairCount: number): void => heartbeat({ pairCount });
      const { pairs, passedCount } = await beating(
        reads.sample(order, onProgress, Context.current().cancellationSignal),
      );
      return { ...judgeReads(pairs, check, seed), passedCount };
    },
  };
}
