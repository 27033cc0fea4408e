import { Route53Router } from '../../../src/adapters/route53';
import { recordArn } from '../../../src/domain/route';
import { targetWeight } from '../../../src/domain/weights';
import type { RouteRef, RouteState, ShiftWrite } from '../../../src/ports/traffic-router';
import { LocalRoute53, ZONE, upsert, weighted } from './local-route53';

/** What the wire of a test says is not what an emulator says: the product's own router, in the lab's Route 53. */
const route53 = new LocalRoute53();
let router: Route53Router;
let route: RouteRef;

beforeAll(async () => {
  await route53.start();
  router = new Route53Router(route53.client, route53.client);
  route = {
    arn: recordArn({ hostedZoneId: route53.zoneId, recordName: `api.${ZONE}`, recordType: 'A' }),
    kind: 'record',
  };
  await route53.changeNow(upsert(weighted('source', 1, '127.0.0.2')), upsert(weighted('target', 0, '127.0.0.3')));
}, 60_000);

afterAll(() => route53.stop());

function toTarget(percent: number, generation: number, read: RouteState): ShiftWrite {
  const weights = targetWeight(percent);
  const shares = [
    { backend: 'source', weight: weights.source },
    { backend: 'target', weight: weights.target },
  ];
  return { shift: { generation, weights }, shares, workload: 'ranker', read };
}

test('Route53Router in the lab: a shift is pending first, then in effect, and a decision from before it is refused', async () => {
  const before = await router.readRoute(route);
  const receipt = await router.applyShift(route, toTarget(10, 1, before));

  expect((await router.readRoute(route, receipt)).pending).toMatchObject({ isReceiptMissing: false });
  route53.nowMs += 500;
  const after = await router.readRoute(route, receipt);
  expect(after).toMatchObject({ shift: { generation: 1, weights: targetWeight(10) } });
  expect(after.pending).toBeUndefined();

  await expect(router.applyShift(route, toTarget(50, 2, before))).rejects.toMatchObject({ code: 'DecisionRaced' });
  expect((await router.readRoute(route)).shares).toEqual(after.shares);
});

test('Route53Router in the lab: once its tags are cleared no decision stands, and the weights stay', async () => {
  await router.clearTags(route);

  const { shift, shares } = await router.readRoute(route);
  expect(shift).toBeUndefined();
  expect(shares).toEqual([
    { backend: 'source', weight: 90 },
    { backend: 'target', weight: 10 },
  ]);
});
