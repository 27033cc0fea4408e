/** The kinds of target, and of what divides the traffic, to which the same migration goes. */
import { PROMOTION_GATE } from '../../src/domain/plan';
import { Migration } from '../support/temporal/migration';
import type { Theatre } from '../support/temporal/theatre';

export const ROADS = ['ec2', 'sagemaker', 'endpoint', 'sagemaker-shadow', 'route53'] as const;
export type Road = (typeof ROADS)[number];

type Stage = (theatre: Theatre, workload: string, changes?: Record<string, unknown>) => Migration;

const STAGES: Readonly<Record<Road, Stage>> = {
  ec2: (...play) => Migration.of(...play),
  sagemaker: (...play) => Migration.hosted(...play),
  endpoint: (...play) => Migration.joined(...play),
  'sagemaker-shadow': (...play) => Migration.shadowed(...play).approveAlways(PROMOTION_GATE),
  route53: (...play) => Migration.overRecords(...play),
};

export function migrationOn(road: Road, ...play: Parameters<Stage>): Migration {
  return STAGES[road](...play);
}

/** Roads on which the target joins an endpoint that is there before. */
export const isJoining = (road: Road): boolean => road === 'endpoint' || road === 'sagemaker-shadow';

/** Whether what the spec lets go is gone. */
export function isSourceGone(road: Road, migration: Migration): boolean {
  const { world, place } = migration;
  if (isJoining(road)) return !migration.endpoint.variants.counts.has('primary');
  return !world.autoScalingGroups.has(place.sourceFleet) && world.instances.get(place.sourceInstance) === 'terminated';
}

/** Names of plays are one per road. */
export const titleOn = (road: Road, title: string): string => (road === 'ec2' ? title : `${road}: ${title}`);
