import { executeChild, uuid4 } from '@temporalio/workflow';

/** Replay compares the IDs of children, so it shows whether the second is drawn as it was. */
export async function drawing(): Promise<void> {
  await executeChild(drawn, { workflowId: uuid4() });
  await executeChild(drawn, { workflowId: `drawn-${Math.random()}` });
}

export async function drawn(): Promise<void> {
  // There to be started.
}
