import { judge } from '../../src/analysis/judge';
import { addRatio, EMPTY_RATIOS, startRatioTest, takeRatios } from '../../src/analysis/ratio-test';
import { seededRandom } from '../../src/analysis/random';
import type { EvidenceWindow } from '../../src/domain/evidence';
import type { JudgePolicy, JudgeState } from '../../src/domain/judge-state';
import type { EpochMs } from '../../src/domain/quantity';
import type { GuardrailName, GuardrailResult, Verdict } from '../../src/domain/verdict';
import { targetWeight } from '../../src/domain/weights';
import { FRESH, lookAt, POLICY, SHADOW_POLICY, windowAt, windows } from './support';

/* What looks like evidence and is none: each of these once passed, or rolled back, for nothing. */

function resultOf({ results }: Verdict, guardrail: GuardrailName): GuardrailResult | undefined {
  return results.find((result) => result.guardrail === guardrail);
}

function inOneGo(seen: readonly EvidenceWindow[], policy: JudgePolicy): { state: JudgeState; verdict: Verdict } {
  return judge(FRESH, lookAt(seen, seen.length), policy);
}

describe("the source's own noise", () => {
  const policy = { ...SHADOW_POLICY, isNoiseKnown: true };
  const pairs = (compared: number, mismatched: number, noise: object): EvidenceWindow =>
    windowAt(0, { shadow: { compared, mismatched, ...noise } });

  test('pairs wait until the source was compared with itself', () => {
    const { state } = inOneGo([pairs(20, 1, { noiseCompared: 0, noiseMismatched: 0 })], policy);
    expect(state.tests.equivalence.worse.windows).toBe(0);
    expect(state.tests.pairs).toMatchObject({ compared: 20, mismatched: 1 });
  });

  test('a target as noisy as its source is not rolled back, however seldom the source is asked twice', () => {
    const random = seededRandom(7);
    const draw = (count: number): number => Array.from({ length: count }, () => random() < 0.05).filter(Boolean).length;
    const seen = Array.from({ length: 3_000 }, (_, second) => {
      const noiseCompared = draw(10) > 0 ? 1 : 0;
      const shadow = { compared: 10, mismatched: draw(10), noiseCompared, noiseMismatched: draw(noiseCompared) };
      return windowAt(second, { shadow });
    });
    expect(resultOf(inOneGo(seen, policy).verdict, 'equivalence')?.kind).not.toBe('fail');
  });
});

describe('a segment', () => {
  const segmented = (percent: number): JudgePolicy => ({
    ...POLICY,
    wanted: targetWeight(percent),
    segments: ['b'],
    guardrails: { ...POLICY.guardrails, segments: ['b'] },
  });
  const bad = { requestCount: 100, errorCount: 5, quantilesMs: {} };
  const none = { requestCount: 0, errorCount: 0, quantilesMs: {} };

  test.each([
    ['with no traffic on the source', 100, none],
    ['that fails on the source as well', 90, { ...bad, requestCount: 11, errorCount: 1 }],
  ])('%s is not rolled back for what it may do there too', (_name, percent, source) => {
    const seen = windows(200, percent === 100 ? { source: { requestCount: 0 } } : {}).map((window, index) => ({
      ...window,
      // Of a rare segment the source sees nobody in most windows.
      segments: { b: { source: index % 10 === 0 ? source : none, target: bad } },
    }));
    expect(resultOf(inOneGo(seen, segmented(percent)).verdict, 'segments')).toMatchObject({ kind: 'pass' });
  });

  test('with a count that is none makes blind', () => {
    const window = { ...windowAt(0), segments: { b: { source: none, target: { ...bad, errorCount: -1 } } } };
    expect(inOneGo([window], segmented(50)).verdict).toMatchObject({
      kind: 'blind',
      reason: expect.stringContaining('the target of b at'),
    });
  });
});

describe('blocks of windows', () => {
  test('half of the windows above what matters is no proof of their absence', () => {
    const limits = { ratioMax: 1.1, ratioDetect: 1.5 };
    const half = addRatio(addRatio(EMPTY_RATIOS, 1, limits), 1.6, limits);
    let test = startRatioTest();
    for (let look = 0; look < 50; look += 1) test = takeRatios(test, half);
    expect(Math.max(...test.better.logStakes)).toBeLessThan(0);
  });

  test('the ratio that matters itself is above it', () => {
    expect(addRatio(EMPTY_RATIOS, 1.5, { ratioMax: 1.1, ratioDetect: 1.5 })).toMatchObject({ verySlowCount: 1 });
  });

  test('windows with too few requests for their percentile are not compared with the baseline', () => {
    const policy = { ...POLICY, wanted: targetWeight(100) };
    const few = windows(60, { source: { requestCount: 0 }, target: { requestCount: 49, quantilesMs: { p99: 20 } } });
    expect(resultOf(inOneGo(few, policy).verdict, 'latency')).toMatchObject({
      kind: 'insufficient',
      values: { lookCount: 0 },
    });
  });
});

test('latency: a percentile that most windows do not tell proves nothing', () => {
  const told = windows(200).map((window, index) =>
    index % 4 === 0 ? window : { ...window, target: { ...window.target, quantilesMs: {} } },
  );
  expect(resultOf(inOneGo(told, POLICY).verdict, 'latency')).toMatchObject({
    kind: 'insufficient',
    reason: 'P99 is known in 25.00 % of the windows with enough requests, 95.00 % are needed',
  });
});

test('own metrics: with no source, what a stand-in measured is not compared with the baseline', () => {
  const metrics = [{ query: 'gpu', better: 'lower', ratioMax: 1.1, ratioDetect: 1.5 }] as const;
  const policy = {
    ...POLICY,
    wanted: targetWeight(100),
    baselineMetrics: { gpu: 40 },
    guardrails: { ...POLICY.guardrails, metrics },
  };
  const seen = windows(60, { source: { requestCount: 0 }, target: { metrics: { gpu: 80 } } });
  const stoodIn = seen.map((window) => ({ ...window, standIn: 'prometheus' as const }));
  expect(resultOf(inOneGo(stoodIn, policy).verdict, 'metric')).toMatchObject({ values: { lookCount: 0 } });
});

describe('coverage', () => {
  test('time that was blind and idle is expected of nobody, and counts for nobody', () => {
    const first = judge(FRESH, lookAt(windows(60, { shadow: {} }), 60), SHADOW_POLICY);
    const blind = judge(
      first.state,
      { ...lookAt([], 60), evidence: { complete: false, cause: 'silence' }, nowMs: 100_000 as EpochMs },
      SHADOW_POLICY,
    );
    const { state } = judge(blind.state, lookAt([], 200), SHADOW_POLICY);
    expect(state.windowsWithData).toBeLessThanOrEqual(state.windowsExpected);
  });
});

describe('shadow traffic', () => {
  test.each([
    ['most pairs were not compared', { mirrored: 500, compared: 249 }, /^of 30000 pairs only 14940 were compared/],
    [
      'copies were dropped',
      { received: 1_000, mirrored: 470, compared: 470, dropped: 30, skipped: 500 },
      /^of 30000 copies 1800 were dropped, at most 5.00 % may be/,
    ],
  ])('%s: it does not pass', (_name, shadow, reason) => {
    const { verdict } = inOneGo(windows(60, { shadow }), SHADOW_POLICY);
    expect(resultOf(verdict, 'shadowAccount')).toMatchObject({
      kind: 'insufficient',
      reason: expect.stringMatching(reason),
    });
  });
});

test('own metrics: a value that no guardrail names may be anything', () => {
  expect(inOneGo(windows(1, { target: { metrics: { logProbability: -0.3 } } }), POLICY).verdict.kind).not.toBe('blind');
});
