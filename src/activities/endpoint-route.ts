import type { Route } from '../contracts/activities';
import { MigrationError } from '../domain/errors';
import type { RouteState } from '../ports/traffic-router';

/**
 * Weights go forward on the configuration that the migration put there, and on no other. A way back asks for neither: it
 * tries what it can. Nothing for another kind of route.
 * @throws EndpointFailed, RouteChanged.
 */
export function refuseChangedEndpoint({ arn, endpoint: wanted }: Route, { endpoint: found }: RouteState): void {
  if (found === undefined || wanted === undefined) return;
  if (found.trouble !== undefined)
    throw new MigrationError('EndpointFailed', `${arn}: ${found.trouble}; no weights are moved there`);
  if (found.configName !== wanted.configName)
    throw new MigrationError(
      'RouteChanged',
      `${arn} serves the configuration ${found.configName}, and ${wanted.configName} was put there: ` +
        `somebody updated it, or SageMaker went back by itself`,
    );
  if (found.nextConfigName !== undefined)
    throw new MigrationError(
      'RouteChanged',
      `${arn} is being updated to the configuration ${found.nextConfigName}, and ${wanted.configName} was put there`,
    );
}
