import type { EvidenceWindow } from '../../src/domain/evidence';
import { EMPTY_SIDE } from '../../src/domain/evidence';
import type { EpochMs } from '../../src/domain/quantity';
import { MINIMAL, Terminal } from './support';

const TIMES = ['--from', '2026-01-01T00:00:00Z', '--to', '2026-01-08T00:00:00Z'];
const WINDOWS = Array.from({ length: 60 }, (_, index): EvidenceWindow => ({
  startMs: (index * 60_000) as EpochMs,
  endMs: ((index + 1) * 60_000) as EpochMs,
  source: { requestCount: 600, errorCount: 1, quantilesMs: { p99: 100 } },
  target: EMPTY_SIDE,
}));

let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
  terminal.source = { complete: true, windows: WINDOWS };
});

test('backtest: says how many cutovers of the source to itself would have been rolled back, and of which step', async () => {
  const { code, out } = await terminal.run(['backtest', MINIMAL, ...TIMES, '--runs', '1']);
  expect(out).toMatch(
    /^ranker: 1 cutovers of the source to itself, over 60 windows\nrolled back {6}0 of 1, every one falsely; asked for: at most 1 % of migrations\n {2}10 % +rolled back 0, not passed in time 0/,
  );
  expect(code).toBe(0);
});

test('backtest --json: the figures', async () => {
  const { out } = await terminal.run(['backtest', MINIMAL, ...TIMES, '--runs', '1', '--json']);
  expect(JSON.parse(out)).toMatchObject({
    runs: 1,
    windows: 60,
    rolledBack: 0,
    steps: [{ targetPercent: 10 }, {}, {}, {}],
  });
});

test('backtest: metrics that are not complete are no backtest', async () => {
  terminal.source = { complete: false, cause: 'GetMetricData: throttled' };
  expect(await terminal.run(['backtest', MINIMAL, ...TIMES])).toMatchObject({
    code: 1,
    err: expect.stringMatching(/the metrics are not complete: GetMetricData: throttled/),
  });
});

test('backtest: a source without requests in that time is no backtest', async () => {
  terminal.source = { complete: true, windows: [] };
  expect(await terminal.run(['backtest', MINIMAL, ...TIMES])).toMatchObject({
    code: 1,
    err: expect.stringMatching(/the source has 0 windows with requests/),
  });
});

test.each([
  ['a time that is none', ['--from', 'monday', '--to', '2026-01-08'], /--from monday: must be a time/],
  ['times in the wrong order', ['--from', '2026-01-08', '--to', '2026-01-01'], /--to must be after --from/],
  ['no runs', [...TIMES, '--runs', '0'], /--runs 0: must be a whole number from 1 to 1000/],
])('backtest: %s is bad usage, exit 64', async (_fact, options, words) => {
  expect(await terminal.run(['backtest', MINIMAL, ...options])).toMatchObject({
    code: 64,
    err: expect.stringMatching(words),
  });
});
