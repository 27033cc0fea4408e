import type { Route } from '../../../src/contracts/activities';
import { MigrationError } from '../../../src/domain/errors';
import type { Milliseconds } from '../../../src/domain/quantity';
import type { RecordPlace } from '../../../src/domain/route';
import { parseRecordArn, recordArn } from '../../../src/domain/route';
import { formatShiftTag } from '../../../src/domain/weights';
import type { RouteState, TrafficRouter } from '../../../src/ports/traffic-router';
import { Timeline } from './traffic-model';
import type { FakeRoute, World } from './world';

/** What a set of weighted records has besides its weights. */
export interface FakeRecords {
  ttlMs: Record<string, Milliseconds>;
  unwatched: string[];
  probed: string[];
  otherTypes: string[];
  readonly unhealthy: Set<string>;
  /** When each change reached every name server, by receipt. */
  readonly inEffectAtMs: Map<string, number>;
  /** How long the next changes take. Unit: milliseconds. */
  delayMs: number;
}

/** Where the metrics find it: no load balancer divides its traffic. */
export const NO_LOAD_BALANCER = 'none';
/** Where an address of a target that is there already begins. */
export const TARGET_ENDPOINT = 'http://target';

/** Records of both sides, all traffic on the source. */
export function addRecords(world: World, workload: string): { route: Route; records: FakeRecords } {
  const place = { hostedZoneId: 'Z1', recordName: `${workload}.example.com`, recordType: 'A' } as const;
  const arn = recordArn(place);
  const ttlMs = 30_000 as Milliseconds;
  const records: FakeRecords = {
    ttlMs: { source: ttlMs, target: ttlMs },
    unwatched: ['source'],
    probed: [],
    otherTypes: [],
    unhealthy: new Set(),
    inEffectAtMs: new Map(),
    delayMs: 0,
  };
  const shares = new Timeline([
    { backend: 'source', weight: 1 },
    { backend: 'target', weight: 0 },
  ]);
  world.routes.set(arn, {
    arn,
    kind: 'record',
    listenerArn: NO_LOAD_BALANCER,
    loadBalancerArn: NO_LOAD_BALANCER,
    shares,
    stickinessEnabled: false,
    workload,
    records,
  });
  return { route: { arn, kind: 'record', sourceTargetGroupArn: 'source', settleMs: ttlMs }, records };
}

/** What of a spec differs where records divide the traffic. */
export function recordsSpec({ arn }: Route, workload: string): Record<string, unknown> {
  const { hostedZoneId, recordName, recordType } = parseRecordArn(arn) as RecordPlace;
  const side = (name: string): Record<string, string> => ({
    requests: `sum(increase(requests_total{side="${name}"}[$window]))`,
    errors: `sum(increase(errors_total{side="${name}"}[$window]))`,
    latency: `sum by (le) (increase(seconds_bucket{side="${name}"}[$window]))`,
  });
  return {
    source: {
      endpoint: `http://source.${workload}.internal`,
      metrics: {
        kind: 'prometheus',
        url: 'http://prometheus.internal:9090',
        period: '1s',
        lag: '0s',
        source: side('source'),
        target: side('target'),
      },
      owned: { autoScalingGroups: [`${workload}-source`] },
    },
    target: { existing: { endpoint: `${TARGET_ENDPOINT}.${workload}.internal` } },
    router: {
      route53: {
        hostedZoneId,
        recordName,
        recordType,
        sourceIdentifier: 'source',
        targetIdentifier: 'target',
        resolverShareMax: 0.001,
      },
    },
  };
}

/** A batch that was made from another decision than the one that stands is refused, like Route 53's. */
export function fakeRecordRouter(world: World): TrafficRouter {
  const change = (route: FakeRoute, read: RouteState, shares: RouteState['shares']): string => {
    const [was, is] = [read.shift, route.shift].map((shift) => (shift ? formatShiftTag(shift) : 'nothing'));
    if (was !== is) throw new MigrationError('DecisionRaced', `_crossfade says ${is} by now, and said ${was}`);
    route.shares.set(world.now(), [
      ...shares,
      ...route.shares.newest().filter((one) => !shares.some(({ backend }) => backend === one.backend)),
    ]);
    const receipt = world.id('change');
    const { inEffectAtMs, delayMs } = recordsOf(route);
    inEffectAtMs.set(receipt, world.now() + delayMs);
    return receipt;
  };
  return {
    async readRoute({ arn }, receipt) {
      const route = routeOf(world, arn);
      const { ttlMs, unwatched, probed, otherTypes } = recordsOf(route);
      const pending = pendingOf(world, route, receipt);
      return {
        shares: route.shares.newest(),
        stickinessEnabled: false,
        shift: route.shift,
        ...(pending === undefined ? {} : { pending }),
        record: { ttlMs, unwatched, probed, otherTypes },
      };
    },
    async applyShift({ arn }, { shift, shares, read }) {
      const route = routeOf(world, arn);
      const receipt = change(route, read, shares);
      route.shift = shift;
      return receipt;
    },
    async writeShares({ arn }, shares, read) {
      change(routeOf(world, arn), read, shares);
    },
    async clearTags({ arn }) {
      routeOf(world, arn).shift = undefined;
    },
    async readHealth({ arn }, backend) {
      const route = routeOf(world, arn);
      if (!route.shares.newest().some((share) => share.backend === backend))
        throw new MigrationError('NotFound', `${arn} has no record with set identifier ${backend}`);
      return { healthyCount: recordsOf(route).unhealthy.has(backend) ? 0 : 1, registeredCount: 1 };
    },
  };
}

function pendingOf(world: World, route: FakeRoute, receipt: string | undefined): RouteState['pending'] {
  if (route.shift === undefined) return undefined;
  const inEffectAtMs = recordsOf(route).inEffectAtMs.get(receipt ?? '');
  if (inEffectAtMs === undefined) return { why: 'it is not known', isReceiptMissing: true };
  return inEffectAtMs <= world.now() ? undefined : { why: `change ${receipt} is PENDING`, isReceiptMissing: false };
}

function routeOf(world: World, arn: string): FakeRoute {
  const route = world.routes.get(arn);
  if (route === undefined) throw new MigrationError('NotFound', `there is no record ${arn}`);
  return route;
}

function recordsOf({ arn, records }: FakeRoute): FakeRecords {
  if (records === undefined) throw new Error(`${arn} is no set of records`);
  return records;
}
