import { toBaseline } from '../../src/adapters/metric-baseline';
import type { SideSeries } from '../../src/adapters/metric-series';
import { at, range, series } from './minutes';

const GPU = { name: 'gpu', namespace: 'Ranker/GPU', metricName: 'Utilization', dimensions: {}, stat: 'Sum' };
const baseline = toBaseline(
  {
    requests: series([0, 60], [1, 120], [4, 0]),
    errors: series([1, 9]),
    latency: { p50: series([0, 0.01], [1, 0.02], [2, 0.09]), p95: series(), p99: series([0, 0.1], [1, 0.3]) },
    own: { gpu: series([0, 50], [1, 70]) },
  },
  { quantiles: ['p99'], queries: [GPU, { ...GPU, name: 'queue' }] },
  range,
);

test('toBaseline: a window with zero requests is data, one without a datapoint is a gap', () => {
  expect(baseline.windowsExpected).toBe(5);
  expect(baseline.windowsWithData).toBe(3);
  expect(baseline.gaps).toEqual([{ fromMs: at(2), toMs: at(4) }]);
});

test('toBaseline: volume per second, on average over the whole span and at its peak', () => {
  expect(baseline.requestCount).toBe(180);
  expect(baseline.requestsPerSecondAverage).toBeCloseTo(0.6);
  expect(baseline.requestsPerSecondPeak).toBe(2);
  expect(baseline.errorRate).toBeCloseTo(0.05);
});

test('toBaseline: latency is the median of the windows, null where there is none', () => {
  expect(baseline.latencyP50Ms).toBe(20);
  expect(baseline.latencyP95Ms).toBeNull();
  expect(baseline.latencyP99Ms).toBeCloseTo(200);
});

test('toBaseline: the spec’s own metrics have average and peak, those without data neither', () => {
  expect(baseline.metrics).toEqual([
    { name: 'gpu', stat: 'Sum', average: 60, peak: 70, windowsWithData: 2 },
    { name: 'queue', stat: 'Sum', average: null, peak: null, windowsWithData: 0 },
  ]);
});

test('toBaseline: no requests at all have no error rate, instead of a rate of zero', () => {
  const empty: SideSeries = { requests: series(), errors: series(), latency: { p99: series() } };
  const nothing = toBaseline(empty, { quantiles: ['p99'], queries: [] }, range);
  expect(nothing.errorRate).toBeNull();
  expect(nothing.gaps).toEqual([{ fromMs: at(0), toMs: at(5) }]);
});
