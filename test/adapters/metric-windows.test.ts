import { alignRange } from '../../src/adapters/metric-series';
import type { SideSeries } from '../../src/adapters/metric-series';
import { toWindows } from '../../src/adapters/metric-windows';
import { at, MINUTE, range, series, T0 } from './minutes';

const side = (more: Partial<SideSeries>): SideSeries => ({
  requests: series(),
  errors: series(),
  latency: { p99: series() },
  ...more,
});

test('alignRange: only windows that lie whole inside', () => {
  expect(alignRange(T0 + 1, T0 + 3 * MINUTE - 1, 60)).toEqual({
    fromMs: T0 + MINUTE,
    toMs: T0 + 2 * MINUTE,
    periodMs: MINUTE,
  });
});

test('toWindows: missing error counts are zero beside a request count, and latency is milliseconds', () => {
  const source = side({ requests: series([0, 100]), latency: { p99: series([0, 0.25]) } });
  expect(toWindows(source, undefined, range)).toEqual([
    {
      startMs: at(0),
      endMs: at(1),
      source: { requestCount: 100, errorCount: 0, quantilesMs: { p99: 250 } },
      target: { requestCount: 0, errorCount: 0, quantilesMs: {} },
    },
  ]);
});

test('toWindows: errors without a request count are a contradiction, not zero requests', () => {
  const source = side({ requests: series([1, 5]), errors: series([0, 3]) });
  expect(() => toWindows(source, undefined, range)).toThrow(expect.objectContaining({ code: 'MetricsUnavailable' }));
});

test('toWindows: a window without requests on either side is left out, one with any is not', () => {
  const source = side({ requests: series([0, 0], [1, 0]) });
  const target = side({ requests: series([0, 0], [1, 1]) });
  expect(toWindows(source, target, range).map((window) => window.startMs)).toEqual([at(1)]);
});

test('toWindows: the spec’s own metrics stand in every window that has a value, also beside no requests', () => {
  const source = side({ requests: series([0, 5], [1, 5]), own: { gpu: series([0, 60]) } });
  const target = side({ own: { gpu: series([1, 40], [2, 41]) } });
  expect(toWindows(source, target, range).map((window) => [window.source.metrics, window.target.metrics])).toEqual([
    [{ gpu: 60 }, undefined],
    [undefined, { gpu: 40 }],
  ]);
});

describe('toWindows with segments', () => {
  const source = side({
    requests: series([0, 30], [1, 20]),
    segments: new Map([
      ['large', side({ requests: series([0, 10]), errors: series([0, 2]), latency: { p99: series([0, 0.5]) } })],
      ['small', side({ requests: series([0, 20], [1, 20]) })],
    ]),
  });
  const target = side({ requests: series([0, 4]), segments: new Map([['new', side({ requests: series([0, 4]) })]]) });
  const EMPTY = { requestCount: 0, errorCount: 0, quantilesMs: {} };

  test('toWindows: a segment has both sides, an empty one where it has no requests', () => {
    expect(toWindows(source, target, range)[0]?.segments).toEqual({
      large: { source: { requestCount: 10, errorCount: 2, quantilesMs: { p99: 500 } }, target: EMPTY },
      small: { source: { requestCount: 20, errorCount: 0, quantilesMs: {} }, target: EMPTY },
      new: { source: EMPTY, target: { requestCount: 4, errorCount: 0, quantilesMs: {} } },
    });
  });

  test('toWindows: a segment without requests in a window is not in it', () => {
    expect(Object.keys(toWindows(source, target, range)[1]?.segments ?? {})).toEqual(['small']);
  });

  test('toWindows: a label that JavaScript gives a meaning is a label', () => {
    const odd = { ...source, segments: new Map([['__proto__', side({ requests: series([0, 30]) })]]) };
    expect(Object.entries(toWindows(odd, undefined, range)[0]?.segments ?? {})).toEqual([
      ['__proto__', expect.objectContaining({ target: EMPTY })],
    ]);
  });
});
