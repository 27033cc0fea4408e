import type { EvidenceWindow } from '../../src/domain/evidence';
import { readTapConfig } from '../../src/tap/config';
import { WindowBook } from '../../src/tap/windows';

const START_MS = 1_700_000_000_000;
const HOUR_MS = 3_600_000;

function bookWithClock(): { book: WindowBook; clock: { nowMs: number } } {
  const clock = { nowMs: START_MS };
  return { book: new WindowBook(() => clock.nowMs), clock };
}

const shownOf = (book: WindowBook): EvidenceWindow[] =>
  book.read(0, Infinity).map((json) => JSON.parse(json) as EvidenceWindow);

test('WindowBook: a request is booked where it was received, however late it settles', () => {
  const { book, clock } = bookWithClock();
  const early = book.receive();
  clock.nowMs += 1_500;
  book.receive().settle({ kind: 'skipped' });
  clock.nowMs += 3_000;
  early.settle({ kind: 'dropped' });
  expect(shownOf(book)).toMatchObject([
    { startMs: START_MS, shadow: { received: 1, dropped: 1 } },
    { startMs: START_MS + 1_000, shadow: { received: 1, skipped: 1 } },
  ]);
});

test('WindowBook: what was shown once never changes', () => {
  const { book, clock } = bookWithClock();
  book.receive().settle({ kind: 'skipped' });
  clock.nowMs += 1_000;
  const shown = shownOf(book);
  clock.nowMs -= 500;
  book.receive().settle({ kind: 'skipped' });
  clock.nowMs += 5_000;
  expect(shownOf(book)[0]).toEqual(shown[0]);
  expect(shownOf(book)).toMatchObject([{ startMs: START_MS }, { startMs: START_MS + 1_000, shadow: { received: 1 } }]);
});

test('WindowBook: a request cannot be booked twice', () => {
  const ticket = bookWithClock().book.receive();
  ticket.settle({ kind: 'skipped' });
  expect(() => ticket.settle({ kind: 'dropped' })).toThrow('booked twice');
});

test('WindowBook: at least two hours are kept, and not much more', () => {
  const { book, clock } = bookWithClock();
  for (let minute = 0; minute < 6 * 60; minute += 1) {
    book.receive().settle({ kind: 'skipped' });
    clock.nowMs += 60_000;
  }
  const windows = shownOf(book);
  const oldestMs = windows[0]?.startMs ?? 0;
  expect(clock.nowMs - oldestMs).toBeGreaterThanOrEqual(2 * HOUR_MS);
  expect(windows.length).toBeLessThanOrEqual(180);
  expect(book.keptFromMs()).toBeGreaterThan(START_MS);
});

test('WindowBook: the 99th percentile is the nearest rank of the answers that came', () => {
  const { book, clock } = bookWithClock();
  for (let count = 1; count <= 200; count += 1) {
    const sides = { source: { failed: false, latencyMs: count }, target: { failed: true } };
    book.receive().settle({ kind: 'timedOut', sides, verdict: 'not_compared' });
  }
  clock.nowMs += 1_000;
  expect(shownOf(book)).toMatchObject([
    {
      source: { requestCount: 200, errorCount: 0, quantilesMs: {}, latencies: expect.any(Array) },
      target: { requestCount: 200, errorCount: 200, quantilesMs: {}, latencies: [] },
    },
  ]);
});

const ENV = {
  CROSSFADE_TAP_LISTEN: '0.0.0.0:8080',
  CROSSFADE_TAP_CONTROL: '[::1]:9091',
  CROSSFADE_TAP_SOURCE: 'http://127.0.0.1:8081',
  CROSSFADE_TAP_TOKEN: 'token',
};

test('readTapConfig: addresses, source and token come from the environment', () => {
  expect(readTapConfig(ENV)).toEqual({
    listen: { host: '0.0.0.0', port: 8080 },
    control: { host: '::1', port: 9091 },
    source: new URL('http://127.0.0.1:8081'),
    token: 'token',
    metricsAccess: 'token',
    copyTimeoutMs: 10_000,
  });
});

test('readTapConfig: metrics can be open, and copies can have longer', () => {
  const env = { ...ENV, CROSSFADE_TAP_METRICS: 'open', CROSSFADE_TAP_COPY_TIMEOUT_SECONDS: '25' };
  expect(readTapConfig(env)).toMatchObject({ metricsAccess: 'open', copyTimeoutMs: 25_000 });
});

test.each([
  ['CROSSFADE_TAP_TOKEN', ''],
  ['CROSSFADE_TAP_TOKEN', '   '],
  ['CROSSFADE_TAP_LISTEN', '8080'],
  ['CROSSFADE_TAP_CONTROL', 'localhost:99999'],
  ['CROSSFADE_TAP_SOURCE', 'ftp://127.0.0.1'],
  ['CROSSFADE_TAP_SOURCE', 'http://127.0.0.1/?a=1'],
  ['CROSSFADE_TAP_METRICS', 'yes'],
  ['CROSSFADE_TAP_COPY_TIMEOUT_SECONDS', '26'],
  ['CROSSFADE_TAP_COPY_TIMEOUT_SECONDS', '0'],
  ['CROSSFADE_TAP_COPY_TIMEOUT_SECONDS', 'ten'],
])('readTapConfig: %s=%p is refused by name', (name, value) => {
  expect(() => readTapConfig({ ...ENV, [name]: value })).toThrow(
    expect.objectContaining({ code: 'ConfigInvalid', message: expect.stringContaining(name) }),
  );
});
