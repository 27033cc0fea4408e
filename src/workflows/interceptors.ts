import { defaultPayloadConverter } from '@temporalio/common';
import { workflowInfo } from '@temporalio/workflow';
import type {
  ActivityInput,
  GetLogAttributesInput,
  Next,
  WorkflowInterceptorsFactory,
  WorkflowOutboundCallsInterceptor,
} from '@temporalio/workflow';
import { COPY_RANGE, STEP_HEADER } from '../contracts/messages';
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
  const { workflowType, workflowId, firstExecutionRunId, parent, typedSearchAttributes } = workflowInfo();
  // A range belongs to what copies the whole.
  const named = workflowType === COPY_RANGE ? (parent?.workflowId ?? workflowId) : workflowId;
  return {
    workload: named.slice(named.indexOf('/') + 1),
    run: firstExecutionRunId,
    phase: typedSearchAttributes.get(PHASE) ?? 'starting',
  };
}

export const interceptors: WorkflowInterceptorsFactory = () => ({ outbound: [new TellStanding()] });
