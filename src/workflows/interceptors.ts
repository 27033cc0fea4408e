import { defaultPayloadConverter } from '@temporalio/common';
import { workflowInfo } from '@temporalio/workflow';
import type {
  ActivityInput,
  GetLogAttributesInput,
  Next,
  WorkflowInterceptorsFactory,
  WorkflowOutboundCallsInterceptor,
} from '@temporalio/workflow';
import { STEP_HEADER } from '../contracts/messages';
import type { Standing } from '../contracts/messages';
import { PHASE } from './announce';

/**
 * Every activity, and every line of the log, knows which migration it belongs to and where that stands. Headers and log
 * attributes only: no command of a history depends on them.
 */
class TellStanding implements WorkflowOutboundCallsInterceptor {
  scheduleActivity(
    input: ActivityInput,
    next: Next<WorkflowOutboundCallsInterceptor, 'scheduleActivity'>,
  ): Promise<unknown> {
    const standing = { ...standingNow(), step: input.options.summary ?? input.activityType };
    const header = { [STEP_HEADER]: defaultPayloadConverter.toPayload(standing) };
    return next({ ...input, headers: { ...input.headers, ...header } });
  }

  getLogAttributes(
    input: GetLogAttributesInput,
    next: Next<WorkflowOutboundCallsInterceptor, 'getLogAttributes'>,
  ): Record<string, unknown> {
    return next({ ...standingNow(), ...input });
  }
}

function standingNow(): Standing {
  const { workflowId, firstExecutionRunId, typedSearchAttributes } = workflowInfo();
  return {
    workload: workflowId.slice(workflowId.indexOf('/') + 1),
    run: firstExecutionRunId,
    phase: typedSearchAttributes.get(PHASE) ?? 'starting',
  };
}

export const interceptors: WorkflowInterceptorsFactory = () => ({ outbound: [new TellStanding()] });
