import { baselineByHour, median } from '../../src/adapters/baseline-hours';
import type { SeenWindow } from '../../src/adapters/baseline-hours';

const MINUTE_MS = 60_000;
const MONDAY_MS = Date.parse('2026-11-16T00:00:00Z');

const window = (minute: number, p99: number, errorCount = 0, requestCount = 100): SeenWindow => ({
  startMs: MONDAY_MS + minute * MINUTE_MS,
  side: { requestCount, errorCount, quantilesMs: { p99 } },
});
const minutes = (count: number, each: (minute: number) => SeenWindow): SeenWindow[] =>
  Array.from({ length: count }, (_, minute) => each(minute));

test('baseline by hour: each hour has its own rate and its own median', () => {
  const windows = minutes(120, (minute) => (minute < 60 ? window(minute, 10 + minute, 1) : window(minute, 200)));
  expect(baselineByHour(windows, MINUTE_MS, ['p99'])).toEqual({
    0: { errorRate: 0.01, quantilesMs: { p99: 39.5 } },
    1: { errorRate: 0, quantilesMs: { p99: 200 } },
  });
});

test("baseline by hour: the spec's own metrics have their averages", () => {
  const windows = minutes(60, (minute) => {
    const { startMs, side } = window(minute, 10);
    return { startMs, side: { ...side, metrics: { gpu: minute < 30 ? 20 : 40 } } };
  });
  expect(baselineByHour(windows, MINUTE_MS, [])).toEqual({
    0: { errorRate: 0, quantilesMs: {}, metrics: { gpu: 30 } },
  });
});

test.each([
  [30, ['0']],
  [29, []],
])('baseline by hour: %d of 60 minutes with data', (count, hours) => {
  expect(
    Object.keys(
      baselineByHour(
        minutes(count, (minute) => window(minute, 10)),
        MINUTE_MS,
        ['p99'],
      ),
    ),
  ).toEqual(hours);
});

test('baseline by hour: windows in which nobody asked anything do not stand for an hour', () => {
  expect(
    baselineByHour(
      minutes(60, (minute) => window(minute, 10, 0, 0)),
      MINUTE_MS,
      ['p99'],
    ),
  ).toEqual({});
});

test('baseline by hour: the same hour of two weeks is one', () => {
  const week = 7 * 24 * 60;
  const windows = [
    ...minutes(60, (minute) => window(minute, 10)),
    ...minutes(60, (minute) => window(week + minute, 30)),
  ];
  expect(baselineByHour(windows, MINUTE_MS, ['p99'])).toEqual({ 0: { errorRate: 0, quantilesMs: { p99: 20 } } });
});

test('baseline by hour: a quantile that no window has is left out', () => {
  expect(
    baselineByHour(
      minutes(60, (minute) => window(minute, 10)),
      MINUTE_MS,
      ['p50'],
    ),
  ).toEqual({
    0: { errorRate: 0, quantilesMs: {} },
  });
});

test.each([
  [[], undefined],
  [[3], 3],
  [[5, 1], 3],
  [[9, 1, 2], 2],
])('median: of %j', (values, expected) => {
  expect(median(values)).toBe(expected);
});
