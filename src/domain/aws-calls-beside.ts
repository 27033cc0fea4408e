/** The calls of what goes beside the road: databases, devices and lines. */
import type { AwsCall, StepCalls } from './aws-call';
import { callsTo } from './aws-call';
import type { DatabaseStep } from './database-steps';
import type { RoadWait } from './plan';
import type { MigrationSpec } from './spec';

export type BesideStep = DatabaseStep | RoadWait;

const dms = (...operations: readonly string[]): AwsCall[] => callsTo('dms', ...operations);
const snowball = (...operations: readonly string[]): AwsCall[] => callsTo('snowball', ...operations);
/** How far the task is behind. */
const LATENCY = callsTo('cloudwatch', 'GetMetricData');

export function callsOfBesideStep(step: BesideStep): StepCalls {
  switch (step.kind) {
    case 'replication-instance':
      return {
        calls: dms('CreateReplicationInstance', 'DescribeReplicationInstances', 'ListTagsForResource'),
        undo: dms('DeleteReplicationInstance'),
      };
    case 'database-endpoints':
      return {
        calls: dms(
          'CreateEndpoint',
          'DescribeConnections',
          'DescribeEndpoints',
          'ListTagsForResource',
          'TestConnection',
        ),
        undo: dms('DeleteEndpoint'),
      };
    case 'replication-task':
      return {
        calls: dms('CreateReplicationTask', 'DescribeReplicationTasks', 'ListTagsForResource'),
        undo: dms('DeleteReplicationTask', 'StopReplicationTask'),
      };
    case 'full-load':
      return { calls: [...dms('StartReplicationTask'), ...followReplication()], undo: [] };
    case 'import-order':
      return { calls: snowball('CreateJob', 'ListJobs'), undo: snowball('CancelJob') };
    case 'import-done':
      return { calls: snowball('DescribeJob', 'ListJobs'), undo: [] };
    case 'line-available':
      return { calls: callsTo('directconnect', 'DescribeConnections'), undo: [] };
  }
}

/** What the gate before the first weight reads of the databases of a spec. */
export function levelCalls({ databases = [] }: MigrationSpec): AwsCall[] {
  return databases.length === 0 ? [] : followReplication();
}

/** What goes with the end of standby. */
export function replicationEnds({ databases = [] }: MigrationSpec): AwsCall[] {
  if (databases.length === 0) return [];
  return dms('DeleteEndpoint', 'DeleteReplicationInstance', 'DeleteReplicationTask', 'StopReplicationTask');
}

function followReplication(): AwsCall[] {
  return [...dms('DescribeReplicationTasks', 'DescribeTableStatistics'), ...LATENCY];
}
