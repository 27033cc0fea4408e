import type { Baseline } from '../../src/domain/evidence';
import { Stage } from './support';

function capture(stage: Stage, coverageMin: number): Promise<Baseline> {
  const toMs = stage.clock.now();
  const { metrics } = stage.spec().source;
  return stage.activities.captureBaseline({
    metrics,
    route: stage.place.route,
    fromMs: (toMs - 600_000) as never,
    toMs: toMs as never,
    coverageMin,
  });
}

/** The last fifth of the window has no data. */
function withGap(): Stage {
  const stage = new Stage();
  stage.world.metricGaps.push({ fromMs: stage.clock.now() - 120_000, toMs: stage.clock.now() });
  return stage;
}

test('captureBaseline: volume, errors and latency of the window, and a heartbeat on the way', async () => {
  const stage = new Stage();
  stage.world.trafficOf('ranker').set(0, { ...stage.world.trafficOf('ranker').newest(), sourceErrorRate: 0.02 });
  const baseline = await capture(stage, 0.9);

  expect(baseline).toMatchObject({
    windowsExpected: 600,
    windowsWithData: 600,
    requestCount: 30_000,
    requestsPerSecondAverage: 50,
    latencyP99Ms: 40,
  });
  expect(baseline.errorRate).toBeCloseTo(0.02, 3);
  expect(stage.heartbeats).toHaveLength(1);
});

test('captureBaseline: coverage at the limit is enough', async () => {
  await expect(capture(withGap(), 0.8)).resolves.toMatchObject({ windowsWithData: 480 });
});

test('captureBaseline: coverage below the limit names numbers and gaps', async () => {
  await expect(capture(withGap(), 0.81)).rejects.toMatchObject({
    type: 'BaselineIncomplete',
    nonRetryable: true,
    message: expect.stringMatching(
      /data in 480 of 600 windows, at least 81 % must have; longest gaps: 2026-03-02T07:58:00\.000Z to 2026-03-02T08:00:00\.000Z \(2m\)/,
    ),
  });
});

test('captureBaseline: a window of no length is not covered', async () => {
  const stage = new Stage();
  const at = stage.clock.now() as never;
  const { metrics } = stage.spec().source;

  await expect(
    stage.activities.captureBaseline({ metrics, route: stage.place.route, fromMs: at, toMs: at, coverageMin: 0 }),
  ).rejects.toMatchObject({ type: 'BaselineIncomplete' });
});
