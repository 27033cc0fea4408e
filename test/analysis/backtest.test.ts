import { backtest } from '../../src/analysis/backtest';
import type { Backtest } from '../../src/analysis/backtest';
import { histogramOf } from '../../src/analysis/histogram';
import { seededRandom } from '../../src/analysis/random';
import { planMigration } from '../../src/domain/plan';
import type { EvidenceWindow, SideWindow } from '../../src/domain/evidence';
import { EMPTY_SIDE } from '../../src/domain/evidence';
import type { EpochMs, Milliseconds } from '../../src/domain/quantity';
import type { MigrationSpec } from '../../src/domain/spec';
import { parseSpec, readSpecFile } from '../../src/spec';
import { MINIMAL } from '../cli/support';

const SPEC = parseSpec(readSpecFile(MINIMAL));
/** Steps of two hours. */
const QUICK: MigrationSpec = { ...SPEC, cutover: { ...SPEC.cutover, stabilizationMs: 7_200_000 as Milliseconds } };

/** Two hours of a source at 30 requests a second. */
function past(describe: (index: number, random: () => number) => Partial<SideWindow>): EvidenceWindow[] {
  const random = seededRandom(3);
  return Array.from({ length: 120 }, (_, index) => ({
    startMs: (index * 60_000) as EpochMs,
    endMs: ((index + 1) * 60_000) as EpochMs,
    source: {
      requestCount: 1_800,
      errorCount: 9,
      quantilesMs: { p99: 200 + 20 * random() },
      ...describe(index, random),
    },
    target: EMPTY_SIDE,
  }));
}

const play = (windows: EvidenceWindow[], spec = QUICK): Backtest =>
  backtest(windows, spec, planMigration(spec), 10, (run) => seededRandom(run + 1));

test('backtest: a usual source is never rolled back for being itself', () => {
  expect(play(past(() => ({})))).toMatchObject({ runs: 10, windows: 120, rolledBack: 0, byGuardrail: {} });
});

test('backtest: bursts of errors that everybody suffers roll nothing back', () => {
  expect(play(past((index) => ({ errorCount: index % 40 < 5 ? 90 : 2 }))).rolledBack).toBe(0);
});

test('backtest: a limit below what the source itself does is told, step by step and by guardrail', () => {
  const strict: MigrationSpec = {
    ...QUICK,
    guardrails: { ...QUICK.guardrails, latency: [{ quantile: 'p99', ratioMax: 0.8, ratioDetect: 1.25 }] },
  };
  const result = play(
    past(() => ({})),
    strict,
  );

  expect(result.rolledBack).toBe(10);
  expect(result.byGuardrail).toEqual({ latency: 10 });
  expect(result.steps.reduce((sum, step) => sum + step.rolledBack, 0)).toBe(10);
});

test('backtest: steps that could not have passed are told with a reason', () => {
  const [first] = play(past(() => ({ requestCount: 3, errorCount: 0 }))).steps;
  expect(first).toMatchObject({
    targetPercent: 10,
    insufficient: 10,
    reason: expect.stringMatching(/requests, 1000 are needed/),
  });
});

test('backtest: where the requests are known they are divided, both parts from the same minute', () => {
  const latencies = (index: number, random: () => number) => ({
    latencies: histogramOf(Array.from({ length: 1_800 }, () => (index % 2 === 0 ? 50 : 500) * (1 + random()))),
  });
  expect(play(past(latencies)).rolledBack).toBe(0);
});

test('backtest: the same seed says the same twice', () => {
  const windows = past(() => ({}));
  expect(play(windows)).toEqual(play(windows));
});
