import type { Weights } from '../domain/weights';
import type { RouteShare, RouteState } from '../ports/traffic-router';

/*
 * What a route's division means, without calling anything. A share that is not there carries nothing;
 * weights are compared as fractions of their sum, because a rule that was never split says `1`, not `100`.
 */

export interface Sides {
  readonly sourceBackend: string;
  /** undefined: whatever is not the source is the target's. */
  readonly targetBackend?: string | undefined;
}

/** Unit: percent, not rounded. NaN when the route gives nobody any weight. */
export function percentOf(state: RouteState, backend: string): number {
  const sum = state.shares.reduce((total, share) => total + share.weight, 0);
  const own = state.shares.filter((share) => share.backend === backend);
  return (own.reduce((total, share) => total + share.weight, 0) * 100) / sum;
}

export function isOnRoute(state: RouteState, backend: string): boolean {
  return state.shares.some((share) => share.backend === backend);
}

/** Who else takes traffic here. */
export function thirdHands(state: RouteState, sides: Sides): RouteShare[] {
  const { sourceBackend, targetBackend } = sides;
  return state.shares.filter(
    (share) => share.weight > 0 && share.backend !== sourceBackend && share.backend !== targetBackend,
  );
}

/** Whether traffic is divided as wanted. NaN is not. */
export function carries(state: RouteState, sides: Sides, weights: Weights): boolean {
  const { sourceBackend, targetBackend } = sides;
  const onTarget =
    targetBackend === undefined ? 100 - percentOf(state, sourceBackend) : percentOf(state, targetBackend);
  return near(percentOf(state, sourceBackend), weights.source) && near(onTarget, weights.target);
}

const near = (a: number, b: number): boolean => Math.abs(a - b) < 1e-6;

/** Source first, then the target when it is known, then everybody else at 0. Weights are percent. */
export function sharesFor(state: RouteState, sides: Sides, weights: Weights): RouteShare[] {
  const { sourceBackend, targetBackend } = sides;
  const others = state.shares.filter((share) => share.backend !== sourceBackend && share.backend !== targetBackend);
  return [
    { backend: sourceBackend, weight: weights.source },
    ...(targetBackend === undefined ? [] : [{ backend: targetBackend, weight: weights.target }]),
    ...others.map((share) => ({ backend: share.backend, weight: 0 })),
  ];
}

/** The only other backend of a route, if there is exactly one. */
export function onlyOther(state: RouteState, sourceBackend: string): string | undefined {
  const others = state.shares.filter((share) => share.backend !== sourceBackend);
  return others.length === 1 ? others[0]?.backend : undefined;
}

/** `…:targetgroup/ranker/73e2d6bc=90`: for messages. */
export function formatShares(shares: readonly RouteShare[]): string {
  return shares.map((share) => `${share.backend}=${share.weight}`).join(', ') || 'nothing';
}
