import { mergeWindows } from '../../src/analysis/merge-windows';
import { histogramOf } from '../../src/analysis/histogram';
import { windowAt } from './support';

const seen = (index: number, latencyMs: number): ReturnType<typeof windowAt> => {
  const side = { requestCount: 1, errorCount: index % 2, quantilesMs: {}, latencies: histogramOf([latencyMs]) };
  return {
    ...windowAt(index, { shadow: {} }),
    source: side,
    target: side,
    segments: { [`s${index % 2}`]: { source: side, target: side } },
  };
};

test('mergeWindows: seconds become minutes, and every count is kept', () => {
  const merged = mergeWindows(
    Array.from({ length: 90 }, (_, index) => seen(index, 1 + index)),
    60_000,
  );

  expect(merged.map(({ startMs, endMs }) => [startMs, endMs])).toEqual([
    [0, 60_000],
    [60_000, 90_000],
  ]);
  expect(merged[0]).toMatchObject({
    source: {
      requestCount: 60,
      errorCount: 30,
      latencies: histogramOf(Array.from({ length: 60 }, (_, index) => 1 + index)),
    },
    shadow: { received: 60_000 },
    segments: {
      s0: { target: { requestCount: 30, errorCount: 0 } },
      s1: { target: { requestCount: 30, errorCount: 30 } },
    },
  });
});

test('mergeWindows: percentiles do not add up, so windows that have nothing else stay', () => {
  const windows = [windowAt(0), windowAt(1)];
  expect(mergeWindows(windows, 60_000)).toEqual(windows);
});

test('mergeWindows: nothing becomes nothing', () => {
  expect(mergeWindows([], 60_000)).toEqual([]);
});
