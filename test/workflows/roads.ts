/** The kinds of target to which the same migration goes. */
import { Migration } from '../support/temporal/migration';
import type { Theatre } from '../support/temporal/theatre';

export const ROADS = ['ec2', 'sagemaker'] as const;
export type Road = (typeof ROADS)[number];

export function migrationOn(
  road: Road,
  theatre: Theatre,
  workload: string,
  changes: Record<string, unknown> = {},
): Migration {
  return road === 'ec2' ? Migration.of(theatre, workload, changes) : Migration.hosted(theatre, workload, changes);
}

/** Names of plays are one per road. */
export const titleOn = (road: Road, title: string): string => (road === 'ec2' ? title : `${road}: ${title}`);
