import type { Weights } from '../domain/weights';
import type { RouteShare, RouteState } from '../ports/traffic-router';

/*
 * What a route's forward configuration means, without calling anything. A share that is not there carries nothing;
 * weights are compared as fractions of their sum, because a rule that was never split says `1`, not `100`.
 */

export interface Sides {
  readonly sourceTargetGroupArn: string;
  /** undefined: whatever is not the source is the target's. */
  readonly targetGroupArn?: string | undefined;
}

/** Unit: percent, not rounded. NaN when the route gives nobody any weight. */
export function percentOf(state: RouteState, targetGroupArn: string): number {
  const sum = state.shares.reduce((total, share) => total + share.weight, 0);
  const own = state.shares.filter((share) => share.targetGroupArn === targetGroupArn);
  return (own.reduce((total, share) => total + share.weight, 0) * 100) / sum;
}

export function isOnRoute(state: RouteState, targetGroupArn: string): boolean {
  return state.shares.some((share) => share.targetGroupArn === targetGroupArn);
}

/** Who else takes traffic here. */
export function thirdHands(state: RouteState, sides: Sides): RouteShare[] {
  const { sourceTargetGroupArn, targetGroupArn } = sides;
  return state.shares.filter(
    (share) =>
      share.weight > 0 && share.targetGroupArn !== sourceTargetGroupArn && share.targetGroupArn !== targetGroupArn,
  );
}

/** Whether traffic is divided as wanted. NaN is not. */
export function carries(state: RouteState, sides: Sides, weights: Weights): boolean {
  const { sourceTargetGroupArn, targetGroupArn } = sides;
  const onTarget =
    targetGroupArn === undefined ? 100 - percentOf(state, sourceTargetGroupArn) : percentOf(state, targetGroupArn);
  return near(percentOf(state, sourceTargetGroupArn), weights.source) && near(onTarget, weights.target);
}

const near = (a: number, b: number): boolean => Math.abs(a - b) < 1e-6;

/** Source first, then the target when it is known, then everybody else at 0. Weights are percent. */
export function sharesFor(state: RouteState, sides: Sides, weights: Weights): RouteShare[] {
  const { sourceTargetGroupArn, targetGroupArn } = sides;
  const others = state.shares.filter(
    (share) => share.targetGroupArn !== sourceTargetGroupArn && share.targetGroupArn !== targetGroupArn,
  );
  return [
    { targetGroupArn: sourceTargetGroupArn, weight: weights.source },
    ...(targetGroupArn === undefined ? [] : [{ targetGroupArn, weight: weights.target }]),
    ...others.map((share) => ({ targetGroupArn: share.targetGroupArn, weight: 0 })),
  ];
}

/** The only other target group of a route, if there is exactly one. */
export function onlyOther(state: RouteState, sourceTargetGroupArn: string): string | undefined {
  const others = state.shares.filter((share) => share.targetGroupArn !== sourceTargetGroupArn);
  return others.length === 1 ? others[0]?.targetGroupArn : undefined;
}

/** `…:targetgroup/ranker/73e2d6bc=90`: for messages. */
export function formatShares(shares: readonly RouteShare[]): string {
  return shares.map((share) => `${share.targetGroupArn}=${share.weight}`).join(', ') || 'nothing';
}
