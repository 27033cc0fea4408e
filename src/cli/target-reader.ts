import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CostExplorerClient } from '@aws-sdk/client-cost-explorer';
import { COST_EXPLORER_REGION, readCost } from '../adapters/cost-explorer';
import type { TargetDimensions, TargetHours } from '../adapters/target-metrics';
import { readBucket, readTargetHours } from '../adapters/target-metrics';
import { INSTANCE_TYPES } from '../domain/instance-types';
import type { ObservedBucket, ObservedCost } from '../domain/observed';
import type { EpochMs } from '../domain/quantity';
import { resourceName } from '../domain/resources';
import type { MigrationSpec } from '../domain/spec';
import { VARIANT_NAME } from '../ports/model-hosting';

/** What AWS knows of a target that a migration built. With the credentials of whoever runs it. */
export interface TargetReader {
  /** undefined: somebody else built it. */
  hours(fromMs: EpochMs, toMs: EpochMs): Promise<TargetHours | undefined>;
  bucket(bucket: string, fromMs: EpochMs, toMs: EpochMs): Promise<ObservedBucket>;
  /** Dates; `to` is not included. */
  cost(from: string, to: string): Promise<ObservedCost>;
  close(): void;
}

const ATTEMPTS_MAX = 2;

export function openTargetReader(spec: MigrationSpec): TargetReader {
  const cloudwatch = new CloudWatchClient({ region: spec.region, maxAttempts: ATTEMPTS_MAX });
  const costs = new CostExplorerClient({ region: COST_EXPLORER_REGION, maxAttempts: ATTEMPTS_MAX });
  const target = targetOf(spec);
  return {
    hours: async (fromMs, toMs) =>
      target === undefined ? undefined : readTargetHours(cloudwatch, target, fromMs, toMs),
    bucket: (bucket, fromMs, toMs) => readBucket(cloudwatch, bucket, fromMs, toMs),
    cost: (from, to) => readCost(costs, spec.workload, from, to),
    close: () => {
      cloudwatch.destroy();
      costs.destroy();
    },
  };
}

function targetOf({ workload, target, router }: MigrationSpec): TargetDimensions | undefined {
  const name = resourceName(workload);
  if (target.ec2 !== undefined) return { autoScalingGroup: name };
  if (target.sagemaker === undefined) return undefined;
  const shape = INSTANCE_TYPES.get(target.sagemaker.instanceType.replace(/^ml\./, ''));
  // Loads that are sums over what nobody knows the number of are not asked for.
  if (shape === undefined) return undefined;
  return {
    endpoint: {
      name: router.sagemaker?.endpointName ?? name,
      variant: VARIANT_NAME,
      vcpus: shape.vcpus,
      chips: shape.chipCount,
    },
  };
}
