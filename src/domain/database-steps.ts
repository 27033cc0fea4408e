/** What is built for databases, under which names, and what people are asked before the first weight. Pure. */
import { levelGate } from './data-freeze';
import { resourceName } from './resources';
import type { RoadInstructions } from './data-roads';
import type { DatabaseSpec } from './spec';

/** One thing that is built or proven for a database, in order. */
export interface DatabaseStep {
  readonly kind: 'replication-instance' | 'database-endpoints' | 'replication-task' | 'full-load';
  /** Of the instance and the task; the endpoints' names begin with it. */
  readonly name: string;
  readonly database: DatabaseSpec;
}

const KINDS: readonly string[] = ['replication-instance', 'database-endpoints', 'replication-task', 'full-load'];

/** Kinds of steps after which DMS has something that was not there before. */
export const REPLICATION_PARTS = ['replication-instance', 'database-endpoints', 'replication-task'] as const;

export function isDatabaseStep(step: { readonly kind: string }): step is DatabaseStep {
  return KINDS.includes(step.kind);
}

/** One instance and one task for each database of a workload. */
export function replicationName(workload: string, databaseName: string): string {
  return `${resourceName(workload)}-${databaseName}`;
}

export type DatabaseSide = 'source' | 'target';

export function databaseEndName(replication: string, side: DatabaseSide): string {
  return `${replication}-${side}`;
}

export function planDatabases(workload: string, databases: readonly DatabaseSpec[] = []): DatabaseStep[] {
  return databases.flatMap((database) => {
    const name = replicationName(workload, database.name);
    return [
      { kind: 'replication-instance', name, database },
      { kind: 'database-endpoints', name, database },
      { kind: 'replication-task', name, database },
      { kind: 'full-load', name, database },
    ] as const;
  });
}

/** Names of the gates at which people say that nobody writes to the source any more. */
export function databaseGates(names: readonly string[] = []): string[] {
  return names.map(levelGate);
}

/** Asked before the first weight. */
export function stopWritersOf({ name, tables }: DatabaseSpec): RoadInstructions {
  return {
    question: `Stop the writers of database ${name}. Approve once nothing writes to it any more: Crossfade waits until DMS is level and every table validated, and moves no weight before.`,
    steps: [
      `Stop whatever writes to ${tables.join(', ')} of the source of ${name}`,
      'Approve: latency and validation are read from DMS and CloudWatch; what they do not tell counts as not level',
      'Reject puts the migration back; the writers may go on then',
    ],
  };
}
