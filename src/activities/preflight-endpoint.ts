import { MigrationError } from '../domain/errors';
import { shadowConfigName } from '../domain/resources';
import type { MigrationSpec, ShadowVariantSpec } from '../domain/spec';
import type { EndpointFacts, RouteState } from '../ports/traffic-router';
import type { NamedRoute } from './route';
import { formatShares, isOnRoute } from './route-shares';

/** What of an endpoint does not fit; nothing for another kind of route. @returns `path: problem`. */
export function inspectEndpoint(
  { path, target, endpoint }: NamedRoute,
  state: RouteState,
  { shadow: { variant }, workload }: Pick<MigrationSpec, 'shadow' | 'workload'>,
): string[] {
  const { endpoint: facts } = state;
  if (facts === undefined || target === undefined) return [];
  const isOurs = [endpoint?.configName, shadowConfigName(workload)].includes(facts.configName);
  const isTaken = isOnRoute(state, target.backend) && facts.configName !== endpoint?.configName;
  return [
    ...(facts.trouble === undefined || facts.isReturning === true ? [] : [`${path}: ${facts.trouble}`]),
    ...(isTaken
      ? [
          `${target.path}: the endpoint has a variant ${target.backend} already, by its configuration ${facts.configName}`,
        ]
      : []),
    ...(isOurs ? [] : inspectShadows(path, facts)),
    ...(isOurs || variant === undefined ? [] : inspectCopying(path, variant, state, facts)),
  ];
}

/** SageMaker lets none stand beside two production variants, and no second one beside one. */
function inspectShadows(path: string, { shadows = [], configName }: EndpointFacts): string[] {
  return shadows.map(
    ({ backend }) =>
      `${path}: the endpoint has the shadow variant ${backend}, by its configuration ${configName}: take it off first`,
  );
}

function inspectCopying(
  path: string,
  { captureTo: ours }: ShadowVariantSpec,
  state: RouteState,
  { captureTo }: EndpointFacts,
): string[] {
  return [
    ...(state.shares.length === 1
      ? []
      : [
          `${path}: the endpoint has ${state.shares.length} production variants (${formatShares(state.shares)}), and ` +
            `SageMaker allows a shadow variant beside one alone: give shadow.tap in place of shadow.variant`,
        ]),
    ...(captureTo === undefined || withoutSlash(captureTo) === ours
      ? []
      : [
          `shadow.variant.capture.to: the endpoint captures to ${captureTo} already, an endpoint captures to one place, ` +
            `and this one is ${ours}`,
        ]),
  ];
}

const withoutSlash = (url: string): string => url.replace(/\/+$/, '');

/** An endpoint that changes now is none to compare with; the change ends by itself. @throws AwsUnavailable. */
export function requireSettled({ ref }: NamedRoute, { endpoint, pending }: RouteState): void {
  if (endpoint === undefined || pending === undefined) return;
  throw new MigrationError('AwsUnavailable', `${ref.arn} is being changed: ${endpoint.trouble ?? pending.why}`);
}
