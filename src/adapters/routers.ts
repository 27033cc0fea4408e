/** Every kind of route as one TrafficRouter. */
import type { RouteKind } from '../domain/route';
import type { RouteRef, TrafficRouter } from '../ports/traffic-router';

export type RoutersByKind = Readonly<Partial<Record<RouteKind, TrafficRouter>>>;

/** @throws Error for a route of a kind that has no router: no valid spec names one. */
export function trafficRouters(byKind: RoutersByKind): TrafficRouter {
  const of = ({ arn, kind }: RouteRef): TrafficRouter => {
    const router = byKind[kind];
    if (router === undefined) throw new Error(`nothing moves the traffic of ${arn}, which is a ${kind}`);
    return router;
  };
  return {
    readRoute: async (route, receipt) => of(route).readRoute(route, receipt),
    applyShift: async (route, write) => of(route).applyShift(route, write),
    writeShares: async (route, shares, read) => of(route).writeShares(route, shares, read),
    clearTags: async (route) => of(route).clearTags(route),
    readHealth: async (route, backend) => of(route).readHealth(route, backend),
  };
}
