/** What an activity's log lines say about its migration. */
import { defaultPayloadConverter } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { STEP_HEADER } from '../contracts/messages';
import type { Standing } from '../contracts/messages';

/** Workload, run, phase and step, as the workflow sent them along; nothing where an earlier version scheduled it. */
export const tellStanding: ActivityInterceptorsFactory = () => {
  let standing: Partial<Standing> = {};
  return {
    inbound: {
      execute(input, next) {
        const header = input.headers[STEP_HEADER];
        if (header !== undefined && header !== null) standing = defaultPayloadConverter.fromPayload<Standing>(header);
        return next(input);
      },
    },
    outbound: {
      getLogAttributes: (input, next) => next({ ...standing, ...input }),
    },
  };
};
