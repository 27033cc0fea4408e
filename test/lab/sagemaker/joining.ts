/** A target of ours that joins endpoints of the lab's SageMaker: what it is, and the activities that do it. */
import { setTimeout as delay } from 'node:timers/promises';
import { createHostingActivities } from '../../../src/activities/hosting';
import type { HostingPorts } from '../../../src/activities/hosting-wait';
import { SageMakerHosting } from '../../../src/adapters/sagemaker-hosting';
import type { HostingActivities } from '../../../src/contracts/activities';
import type { SageMakerTargetSpec } from '../../../src/domain/spec';
import { inActivity } from '../../support/temporal/activity';
import { ROLE } from './local-gateway';
import type { LocalGateway } from './local-gateway';

export const owner = { workload: 'ranker', run: 'run-1' };

export const TARGET: SageMakerTargetSpec = {
  image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/ranker:2',
  environment: {},
  executionRoleArn: ROLE,
  instanceType: 'ml.g5.xlarge',
  instanceCount: 2,
  networkIsolation: false,
  startupTimeoutSeconds: 600,
};

/** Whoever polls the lab need not wait as long as for AWS. */
export const sleepLess = (durationMs: number): Promise<void> => delay(Math.min(durationMs, 50));

export function hostingPorts({ client, scaling, quotas }: LocalGateway): HostingPorts {
  return { hosting: new SageMakerHosting(client, scaling, quotas), now: Date.now, sleep: sleepLess };
}

/** Hosting activities, each in a context of its own. */
export function hostingOn(
  gateway: LocalGateway,
): <T>(run: (activities: HostingActivities) => Promise<T>) => Promise<T> {
  return (run) => inActivity(() => run(createHostingActivities(hostingPorts(gateway))));
}
