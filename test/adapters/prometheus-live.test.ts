import { setTimeout as delay } from 'node:timers/promises';
import { PrometheusMetrics } from '../../src/adapters/prometheus';
import type { Evidence, EvidenceWindow } from '../../src/domain/evidence';
import type { EpochMs, Milliseconds } from '../../src/domain/quantity';
import type { PrometheusMetricsSpec } from '../../src/domain/spec';
import { PROMETHEUS, RealPrometheus } from '../support/prometheus';

const here = PROMETHEUS === undefined ? describe.skip : describe;
const PERIOD_SECONDS = 2;
const WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 250;

let prometheus: RealPrometheus;

const side = (name: string) => ({
  requests: `sum(increase(${name}_requests_total[$window]))`,
  errors: `sum(increase(${name}_requests_total{code="500"}[$window]))`,
  latency: `sum by (le) (increase(${name}_seconds_bucket[$window]))`,
});

function read(change: Partial<PrometheusMetricsSpec> = {}): Promise<Evidence> {
  const metrics: PrometheusMetricsSpec = {
    kind: 'prometheus',
    url: prometheus.url,
    periodSeconds: PERIOD_SECONDS,
    lagMs: 0 as Milliseconds,
    quantiles: ['p50'],
    source: side('source'),
    target: side('target'),
    queries: [],
    ...change,
  };
  const scope = { target: 'arn' };
  return new PrometheusMetrics().readWindows(metrics, scope, prometheus.startedMs as EpochMs, Date.now() as EpochMs);
}

/** Until Prometheus has seen so many whole windows. */
async function windowsSeen(count: number): Promise<readonly EvidenceWindow[]> {
  const deadline = Date.now() + WITHIN_MS;
  let evidence: Evidence | undefined;
  while (Date.now() < deadline) {
    // It is not up at once.
    evidence = await read().catch((error: Error): Evidence => ({ complete: false, cause: error.message }));
    const whole = evidence.complete ? evidence.windows.filter(({ target }) => target.errorCount > 0) : [];
    if (whole.length >= count) return whole;
    await delay(LOOK_EVERY_MS);
  }
  throw new Error(`waited for ${count} windows; last answer: ${JSON.stringify(evidence)}`);
}

here('a real Prometheus', () => {
  beforeAll(async () => {
    prometheus = await RealPrometheus.start(PROMETHEUS ?? '');
    await windowsSeen(4);
  }, WITHIN_MS);
  afterAll(() => prometheus.stop());

  test('Prometheus: counts, errors and quantiles of both sides come out of counters and classic buckets', async () => {
    const [, , window] = await windowsSeen(4);
    // 200 and 100 requests a second; scrapes are not aligned to windows, so `increase` is near, not exact.
    const near = (value: number | undefined, wanted: number): number => Math.abs((value ?? Number.NaN) / wanted - 1);
    expect(near(window?.source.requestCount, 200 * PERIOD_SECONDS)).toBeLessThan(0.35);
    expect(near(window?.target.requestCount, 100 * PERIOD_SECONDS)).toBeLessThan(0.35);
    expect(near(window?.target.errorCount, 10 * PERIOD_SECONDS)).toBeLessThan(0.5);
    expect(window?.source.errorCount).toBe(0);
    // Linear within the bucket: 0.05 to 0.1 and 0.1 to 0.2.
    expect(window?.source.quantilesMs['p50']).toBeCloseTo(75, 0);
    expect(window?.target.quantilesMs['p50']).toBeCloseTo(150, 0);
  });

  test('Prometheus: an expression that it cannot read is an error in its own words', async () => {
    const broken = { source: { ...side('source'), requests: 'sum(increase(x[$window]' } };
    await expect(read(broken)).rejects.toMatchObject({
      code: 'MetricsUnavailable',
      message: expect.stringMatching(/answered 400: .*parse error/),
    });
  });

  test('Prometheus: metrics that nobody writes are no windows, not windows of zero', async () => {
    expect(await read({ source: side('nobody'), target: side('nobody') })).toEqual({ complete: true, windows: [] });
  });
});
