import { MigrationError } from '../domain/errors';
import type { RouteState } from '../ports/traffic-router';
import type { NamedRoute } from './route';
import { isOnRoute } from './route-shares';

/** What of an endpoint does not fit; nothing for another kind of route. @returns `path: problem`. */
export function inspectEndpoint({ path, target, endpoint }: NamedRoute, state: RouteState): string[] {
  const { endpoint: facts } = state;
  if (facts === undefined || target === undefined) return [];
  const isTaken = isOnRoute(state, target.backend) && facts.configName !== endpoint?.configName;
  return [
    ...(facts.trouble === undefined ? [] : [`${path}: ${facts.trouble}`]),
    ...(isTaken
      ? [
          `${target.path}: the endpoint has a variant ${target.backend} already, by its configuration ${facts.configName}`,
        ]
      : []),
  ];
}

/** An endpoint that changes now is none to compare with; the change ends by itself. @throws AwsUnavailable. */
export function requireSettled({ ref }: NamedRoute, { endpoint, pending }: RouteState): void {
  if (endpoint === undefined || pending === undefined) return;
  throw new MigrationError('AwsUnavailable', `${ref.arn} is being changed: ${pending.why}`);
}
