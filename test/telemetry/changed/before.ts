import { sleep } from '@temporalio/workflow';

/** As it was when it was started. */
export async function changing(): Promise<void> {
  await sleep('1h');
}
