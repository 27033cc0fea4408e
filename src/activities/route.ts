import type { EndpointRoute, Route } from '../contracts/activities';
import { MigrationError } from '../domain/errors';
import { resourceName } from '../domain/resources';
import { recordArn } from '../domain/route';
import type { AlbRouterSpec, RouterSpec, SageMakerRouterSpec } from '../domain/spec';
import type { MetricScope } from '../ports/metric-source';
import { VARIANT_NAME } from '../ports/model-hosting';
import type { RouteRef, RouteState } from '../ports/traffic-router';
import { formatShares, onlyOther } from './route-shares';

/** Something of the route, and where the spec names it. */
interface Named {
  readonly backend: string;
  readonly path: string;
}

/** The spec's way of naming production's route, and where it stands in the spec. */
export interface NamedRoute {
  readonly ref: RouteRef;
  readonly path: string;
  readonly source: Named;
  /** Only where it is known before how the route will name the target. */
  readonly target?: Named;
  /** Only of an endpoint. */
  readonly endpoint?: EndpointRoute;
}

export function namedRoute(router: RouterSpec, workload: string): NamedRoute {
  const { alb, route53, sagemaker } = router;
  if (alb !== undefined) {
    const source = { backend: alb.sourceTargetGroupArn, path: 'router.alb.sourceTargetGroupArn' };
    return { ...ruleOrListener(alb), source };
  }
  if (sagemaker !== undefined) return namedEndpoint(sagemaker, workload);
  return {
    ref: { arn: recordArn(route53), kind: 'record' },
    path: 'router.route53',
    source: { backend: route53.sourceIdentifier, path: 'router.route53.sourceIdentifier' },
    target: { backend: route53.targetIdentifier, path: 'router.route53.targetIdentifier' },
  };
}

/** Its ARN is not known before it was read; until then its name stands there. */
function namedEndpoint({ endpointName, sourceVariant }: SageMakerRouterSpec, workload: string): NamedRoute {
  return {
    ref: { arn: endpointName, kind: 'endpoint', endpointName },
    path: 'router.sagemaker.endpointName',
    source: { backend: sourceVariant ?? UNNAMED, path: 'router.sagemaker.sourceVariant' },
    target: { backend: VARIANT_NAME, path: 'target.sagemaker' },
    endpoint: { name: endpointName, configName: resourceName(workload) },
  };
}

/** A source that the spec leaves to the route. */
export const UNNAMED = '';

/** With what only the route can say: the ARN of an endpoint, and its only variant. */
export function completed(named: NamedRoute, state: RouteState): NamedRoute {
  if (state.endpoint === undefined) return named;
  const backend = named.source.backend || (onlyOther(state, VARIANT_NAME) ?? UNNAMED);
  return { ...named, ref: { ...named.ref, arn: state.endpoint.arn }, source: { ...named.source, backend } };
}

function ruleOrListener({ ruleArn, listenerArn }: AlbRouterSpec): Pick<NamedRoute, 'ref' | 'path'> {
  if (ruleArn !== undefined) return { ref: { arn: ruleArn, kind: 'rule' }, path: 'router.alb.ruleArn' };
  if (listenerArn !== undefined) return { ref: { arn: listenerArn, kind: 'listener' }, path: 'router.alb.listenerArn' };
  throw new MigrationError('SpecInvalid', 'router.alb: one of ruleArn and listenerArn is needed');
}

/** @throws NotExactlyOne where the spec names no source, and the route does not say which one it is. */
export function routeFrom(named: NamedRoute, state: RouteState): Route {
  const { ref, source, target, endpoint } = completed(named, state);
  const { alb, record } = state;
  if (source.backend === UNNAMED)
    throw new MigrationError(
      'NotExactlyOne',
      `${source.path} is needed: ${ref.arn} divides its traffic among ${formatShares(state.shares)}`,
    );
  const ttls = [source, target].map((side) => record?.ttlMs[side?.backend ?? ''] ?? 0);
  return {
    arn: ref.arn,
    kind: ref.kind,
    ...alb,
    sourceTargetGroupArn: source.backend,
    ...(record === undefined ? {} : { settleMs: Math.max(...ttls) }),
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}

/** @param target undefined: there is none yet. @throws Error for a rule of no load balancer, or a nameless endpoint: preflight knows them. */
export function metricScopeOf(route: Route, target?: string): MetricScope {
  const { arn, kind, loadBalancerArn, endpoint, sourceTargetGroupArn } = route;
  const sides = { source: sourceTargetGroupArn, ...(target === undefined ? {} : { target }) };
  if (kind === 'record') return { kind, ...sides };
  if (kind === 'endpoint' && endpoint !== undefined) return { kind, endpointName: endpoint.name, ...sides };
  if (kind !== 'endpoint' && loadBalancerArn !== undefined) return { kind, loadBalancerArn, ...sides };
  throw new Error(`where the traffic of ${arn} is counted is not known`);
}

/** @throws Error for a route without a listener: no plan asks a load balancer's things of one. */
export function listenerOf({ arn, listenerArn }: Route): string {
  if (listenerArn === undefined) throw new Error(`${arn} has no listener`);
  return listenerArn;
}
