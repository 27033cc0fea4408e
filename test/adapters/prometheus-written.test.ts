import http from 'node:http';
import { PrometheusMetrics } from '../../src/adapters/prometheus';
import { loadConfig } from '../../src/config';
import type { EvidenceWindow, SideWindow } from '../../src/domain/evidence';
import type { EpochMs, Milliseconds } from '../../src/domain/quantity';
import type { PrometheusMetricsSpec, PrometheusSideSpec } from '../../src/domain/spec';
import { listen, PROMETHEUS, RealPrometheus } from '../support/prometheus';
import { NATIVE_BASE, remoteWrite } from '../support/remote-write';
import type { Traffic } from '../support/written-traffic';
import { BOUNDS, exponential, quantileOf, seriesOf } from '../support/written-traffic';

/*
 * Samples whose times are chosen, written to a real Prometheus: four a minute, on its edges, so that `increase` has
 * nothing to guess and counts are exact.
 */

const here = PROMETHEUS === undefined ? describe.skip : describe;
const MINUTE = 60_000;
const MINUTES = 20;
/** In scrapes, of which a minute has four. */
const RESTART_AT = 5 * 4 + 2;
const GONE_AT = { from: 10 * 4 + 1, to: 13 * 4 + 1 };
const START_MS = (Math.floor(Date.now() / MINUTE) - MINUTES - 1) * MINUTE;
const END_MS = START_MS + (MINUTES - 1) * MINUTE;

const SOURCE: Traffic = { name: 'source', labels: { model: 'large' }, latencies: exponential(120, 0.05), errors: 0 };
const SMALL: Traffic = { name: 'source', labels: { model: 'small' }, latencies: exponential(30, 0.01), errors: 3 };
const TARGET: Traffic = {
  name: 'target',
  labels: { model: 'large' },
  latencies: exponential(50, 0.08),
  errors: 5,
  restartAt: RESTART_AT,
  goneAt: GONE_AT,
};

/** One in ten takes longer than the largest finite bound. */
const SLOW: Traffic = {
  name: 'slow',
  labels: { model: 'large' },
  latencies: [...Array<number>(90).fill(0.3), ...Array<number>(10).fill(30)],
  errors: 0,
};
const QUICK: Traffic = { ...SLOW, labels: { model: 'small' }, latencies: Array<number>(100).fill(0.3) };
/** One in two hundred. */
const SELDOM: Traffic = { ...SLOW, name: 'seldom', latencies: [...Array<number>(199).fill(0.3), 30] };

let prometheus: RealPrometheus | undefined;

const counted = (name: string): Omit<PrometheusSideSpec, 'latency'> => ({
  requests: `sum(increase(${name}_requests_total[$window]))`,
  errors: `sum(increase(${name}_requests_total{code=~"5.."}[$window]))`,
});
const classic = (name: string): PrometheusSideSpec => ({
  ...counted(name),
  latency: `sum by (le) (increase(${name}_seconds_bucket[$window]))`,
});
const native = (name: string): PrometheusSideSpec => ({
  requests: `histogram_count(sum(increase(${name}_seconds[$window])))`,
  errors: counted(name).errors,
  latency: `sum(increase(${name}_seconds[$window]))`,
});
const byModel = (side: PrometheusSideSpec): PrometheusSideSpec => ({
  requests: side.requests.replace('sum(', 'sum by (model) ('),
  errors: side.errors.replace('sum(', 'sum by (model) ('),
  latency: side.latency.replace('sum by (le)', 'sum by (le, model)').replace('sum(', 'sum by (model) ('),
});

function spec(change: Partial<PrometheusMetricsSpec>): PrometheusMetricsSpec {
  return {
    kind: 'prometheus',
    url: prometheus?.url ?? '',
    periodSeconds: 60,
    lagMs: 0 as Milliseconds,
    quantiles: ['p50', 'p99'],
    source: classic('source'),
    target: classic('target'),
    queries: [],
    ...change,
  };
}

async function read(
  change: Partial<PrometheusMetricsSpec>,
  metrics = new PrometheusMetrics(),
): Promise<readonly EvidenceWindow[]> {
  const evidence = await metrics.readWindows(spec(change), { target: 'arn' }, START_MS as EpochMs, END_MS as EpochMs);
  return evidence.complete ? evidence.windows : [];
}

/** Of the minute after so many from the start. */
const minute = (windows: readonly EvidenceWindow[], after: number): EvidenceWindow =>
  windows.find(({ startMs }) => startMs === START_MS + after * MINUTE) as EvidenceWindow;
const countsOf = ({ requestCount, errorCount }: SideWindow): [number, number] => [requestCount, errorCount];

function classicBoundsMs(latencies: readonly number[], share: number): [number, number] {
  const seconds = quantileOf(latencies, share);
  const upper = BOUNDS.findIndex((bound) => seconds <= bound);
  return [(BOUNDS[upper - 1] ?? 0) * 1_000, (BOUNDS[upper] as number) * 1_000];
}

beforeAll(async () => {
  if (PROMETHEUS === undefined) return;
  prometheus = await RealPrometheus.startEmpty(PROMETHEUS);
  const sides = [SOURCE, SMALL, TARGET, SLOW, QUICK, SELDOM];
  await remoteWrite(
    prometheus.url,
    sides.flatMap((traffic) => seriesOf(traffic, START_MS, MINUTES * 4)),
  );
}, 60_000);
afterAll(() => prometheus?.stop());

const KINDS = [
  ['classic', classic],
  ['native', native],
] as const;

here('a real Prometheus: what was sent', () => {
  test.each(KINDS)('Prometheus, %s: counts and errors of both sides are what was sent', async (_kind, side) => {
    const { source, target } = minute(await read({ source: side('source'), target: side('target') }), 2);
    expect([countsOf(source), countsOf(target)]).toEqual([
      [4 * 150, 4 * 3],
      [4 * 50, 4 * 5],
    ]);
  });

  test.each([
    ['p50', 0.5],
    ['p99', 0.99],
  ])('Prometheus, native: %s is what was sent, as near as its buckets are fine', async (quantile, share) => {
    const { source, target } = minute(await read({ source: native('source'), target: native('target') }), 2);
    const ratios = [
      (source.quantilesMs[quantile] ?? NaN) / quantileOf([...SOURCE.latencies, ...SMALL.latencies], share),
      (target.quantilesMs[quantile] ?? NaN) / quantileOf(TARGET.latencies, share),
    ].map((ratio) => ratio / 1_000);
    for (const ratio of ratios) {
      expect(ratio).toBeGreaterThan(1 / NATIVE_BASE);
      expect(ratio).toBeLessThan(NATIVE_BASE);
    }
  });

  test.each([
    ['p50', 0.5],
    ['p99', 0.99],
  ])('Prometheus, classic: %s lies in the bucket that holds it', async (quantile, share) => {
    const { target } = minute(await read({}), 2);
    const [lowerMs, upperMs] = classicBoundsMs(TARGET.latencies, share);
    expect(target.quantilesMs[quantile]).toBeGreaterThanOrEqual(lowerMs);
    expect(target.quantilesMs[quantile]).toBeLessThanOrEqual(upperMs);
  });
});

here('a real Prometheus: beyond the largest finite bound', () => {
  test('Prometheus, classic: a percentile beyond the largest finite bound is not known, instead of that bound', async () => {
    const { target } = minute(await read({ target: classic('slow') }), 2);
    expect(Object.keys(target.quantilesMs)).toEqual(['p50']);
  });

  test('Prometheus, classic: a percentile below requests that took longer than all bounds is known', async () => {
    const { target } = minute(await read({ target: classic('seldom'), quantiles: ['p50', 'p99', 'p99.9'] }), 2);
    expect(Object.keys(target.quantilesMs)).toEqual(['p50', 'p99']);
  });

  test('Prometheus, classic: a percentile of a segment beyond the largest finite bound is not known', async () => {
    const segmented = { segmentBy: 'model', source: byModel(classic('source')), target: byModel(classic('slow')) };
    const { large, small } = minute(await read(segmented), 2).segments ?? {};
    expect([large, small].map((segment) => Object.keys(segment?.target.quantilesMs ?? {}))).toEqual([
      ['p50'],
      ['p50', 'p99'],
    ]);
  });

  test('Prometheus, native: there is no largest bound, so that the percentile is known', async () => {
    const { target } = minute(await read({ target: native('slow') }), 2);
    expect((target.quantilesMs['p99'] ?? NaN) / 30_000).toBeGreaterThan(1 / NATIVE_BASE);
  });
});

here('a real Prometheus: interruptions', () => {
  test.each(KINDS)('Prometheus, %s: a counter that begins anew loses and adds nothing', async (_kind, side) => {
    const windows = await read({ source: side('source'), target: side('target') });
    expect([4, 5, 6].map((after) => countsOf(minute(windows, after).target))).toEqual([
      [200, 20],
      [200, 20],
      [200, 20],
    ]);
    expect(minute(windows, 5).target.quantilesMs).toEqual(minute(windows, 4).target.quantilesMs);
  });

  test.each(KINDS)(
    'Prometheus, %s: after a stale marker a side has no numbers, instead of its last ones',
    async (_kind, side) => {
      const windows = await read({ source: side('source'), target: side('target') });
      expect([10, 11, 12].map((after) => minute(windows, after).target)).toEqual(
        Array(3).fill({ requestCount: 0, errorCount: 0, quantilesMs: {} }),
      );
      expect([9, 14].map((after) => countsOf(minute(windows, after).target))).toEqual(Array(2).fill([200, 20]));
      expect(windows.map(({ source }) => source.requestCount)).toEqual(Array(MINUTES - 1).fill(600));
    },
  );
});

here('a real Prometheus: segments and own queries', () => {
  test.each([
    ['a counter', 'target_requests_total', 2],
    ['a native histogram', 'target_seconds', 1],
  ])('Prometheus: %s that ended is not looked back for', async (_kind, metric, count) => {
    const windows = await read({ queries: [{ name: 'alive', source: 'vector(1)', target: `count(${metric})` }] });
    const alive = [9, 10, 11, 12, 13].map((after) => minute(windows, after).target.metrics?.['alive']);
    expect(alive).toEqual([count, undefined, undefined, undefined, count]);
  });

  test.each(KINDS)(
    'Prometheus, %s: segments have the numbers of their label, and add up to the total',
    async (_kind, side) => {
      const segmented = { segmentBy: 'model', source: byModel(side('source')), target: byModel(side('target')) };
      const [window, whole] = [
        minute(await read(segmented), 2),
        minute(await read({ source: side('source'), target: side('target') }), 2),
      ];
      expect([window.source, window.target]).toEqual([whole.source, whole.target]);
      const { large, small } = window.segments ?? {};
      expect(
        [large?.source, large?.target, small?.source, small?.target].map((each) => each && countsOf(each)),
      ).toEqual([
        [480, 0],
        [200, 20],
        [120, 12],
        [0, 0],
      ]);
      expect(large?.source.quantilesMs['p50']).toBeGreaterThan(2 * (small?.source.quantilesMs['p50'] ?? NaN));
    },
  );

  test('Prometheus: own queries of both sides, with and without the length of a window', async () => {
    const queries = [
      { name: 'series', source: 'count(source_requests_total)', target: 'count(target_requests_total)' },
      { name: 'small', source: 'sum(increase(source_requests_total{model="small"}[$window]))' },
      { name: 'nothing', source: 'nobody_writes_this' },
    ];
    const { source, target } = minute(await read({ queries }), 2);
    expect([source.metrics, target.metrics]).toEqual([{ series: 3, small: 120 }, { series: 2 }]);
  });

  test('Prometheus: a native histogram where a count is needed is refused, in words', async () => {
    const requests = 'sum(increase(source_seconds[$window]))';
    await expect(read({ source: { ...native('source'), requests } })).rejects.toMatchObject({
      code: 'MetricsUnavailable',
      message: `${requests.replace('$window', '60s')} gives histograms, numbers are needed`,
    });
  });
});

here('a real Prometheus behind a proxy that wants credentials', () => {
  let proxy: http.Server;
  let url: string;
  let wanted: string;

  beforeAll(async () => {
    proxy = http.createServer((request, response) => {
      if (request.headers.authorization !== wanted) return response.writeHead(401).end('no, thank you');
      const forward = { method: request.method, headers: { ...request.headers, host: '' } };
      return request.pipe(
        http.request(`${prometheus?.url}${request.url}`, forward, (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        }),
      );
    });
    url = `http://127.0.0.1:${await listen(proxy)}`;
  });
  afterAll(() => new Promise((resolve) => proxy.close(resolve)));

  const readWith = (env: Record<string, string>): Promise<readonly EvidenceWindow[]> => {
    const { prometheus: access } = loadConfig({}, { ...env, CROSSFADE_PROMETHEUS_URL: url });
    return read({ url }, new PrometheusMetrics(access));
  };
  const BASIC = { CROSSFADE_PROMETHEUS_USER: 'ada', CROSSFADE_PROMETHEUS_PASSWORD: 'pass:word' };

  test.each<[string, Record<string, string>, string]>([
    ['a bearer token', { CROSSFADE_PROMETHEUS_TOKEN: 's3cret' }, 'Bearer s3cret'],
    ['a user and a password', BASIC, `Basic ${Buffer.from('ada:pass:word').toString('base64')}`],
  ])('Prometheus: %s from the environment opens it', async (_what, env, header) => {
    wanted = header;
    expect(await readWith(env)).toHaveLength(MINUTES - 1);
  });

  test('Prometheus: the wrong token is no answer, and is not told', async () => {
    wanted = 'Bearer s3cret';
    await expect(readWith({ CROSSFADE_PROMETHEUS_TOKEN: 'wr0ng' })).rejects.toMatchObject({
      code: 'MetricsUnavailable',
      message: `${url}/api/v1/query_range answered 401: no, thank you`,
    });
  });
});

here('a real Prometheus: queries that find nothing', () => {
  const missing = (source: Partial<PrometheusSideSpec>, change: Partial<PrometheusMetricsSpec> = {}) =>
    new PrometheusMetrics().findMissingSeries(
      spec({ source: { ...classic('target'), ...source }, ...change }),
      END_MS as EpochMs,
    );
  const TYPO = 'sum(increase(target_requests_total{status="500"}[$window]))';

  test.each(KINDS)(
    'Prometheus, %s: queries that find series miss nothing, whatever the target has',
    async (_kind, side) => {
      expect(await missing(side('target'), { target: side('nobody') })).toEqual([]);
    },
  );

  test('Prometheus: with segments, and a source that is not there now, series of the last hour are enough', async () => {
    const gone = new PrometheusMetrics().findMissingSeries(
      spec({ segmentBy: 'model', source: byModel(classic('target')) }),
      (START_MS + 12 * MINUTE) as EpochMs,
    );
    expect(await gone).toEqual([]);
  });

  test('Prometheus: requests and errors without a series are told by their paths', async () => {
    expect(await missing({ requests: 'sum(nobody)', errors: TYPO })).toEqual([
      'source.requests: sum(nobody) finds no series: mistyped, or not scraped',
      `source.errors: ${TYPO} finds no series: mistyped, or nothing has failed yet; ` +
        'with `or vector(0)` behind it, no series is no error',
    ]);
  });

  test('Prometheus: errors with `or vector(0)` behind them exist, and are 0 in the total and in every segment', async () => {
    const errors = 'sum by (model) (increase(source_requests_total{code="nobody"}[$window])) or vector(0)';
    const segmented = { segmentBy: 'model', source: { ...byModel(classic('source')), errors } };
    expect(await missing(segmented.source, segmented)).toEqual([]);
    const { source, segments } = minute(await read({ ...segmented, target: byModel(classic('target')) }), 2);
    expect([source, segments?.['large']?.source].map((side) => side?.errorCount)).toEqual([0, 0]);
    expect(Object.keys(segments ?? {}).sort()).toEqual(['large', 'small']);
  });
});
