import { addValue, emptyStats, mergeStats, percentile } from '../../lab/metrics/histogram';
import { RETENTION_SECONDS, Series, foldIntoPeriods } from '../../lab/metrics/series';
import { statistic } from '../../lab/gateway/cloudwatch';

test.each([50, 90, 99, 99.9])('percentile: p%d is within 1 %% of the exact value', (percent) => {
  const stats = emptyStats(0);
  const values = Array.from({ length: 10_000 }, (_, index) => 0.001 * 1.0007 ** index);
  for (const value of values) addValue(stats, value);

  const exact = values[Math.ceil((percent / 100) * values.length) - 1] ?? NaN;
  expect(Math.abs((percentile(stats, percent) ?? NaN) / exact - 1)).toBeLessThanOrEqual(0.01);
});

test('percentile: of no samples is undefined, never 0', () => {
  expect(percentile(emptyStats(0), 99)).toBeUndefined();
});

test('percentile: a repeated value counts as often as it was put', () => {
  const stats = emptyStats(0);
  addValue(stats, 1, 98);
  addValue(stats, 100, 2);

  expect(percentile(stats, 98)).toBeCloseTo(1, 1);
  expect(percentile(stats, 99)).toBeCloseTo(100, -1);
});

test('mergeStats: sum, count, extremes and percentiles equal those of all samples together', () => {
  const [one, two, all] = [emptyStats(1), emptyStats(2), emptyStats(1)];
  for (let value = 1; value <= 200; value += 1) {
    addValue(value % 2 === 0 ? one : two, value);
    addValue(all, value);
  }

  expect(mergeStats(1, [one, two])).toEqual(all);
});

test('foldIntoPeriods: a period without data is absent', () => {
  const series = new Series();
  series.record(60_000, 5);
  series.record(61_500, 7);
  series.record(181_000, 1);

  const folded = foldIntoPeriods(series.window(0, 300), 60);

  expect(folded.map(({ t, sum, count }) => ({ t, sum, count }))).toEqual([
    { t: 60, sum: 12, count: 2 },
    { t: 180, sum: 1, count: 1 },
  ]);
});

test('Series: the start of a window is included, its end is not', () => {
  const series = new Series();
  for (const t of [10, 11, 12]) series.record(t * 1000, 1);

  expect(series.window(10, 12).map(({ t }) => t)).toEqual([10, 11]);
});

test('Series: forgets what is older than it promises to keep', () => {
  const series = new Series();
  series.record(0, 1);
  series.record((RETENTION_SECONDS + 10) * 1000, 1);

  expect(series.window(0, 10 * RETENTION_SECONDS)).toHaveLength(1);
});

test('statistic: a dense zero is a sum of 0 and no sample', () => {
  const series = new Series();
  series.record(1_000, 0, 0);
  const [zero = emptyStats(0)] = series.window(0, 10);

  expect(['Sum', 'SampleCount', 'Average', 'Maximum', 'p99'].map((stat) => statistic(zero, stat))).toEqual([
    0,
    0,
    undefined,
    undefined,
    undefined,
  ]);
});
