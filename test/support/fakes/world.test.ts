import { FakeClock, World, addWorkload, fakePorts } from '.';
import { MigrationError } from '../../../src/domain/errors';

function begin() {
  const clock = new FakeClock();
  const world = new World(clock.now);
  const place = addWorkload(world);
  const ports = fakePorts(world);
  const metrics = { kind: 'cloudwatch', periodSeconds: 10, lagMs: 0, queries: [] } as never;
  const { loadBalancerArn, sourceTargetGroupArn } = place.route;
  const scope = { kind: 'rule', loadBalancerArn, source: sourceTargetGroupArn, target: 'arn:target' } as const;
  world.targetGroups.set('arn:target', {
    arn: 'arn:target',
    name: 't',
    owner: undefined,
    tags: {},
    registeredCount: 1,
    unhealthyCount: 0,
  });
  const counts = async (fromMs: number, toMs: number): Promise<[number, number][]> => {
    const evidence = await ports.metrics.readWindows(metrics, scope, fromMs as never, toMs as never);
    return evidence.complete
      ? evidence.windows.map((window) => [window.source.requestCount, window.target.requestCount])
      : [];
  };
  return { clock, world, place, ports, counts };
}

const shares = (source: number, target: number, sourceArn: string) => [
  { backend: sourceArn, weight: source },
  { backend: 'arn:target', weight: target },
];

test('fake metrics: requests follow the weights as they were at the time, and add up', async () => {
  const { clock, place, ports, counts } = begin();
  const startMs = clock.now();
  const read = await ports.router.readRoute(place.route);
  clock.advance(20_000);
  await ports.router.writeShares(place.route, shares(75, 25, place.route.sourceTargetGroupArn), read);
  clock.advance(10_000);
  await ports.router.writeShares(place.route, shares(0, 100, place.route.sourceTargetGroupArn), read);
  clock.advance(10_000);

  const seen = await counts(startMs, clock.now());
  expect(seen.map(([source, target]) => source + target)).toEqual([500, 500, 500, 500]);
  expect([seen[0], seen[3]]).toEqual([
    [500, 0],
    [0, 500],
  ]);
  expect(Math.abs((seen[2]?.[1] ?? 0) - 125)).toBeLessThanOrEqual(5);
});

test('fake metrics: the same span reads the same twice, in one go or in parts', async () => {
  const { clock, counts } = begin();
  const startMs = clock.now();
  const whole = await counts(startMs, startMs + 60_000);

  expect(whole).toEqual([
    ...(await counts(startMs, startMs + 30_000)),
    ...(await counts(startMs + 30_000, startMs + 60_000)),
  ]);
});

test('fake metrics: a sparse rate gives whole requests in some windows and leaves the others out', async () => {
  const { clock, world, counts } = begin();
  world.setTraffic('ranker', { requestsPerSecond: 0.05 });

  const seen = await counts(clock.now(), clock.now() + 600_000);
  expect(seen.length).toBe(30);
});

test('fake tap: the segments of the order hold every request once', async () => {
  const { clock, place, ports } = begin();
  const startMs = clock.now();
  const equivalence = { relativeTolerance: 0, absoluteTolerance: 0, mismatchRateMax: 0 };
  const segments = ['small', 'large', 'other'];
  const target = { url: 'http://target', headers: {} };
  await ports.shadow.setOrder(place.tap, {
    fraction: 1,
    target,
    equivalence,
    segmentBy: { header: 'x-model' },
    segments,
  });
  clock.advance(60_000);

  const evidence = await ports.shadow.readWindows(place.tap, startMs as never, clock.now() as never);
  const windows = evidence.complete ? evidence.windows : [];
  expect(windows.length).toBeGreaterThan(0);
  for (const { source, target: copied, segments: told = {} } of windows) {
    expect(Object.keys(told)).toEqual(segments);
    const sum = (of: 'source' | 'target'): number =>
      Object.values(told).reduce((count, sides) => count + sides[of].requestCount, 0);
    expect([sum('source'), sum('target')]).toEqual([source.requestCount, copied.requestCount]);
  }
});

test('faults: the nth call is the one that fails, and only that', async () => {
  const { world, place, ports } = begin();
  world.faults.failCall('router.readRoute', 2, new MigrationError('AwsUnavailable', 'throttled'));
  const outcomes = [];
  for (let n = 0; n < 3; n += 1)
    outcomes.push(
      await ports.router.readRoute(place.route).then(
        () => 'ok',
        () => 'failed',
      ),
    );

  expect(outcomes).toEqual(['ok', 'failed', 'ok']);
});

test('faults: a delayed write fails now and takes effect when applied', async () => {
  const { world, place, ports } = begin();
  const late = world.faults.delayNext('router.clearTags');
  world.routes.get(place.route.arn)!.shift = { generation: 1, weights: { source: 100, target: 0 } as never };

  await expect(ports.router.clearTags(place.route)).rejects.toThrow('socket hang up');
  expect(world.routes.get(place.route.arn)?.shift).toBeDefined();
  await late.apply();
  expect(world.routes.get(place.route.arn)?.shift).toBeUndefined();
});

test('fake metrics: the workload’s own metrics stand on the side that has them, and in the baseline', async () => {
  const { clock, world, place, ports } = begin();
  const { loadBalancerArn, sourceTargetGroupArn } = place.route;
  const traffic = world.trafficOf(place.workload);
  traffic.set(clock.now() - 60_000, { ...traffic.newest(), sourceMetrics: { gpu: 60 } });
  const metrics = { kind: 'cloudwatch', periodSeconds: 10, lagMs: 0, queries: [] } as never;
  const span = [clock.now() - 30_000, clock.now()] as [never, never];
  const scope = { kind: 'rule', loadBalancerArn, source: sourceTargetGroupArn } as const;

  expect(await ports.metrics.readWindows(metrics, scope, ...span)).toMatchObject({
    windows: Array(3).fill({ source: { metrics: { gpu: 60 } }, target: { requestCount: 0 } }),
  });
  expect(await ports.metrics.readBaseline(metrics, scope, ...span, () => undefined)).toMatchObject({
    metrics: [{ name: 'gpu', average: 60, peak: 60, windowsWithData: 3 }],
  });
});
