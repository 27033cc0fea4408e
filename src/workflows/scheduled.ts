import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, setCurrentDetails, startChild, workflowInfo } from '@temporalio/workflow';
import type { ScheduledInput } from '../contracts/messages';

/**
 * What a Temporal Schedule starts: starts the real thing under its canonical ID and waits for it. One that is running
 * already is not disturbed, and this run ends well.
 * @returns the report, which the server hands to the next run.
 */
export async function scheduled(input: ScheduledInput): Promise<unknown> {
  const before: unknown = workflowInfo().lastResult ?? undefined;
  try {
    const child = await startChild(input.workflow, {
      workflowId: input.workflowId,
      args: before === undefined ? [input.document] : [input.document, before],
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
    return await child.result();
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    setCurrentDetails(`## SKIPPED\n\n${input.workflowId} is running already`);
    return before ?? null;
  }
}
