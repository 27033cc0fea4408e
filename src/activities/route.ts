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

export function routeFrom(ref: RouteRef, state: RouteState, sourceTargetGroupArn: string): Route {
  const { listenerArn, loadBalancerArn } = state;
  return { arn: ref.arn, kind: ref.kind, listenerArn, loadBalancerArn, sourceTargetGroupArn };
}
