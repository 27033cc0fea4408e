import type { Route } from '../contracts/activities';
import { MigrationError } from '../domain/errors';
import { recordArn } from '../domain/route';
import type { AlbRouterSpec, RouterSpec } from '../domain/spec';
import type { MetricScope } from '../ports/metric-source';
import type { RouteRef, RouteState } from '../ports/traffic-router';

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
  /** Only where the target is on the route before the migration. */
  readonly target?: Named;
}

export function namedRoute(router: RouterSpec): NamedRoute {
  const { alb, route53 } = router;
  if (alb !== undefined) {
    const source = { backend: alb.sourceTargetGroupArn, path: 'router.alb.sourceTargetGroupArn' };
    return { ...ruleOrListener(alb), source };
  }
  return {
    ref: { arn: recordArn(route53), kind: 'record' },
    path: 'router.route53',
    source: { backend: route53.sourceIdentifier, path: 'router.route53.sourceIdentifier' },
    target: { backend: route53.targetIdentifier, path: 'router.route53.targetIdentifier' },
  };
}

function ruleOrListener({ ruleArn, listenerArn }: AlbRouterSpec): Pick<NamedRoute, 'ref' | 'path'> {
  if (ruleArn !== undefined) return { ref: { arn: ruleArn, kind: 'rule' }, path: 'router.alb.ruleArn' };
  if (listenerArn !== undefined) return { ref: { arn: listenerArn, kind: 'listener' }, path: 'router.alb.listenerArn' };
  throw new MigrationError('SpecInvalid', 'router.alb: one of ruleArn and listenerArn is needed');
}

export function routeFrom({ ref, source, target }: NamedRoute, { alb, record }: RouteState): Route {
  const ttls = [source, target].map((side) => record?.ttlMs[side?.backend ?? ''] ?? 0);
  return {
    arn: ref.arn,
    kind: ref.kind,
    ...alb,
    sourceTargetGroupArn: source.backend,
    ...(record === undefined ? {} : { settleMs: Math.max(...ttls) }),
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
