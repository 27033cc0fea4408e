/** The context of one activity, without a worker, that logs nothing. */
import { MockActivityEnvironment } from '@temporalio/testing';

const SILENT = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/** @param heartbeatDetails what an earlier attempt left. @param activityId the same for attempts of one activity. */
export function quietActivity(heartbeatDetails?: unknown, activityId?: string): MockActivityEnvironment {
  const identity = activityId === undefined ? {} : { activityId };
  return new MockActivityEnvironment({ heartbeatDetails, ...identity }, { logger: SILENT });
}

/** Runs in an activity's context. */
export function inActivity<T>(run: () => Promise<T>, environment = quietActivity()): Promise<T> {
  return environment.run<[], T, () => Promise<T>>(run);
}
