/** The kinds of target to which the same migration goes. */
import { Migration } from '../support/temporal/migration';
import type { Theatre } from '../support/temporal/theatre';

export const ROADS = ['ec2', 'sagemaker', 'endpoint'] as const;
export type Road = (typeof ROADS)[number];

export function migrationOn(
  road: Road,
  theatre: Theatre,
  workload: string,
  changes: Record<string, unknown> = {},
): Migration {
  switch (road) {
    case 'ec2':
      return Migration.of(theatre, workload, changes);
    case 'sagemaker':
      return Migration.hosted(theatre, workload, changes);
    case 'endpoint':
      return Migration.joined(theatre, workload, changes);
  }
}

/** Whether what the spec lets go is gone. */
export function isSourceGone(road: Road, migration: Migration): boolean {
  const { world, place } = migration;
  if (road === 'endpoint') return !migration.endpoint.variants.counts.has('primary');
  return !world.autoScalingGroups.has(place.sourceFleet) && world.instances.get(place.sourceInstance) === 'terminated';
}

/** Names of plays are one per road. */
export const titleOn = (road: Road, title: string): string => (road === 'ec2' ? title : `${road}: ${title}`);
