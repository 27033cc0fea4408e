import type { SyncHistory, SyncRun } from '../../src/domain/data-forecast';
import { forecastFreeze, joinForecasts, keepRuns } from '../../src/domain/data-forecast';

const [S, MIN, H] = [1_000, 60_000, 3_600_000];
const MB = 1e6;

function run(startedAtMs: number, copiedBytes: number, durationMs: number): SyncRun {
  return { startedAtMs, durationMs, copiedBytes, copiedCount: 1, deletedCount: 0, unchangedCount: 9 };
}

/** 100 GB copied at 25 MB/s, then increments an hour apart; each lists for 10 s. */
function history(changeBytesPerSecond: number, verifyMs: number | null = MIN): SyncHistory {
  const first = run(0, 100e9, 4_000 * S);
  const increments = [1, 2, 3].map((n) => {
    const bytes = n === 1 ? changeBytesPerSecond * 4_000 : changeBytesPerSecond * 3_600;
    return run(400 * S + n * H, bytes, 10 * S + (bytes / (25 * MB)) * S);
  });
  return { runs: [first, ...increments], verifyMs };
}

const NOW = 400 * S + 3 * H;

test('forecastFreeze: listing, what changed since the newest run began, and verification', () => {
  const forecast = forecastFreeze(history(MB), NOW + 50 * MIN, 15 * MIN);
  // 10 s of listing + 3,000 s at 1 of 25 MB/s + 60 s.
  expect(forecast).toMatchObject({ kind: 'ready', copyRate: 25 * MB });
  expect(forecast.freezeMs).toBe(190 * S);
  expect(forecast.text).toBe('the final freeze would take 3m 10s now (1 MB change a second)');
});

test.each<[string, number, string]>([
  ['the limit itself', 190 * S, 'ready'],
  ['a millisecond less: another run brings it down', 190 * S - 1, 'run_again'],
  ['less than listing and verification take', 70 * S, 'too_long'],
])('forecastFreeze: freezeMax is %s', (_name, freezeMaxMs, kind) => {
  expect(forecastFreeze(history(MB), NOW + 50 * MIN, freezeMaxMs).kind).toBe(kind);
});

test.each<[string, number, string]>([
  ['just below', 24.9 * MB, 'too_long'],
  ['as fast', 25 * MB, 'diverges'],
  ['faster', 40 * MB, 'diverges'],
])('forecastFreeze: changes %s against copies of 25 MB/s', (_name, rate, kind) => {
  expect(forecastFreeze(history(rate), NOW + H, 2 * MIN).kind).toBe(kind);
});

test('forecastFreeze: what does not converge says both rates', () => {
  expect(forecastFreeze(history(40 * MB), NOW, MIN).text).toBe('does not converge: changes 40 MB/s, copies 25 MB/s');
});

test('forecastFreeze: a source that stands still needs its listing and its verification alone', () => {
  const forecast = forecastFreeze(history(0), NOW + 100 * H, 70 * S);
  expect(forecast).toMatchObject({ kind: 'ready', freezeMs: 70 * S });
});

test('forecastFreeze: a burst in the newest run counts in full', () => {
  const { runs, verifyMs } = history(0);
  const burst = run(NOW + H, 30 * MB * 3_600, 4_330 * S);
  expect(forecastFreeze({ runs: [...runs, burst], verifyMs }, NOW + H, MIN).kind).toBe('diverges');
});

test.each<[string, SyncHistory]>([
  ['no run', { runs: [], verifyMs: MIN }],
  ['the first copy alone', { runs: history(MB).runs.slice(0, 1), verifyMs: MIN }],
  ['nothing verified', history(MB, null)],
])('forecastFreeze: %s gives no forecast, and no pass', (_name, given) => {
  expect(forecastFreeze(given, NOW, 366 * 24 * H)).toMatchObject({ kind: 'unknown', freezeMs: null });
});

test('forecastFreeze: nothing was ever copied and nothing changes: only time is needed', () => {
  const runs = [run(0, 0, 10 * S), run(H, 0, 10 * S)];
  expect(forecastFreeze({ runs, verifyMs: MIN }, 2 * H, 2 * MIN)).toMatchObject({ kind: 'ready', freezeMs: 70 * S });
});

test('keepRuns: the first run, and as many of the newest as change nothing in the forecast', () => {
  const many = Array.from({ length: 40 }, (_, n) => run(n * H, n === 0 ? 100e9 : MB * 3_600, 10 * S));
  const kept = keepRuns(many);
  expect(kept.length).toBeLessThan(8);
  expect(kept[0]).toBe(many[0]);
  const [whole, short] = [many, kept].map((runs) => forecastFreeze({ runs, verifyMs: MIN }, 40 * H, MIN));
  expect(short).toEqual(whole);
});

test('joinForecasts: times add up, and the worst kind counts', () => {
  const [calm, wild] = [history(MB), history(40 * MB)].map((given) => forecastFreeze(given, NOW, 5 * MIN));
  const both = (limitMs: number): unknown =>
    joinForecasts(
      [
        { name: 'a', forecast: calm! },
        { name: 'b', forecast: calm! },
      ],
      limitMs,
    ).kind;
  expect([both(2 * 70 * S), both(2 * 70 * S - 1)]).toEqual(['ready', 'too_long']);
  expect(
    joinForecasts(
      [
        { name: 'a', forecast: calm! },
        { name: 'b', forecast: wild! },
      ],
      5 * MIN,
    ),
  ).toMatchObject({
    kind: 'diverges',
    text: expect.stringContaining('b: does not converge'),
  });
});
