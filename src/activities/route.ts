import type { Route } from '../contracts/activities';
import { MigrationError } from '../domain/errors';
import type { AlbRouterSpec } from '../domain/spec';
import type { RouteRef, RouteState } from '../ports/traffic-router';

/** The spec's way of naming production's route, and where it stands in the spec. */
export function routeRefOf(alb: AlbRouterSpec): { ref: RouteRef; path: string } {
  if (alb.ruleArn !== undefined) return { ref: { arn: alb.ruleArn, kind: 'rule' }, path: 'router.alb.ruleArn' };
  if (alb.listenerArn !== undefined)
    return { ref: { arn: alb.listenerArn, kind: 'listener' }, path: 'router.alb.listenerArn' };
  throw new MigrationError('SpecInvalid', 'router.alb: one of ruleArn and listenerArn is needed');
}

/** @param sourceBackend what answers today. */
export function routeFrom(ref: RouteRef, state: RouteState, sourceBackend: string): Route {
  return { arn: ref.arn, kind: ref.kind, ...state.alb, sourceTargetGroupArn: sourceBackend };
}

/** @throws Error for a route without a listener: no plan asks a load balancer's things of one. */
export function listenerOf({ arn, listenerArn }: Route): string {
  if (listenerArn === undefined) throw new Error(`${arn} has no listener`);
  return listenerArn;
}
