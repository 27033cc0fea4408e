import type { Ports } from '../../../src/activities/ports';
import { trafficRouters } from '../../../src/adapters/routers';
import { fakeBudgets } from './budgets';
import { fakeCaptures } from './captures';
import { fakeCompute } from './compute';
import { fakeRoads } from './data-roads';
import { fakeEndpointRouter } from './endpoints';
import { fakeHosting } from './hosting';
import { fakeImages } from './images';
import { fakeBalancing, fakeLoadBalancer } from './load-balancer';
import { fakeMetrics } from './metrics';
import { fakeClaims, fakeHistory, fakeNotifier, fakeProber, fakeSignals } from './people';
import { fakeReads } from './reads';
import { fakeRecordRouter } from './records';
import { fakeDigests, fakeRegistry } from './registry';
import { fakeBuckets, fakeData, fakeLedger } from './storage';
import { fakeReplication } from './replication';
import { fakeShadow } from './tap';
import { fakeTransfer } from './transfer';
import type { World } from './world';

export { FakeClock } from './clock';
export { addEndpoint, variantsSpec } from './endpoints';
export type { FakeVariants } from './endpoints';
export { Faults } from './faults';
export { addRecords, recordsSpec } from './records';
export type { FakeRecords } from './records';
export { fakeLedger } from './storage';
export { addVersion } from './registry';
export type { FakeModelGroup, FakeVersion } from './registry';
export { STEADY_TRAFFIC } from './traffic-model';
export type { Traffic } from './traffic-model';
export { HOSTED_TARGET, LEDGER_BUCKET, addWorkload, documentFor, specFor } from './workload';
export type { Place } from './workload';
export { World } from './world';
export type { FakeRoute } from './world';

/** Every port over one world. Calls are counted, and go wrong, under `router.*`, `balancing.*`, `compute.*`, `hosting.*`, `data.*`, … */
export function fakePorts(world: World): Ports {
  const { faults } = world;
  const balancer = fakeLoadBalancer(world, (calls) => faults.wrap('router', calls));
  return {
    router: trafficRouters({
      rule: balancer,
      listener: balancer,
      endpoint: faults.wrap('router', fakeEndpointRouter(world)),
      record: faults.wrap('router', fakeRecordRouter(world)),
    }),
    balancing: faults.wrap('balancing', fakeBalancing(world)),
    compute: faults.wrap('compute', fakeCompute(world)),
    hosting: faults.wrap('hosting', fakeHosting(world)),
    buckets: faults.wrap('buckets', fakeBuckets(world)),
    budgets: faults.wrap('budgets', fakeBudgets(world)),
    data: faults.wrap('data', fakeData(world)),
    transfer: fakeTransfer(world),
    roads: faults.wrap('roads', fakeRoads(world)),
    replication: faults.wrap('replication', fakeReplication(world)),
    images: faults.wrap('images', fakeImages(world)),
    registry: faults.wrap('registry', fakeRegistry(world)),
    digests: faults.wrap('digests', fakeDigests(world)),
    reads: faults.wrap('reads', fakeReads(world)),
    metrics: faults.wrap('metrics', fakeMetrics(world)),
    shadow: faults.wrap('shadow', fakeShadow(world)),
    captures: faults.wrap('captures', fakeCaptures(world)),
    openLedger: (url) => faults.wrap('ledger', fakeLedger(world, url)),
    notifier: faults.wrap('notifier', fakeNotifier(world)),
    claims: faults.wrap('claims', fakeClaims(world)),
    prober: faults.wrap('prober', fakeProber(world)),
    history: faults.wrap('history', fakeHistory(world)),
    signals: faults.wrap('signals', fakeSignals(world)),
    standings: { standingOf: async () => undefined },
    now: world.now,
  };
}
