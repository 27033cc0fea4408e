import { Route53Client } from '@aws-sdk/client-route-53';
import { Route53Router } from '../../src/adapters/route53';
import { recordArn } from '../../src/domain/route';
import type { WantedShift } from '../../src/domain/weights';
import { ALL_ON_SOURCE, targetWeight } from '../../src/domain/weights';
import type { RouteRef, RouteState, ShiftWrite } from '../../src/ports/traffic-router';
import type { Wire } from './wire';
import { closeWires, openWire } from './wire';
import { ZoneOnTheWire } from './zone-on-the-wire';

const route: RouteRef = {
  arn: recordArn({ hostedZoneId: 'Z1', recordName: 'api.example.com', recordType: 'A' }),
  kind: 'record',
};
const CHECKED = '<TTL>60</TTL><HealthCheckId>check</HealthCheckId>';

afterEach(closeWires);

async function open(): Promise<{ zone: ZoneOnTheWire; router: Route53Router; wire: Wire }> {
  const zone = new ZoneOnTheWire();
  const wire = await openWire(zone.answer);
  const client = new Route53Client(wire.client);
  return { zone, router: new Route53Router(client, client), wire };
}

/** Both sides, all on the source, nothing decided. */
async function openPair(): Promise<{ zone: ZoneOnTheWire; router: Route53Router; wire: Wire }> {
  const opened = await open();
  opened.zone.weighted('source', 1);
  opened.zone.weighted('target', 0, CHECKED);
  return opened;
}

function writing(read: RouteState, generation = 7, weights = targetWeight(10)): ShiftWrite {
  const shift: WantedShift = { generation, weights };
  const shares = [
    { backend: 'source', weight: weights.source },
    { backend: 'target', weight: weights.target },
  ];
  return { shift, shares, workload: 'ranker', read };
}

test('Route53Router: records that nobody shifted are read as they weigh, with their TTL and who watches them', async () => {
  const { router } = await openPair();
  expect(await router.readRoute(route)).toEqual({
    shares: [
      { backend: 'source', weight: 1 },
      { backend: 'target', weight: 0 },
    ],
    stickinessEnabled: false,
    shift: undefined,
    record: { ttlMs: { source: 60_000, target: 60_000 }, unwatched: ['source'], probed: ['target'], otherTypes: [] },
  });
});

test('Route53Router: decision and weights are one batch; of the records only the weights change', async () => {
  const { zone, router } = await openPair();
  await router.applyShift(route, writing(await router.readRoute(route)));
  expect(
    zone.batches.map((batch) => batch.map(({ action, record }) => `${action} ${record.Name} ${record.Type}`)),
  ).toEqual([['CREATE _crossfade.api.example.com. TXT', 'UPSERT api.example.com. A', 'UPSERT api.example.com. A']]);
  expect(zone.decision()).toBe('"7/90/10 ranker"');
  expect(zone.weights()).toEqual({ source: 90, target: 10 });
  expect(zone.records.map(({ rest }) => rest).filter((rest) => rest.includes('HealthCheckId'))).toHaveLength(1);
});

test('Route53Router: what was decided comes back, pending until the change is on every name server', async () => {
  const { zone, router } = await openPair();
  const receipt = await router.applyShift(route, writing(await router.readRoute(route)));

  const before = await router.readRoute(route, receipt);
  expect(before).toMatchObject({ shift: { generation: 7, weights: targetWeight(10) } });
  expect(before.pending).toEqual({ why: 'change /change/C1 is PENDING', isReceiptMissing: false });

  zone.changes.set('C1', 'INSYNC');
  expect((await router.readRoute(route, receipt)).pending).toBeUndefined();
});

test.each([
  ['without its receipt', undefined],
  ['with a receipt that Route 53 has forgotten', '/change/C9'],
])('Route53Router: of a decision %s it is not known whether it is in effect', async (_name, receipt) => {
  const { zone, router } = await openPair();
  zone.decide('7/90/10 ranker');
  expect((await router.readRoute(route, receipt)).pending).toMatchObject({ isReceiptMissing: true });
});

test('Route53Router: the same decision written again gives a receipt of its own', async () => {
  const { router } = await openPair();
  await router.applyShift(route, writing(await router.readRoute(route)));
  expect(await router.applyShift(route, writing(await router.readRoute(route)))).toBe('/change/C2');
});

test.each([
  ['is the first one', undefined],
  ['follows another', '6/95/5 ranker'],
])('Route53Router: a decision that %s changes nothing when somebody decided in between', async (_name, standing) => {
  const { zone, router } = await openPair();
  if (standing !== undefined) zone.decide(standing);
  const write = writing(await router.readRoute(route));
  zone.beforeBatch = () => zone.decide('8/100/0 ranker');

  await expect(router.applyShift(route, write)).rejects.toMatchObject({
    code: 'DecisionRaced',
    message: expect.stringContaining('says 8/100/0 by now'),
  });
  expect(zone.weights()).toEqual({ source: 1, target: 0 });
  expect(zone.decision()).toBe('"8/100/0 ranker"');
});

test('Route53Router: weights that are put back keep the decision, and are refused when another one stands', async () => {
  const { zone, router } = await openPair();
  zone.decide('6/100/0 ranker');
  const read = await router.readRoute(route);
  await router.writeShares(route, [{ backend: 'source', weight: 100 }], read);
  expect(zone.weights()).toEqual({ source: 100, target: 0 });
  expect(zone.decision()).toBe('"6/100/0 ranker"');

  zone.decide('8/50/50 ranker');
  await expect(router.writeShares(route, [], read)).rejects.toMatchObject({ code: 'DecisionRaced' });
});

test('Route53Router: a batch that is wrong by itself is rejected, not taken for a race', async () => {
  const { zone, router } = await openPair();
  zone.isBatchInvalid = true;
  await expect(router.applyShift(route, writing(await router.readRoute(route)))).rejects.toMatchObject({
    code: 'AwsRejected',
    message: expect.stringContaining('InvalidChangeBatch'),
  });
});

test('Route53Router: taking the decision away leaves the records as they are, and twice is once', async () => {
  const { zone, router } = await openPair();
  await router.applyShift(route, writing(await router.readRoute(route), 7, ALL_ON_SOURCE));
  await router.clearTags(route);
  await router.clearTags(route);
  expect(zone.decision()).toBeUndefined();
  expect(zone.weights()).toEqual({ source: 100, target: 0 });
});

test('Route53Router: records on further pages count, neighbours in the zone do not', async () => {
  const { zone, router } = await openPair();
  zone.weighted('third', 5);
  zone.records.push({ Name: 'zoo.example.com.', Type: 'A', rest: '<TTL>60</TTL>' });
  zone.pageSize = 1;
  const { shares } = await router.readRoute(route);
  expect(shares.map(({ backend }) => backend)).toEqual(['source', 'target', 'third']);
});

describe('what cannot be shifted', () => {
  const POLICIES: [policy: string, rest: string][] = [
    ['simple', '<TTL>60</TTL>'],
    ['latency', '<SetIdentifier>a</SetIdentifier><Region>eu-west-1</Region>'],
    ['failover', '<SetIdentifier>a</SetIdentifier><Failover>PRIMARY</Failover>'],
    ['multivalue answer', '<SetIdentifier>a</SetIdentifier><MultiValueAnswer>true</MultiValueAnswer>'],
    ['geolocation', '<SetIdentifier>a</SetIdentifier><GeoLocation><CountryCode>FR</CountryCode></GeoLocation>'],
  ];
  test.each(POLICIES)('Route53Router: %s routing is said so', async (policy, rest) => {
    const { zone, router } = await open();
    zone.records.push({ Name: 'api.example.com.', Type: 'A', rest });
    await expect(router.readRoute(route)).rejects.toMatchObject({
      code: 'AwsRejected',
      message: expect.stringContaining(`api.example.com A in zone Z1 has ${policy} routing`),
    });
  });

  test('Route53Router: a record that is not there is NotFound, with its name, type and zone', async () => {
    const { router } = await open();
    await expect(router.readRoute(route)).rejects.toMatchObject({
      code: 'NotFound',
      message: 'there is no record api.example.com A in zone Z1',
    });
  });

  test('Route53Router: a decision that nobody can read is not taken for none', async () => {
    const { zone, router } = await openPair();
    zone.decide('hello');
    await expect(router.readRoute(route)).rejects.toMatchObject({
      code: 'AwsRejected',
      message: expect.stringContaining('_crossfade.api.example.com TXT is "hello"'),
    });
  });
});

test('Route53Router: another type of the same name, and a TTL that stands elsewhere, are told', async () => {
  const { zone, router } = await open();
  const alias = (zoneId: string): string =>
    `<AliasTarget><HostedZoneId>${zoneId}</HostedZoneId><DNSName>x.</DNSName><EvaluateTargetHealth>true</EvaluateTargetHealth></AliasTarget>`;
  zone.weighted('source', 1, alias('ZLOADBALANCERS'));
  zone.weighted('target', 0, alias('Z1'));
  zone.weighted('source', 1, '<TTL>60</TTL>', 'AAAA');
  expect((await router.readRoute(route)).record).toEqual({
    ttlMs: { source: 60_000 },
    unwatched: [],
    probed: [],
    otherTypes: ['AAAA'],
  });
});

describe('health', () => {
  const REPORTS: [string, string[], number][] = [
    ['most checkers reach it', ['Success: HTTP Status Code 200, OK', 'Success: 200', 'Failure: timed out'], 1],
    ['half of them do', ['Success: 200', 'Failure: timed out'], 0],
    ['none has reported yet', [], 0],
  ];
  test.each(REPORTS)(
    'Route53Router: a record is healthy by the majority: %s',
    async (_name, statuses, healthyCount) => {
      const { zone, router } = await openPair();
      zone.checks.set('check', statuses);
      expect(await router.readHealth(route, 'target')).toEqual({ healthyCount, registeredCount: 1 });
    },
  );

  test('Route53Router: a record without a health check is healthy, as Route 53 takes it', async () => {
    const { router } = await openPair();
    expect(await router.readHealth(route, 'source')).toEqual({ healthyCount: 1, registeredCount: 1 });
  });

  test('Route53Router: a health check that cannot be asked is an error, not a guess', async () => {
    const { router } = await openPair();
    await expect(router.readHealth(route, 'target')).rejects.toMatchObject({ code: 'AwsRejected' });
  });

  test('Route53Router: a record that is gone has no health', async () => {
    const { router } = await openPair();
    await expect(router.readHealth(route, 'never')).rejects.toMatchObject({ code: 'NotFound' });
  });
});
