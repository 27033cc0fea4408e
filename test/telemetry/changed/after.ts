import { proxyActivities } from '@temporalio/workflow';

/** As somebody changed it, without a thought for those that were under way. */
export async function changing(): Promise<void> {
  const { work } = proxyActivities<{ work(): Promise<void> }>({ startToCloseTimeout: '1m' });
  await work();
}
