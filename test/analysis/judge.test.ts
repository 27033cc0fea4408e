import { judge, RECENT_WINDOWS_MAX } from '../../src/analysis/judge';
import type { Look } from '../../src/analysis/judge';
import type { JudgePolicy } from '../../src/domain/judge-state';
import type { EpochMs } from '../../src/domain/quantity';
import type { GuardrailName, GuardrailResult, VerdictKind } from '../../src/domain/verdict';
import { targetWeight } from '../../src/domain/weights';
import type { Described } from './support';
import { FRESH, lookAt, POLICY, SHADOW_POLICY, windowAt, windows } from './support';

function resultOf(results: readonly GuardrailResult[], guardrail: GuardrailName): GuardrailResult | undefined {
  return results.find((result) => result.guardrail === guardrail);
}

function judged(described: Described, policy: JudgePolicy = POLICY, count = 10): ReturnType<typeof judge>['verdict'] {
  return judge(FRESH, lookAt(windows(count, described), count), policy).verdict;
}

describe('judge', () => {
  test('judge: good evidence on every guardrail passes, and says of how many', () => {
    const verdict = judged({});
    expect(verdict).toMatchObject({ kind: 'pass', evaluatedCount: 5, guardrailCount: 5 });
  });

  test.each<[string, Described, GuardrailName, VerdictKind]>([
    [
      'an error rate on the limit',
      { target: { requestCount: 100, errorCount: 1 }, source: { requestCount: 100 } },
      'errorRate',
      'pass',
    ],
    [
      'an error rate past the limit',
      { target: { requestCount: 100, errorCount: 2 }, source: { requestCount: 100 } },
      'errorRate',
      'fail',
    ],
    ['a P99 on the limit', { target: { latencyP99Ms: 22 } }, 'latencyP99Ratio', 'pass'],
    ['a P99 past the limit', { target: { latencyP99Ms: 22.1 } }, 'latencyP99Ratio', 'fail'],
    ['no latency on the target', { target: { latencyP99Ms: null } }, 'latencyP99Ratio', 'insufficient'],
    ['no latency on the source', { source: { latencyP99Ms: null } }, 'latencyP99Ratio', 'insufficient'],
    ['a source whose P99 is 0', { source: { latencyP99Ms: 0 } }, 'latencyP99Ratio', 'insufficient'],
    ['a latency that is not a number', { target: { latencyP99Ms: Number.NaN } }, 'latencyP99Ratio', 'insufficient'],
    ['a split as wanted', {}, 'trafficSplit', 'pass'],
    ['a target that gets nothing', { target: { requestCount: 0, latencyP99Ms: null } }, 'trafficSplit', 'fail'],
    ['a target that gets everything', { source: { requestCount: 0, latencyP99Ms: null } }, 'trafficSplit', 'fail'],
  ])('judge: %s', (_name, described, guardrail, kind) => {
    expect(resultOf(judged(described).results, guardrail)?.kind).toBe(kind);
  });

  test.each<[string, number, VerdictKind]>([
    ['one request less than the sample', 99, 'insufficient'],
    ['exactly the sample', 100, 'pass'],
  ])('judge: %s on the target', (_name, requestCount, kind) => {
    const look = lookAt([windowAt(0, { target: { requestCount } })], 1);
    expect(resultOf(judge(FRESH, look, POLICY).verdict.results, 'errorRate')?.kind).toBe(kind);
  });

  test('judge: errors of the last windows fail a step that was good for long', () => {
    const good = windows(60, { target: { requestCount: 1_000 }, source: { requestCount: 1_000 } });
    const bad = Array.from({ length: 10 }, (_, index) =>
      windowAt(60 + index, { target: { requestCount: 20, errorCount: 10 }, source: { requestCount: 20 } }),
    );
    const { verdict } = judge(FRESH, lookAt([...good, ...bad], 70), POLICY);
    expect(verdict).toMatchObject({ kind: 'fail', reason: expect.stringContaining('50.00 %') });
  });

  test('judge: one slow window among many moves nothing', () => {
    const seen = windows(9).concat(windowAt(9, { target: { latencyP99Ms: 5_000 } }));
    expect(judge(FRESH, lookAt(seen, 10), POLICY).verdict.kind).toBe('pass');
  });

  test('judge: with no traffic on the source the baseline is the control, and the verdict says so', () => {
    const policy = { ...POLICY, wanted: targetWeight(100) };
    const described = { source: { requestCount: 0, latencyP99Ms: null }, target: { latencyP99Ms: 40 } };
    const result = resultOf(judged(described, policy).results, 'latencyP99Ratio');
    expect(result).toMatchObject({ kind: 'fail', reason: expect.stringContaining('weaker evidence') });
  });

  test('judge: with neither source nor baseline latency is not judged', () => {
    const policy = { ...POLICY, wanted: targetWeight(100), baselineP99Ms: null };
    const described = { source: { requestCount: 0, latencyP99Ms: null } };
    expect(judged(described, policy)).toMatchObject({ kind: 'insufficient' });
  });
});

describe('judge: silence', () => {
  const outage: Look = { ...lookAt([], 1), evidence: { complete: false, cause: 'GetMetricData: 500' } };

  test('judge: an incomplete answer is blind, with its cause', () => {
    const { verdict, state } = judge(FRESH, outage, POLICY);
    expect(verdict).toMatchObject({
      kind: 'blind',
      evaluatedCount: 0,
      reason: expect.stringContaining('GetMetricData: 500'),
    });
    expect(state).toMatchObject({ seenToMs: 0, blindSinceMs: 1_000 });
  });

  test('judge: blindness remembers when it began', () => {
    const first = judge(FRESH, outage, POLICY).state;
    const later = judge(first, { ...outage, nowMs: 9_000 as EpochMs }, POLICY).state;
    expect(later.blindSinceMs).toBe(1_000);
  });

  test('judge: a target known to be down fails even while metrics are silent', () => {
    const down = { ...outage, health: { healthyCount: 1, registeredCount: 2 } };
    expect(judge(FRESH, down, POLICY).verdict.kind).toBe('fail');
  });

  test('judge: health that cannot be read is blind', () => {
    const unreadable = { ...lookAt(windows(10), 10), health: { unreadable: 'throttled' } };
    const { verdict, state } = judge(FRESH, unreadable, POLICY);
    expect(verdict.kind).toBe('blind');
    expect(state.blindSinceMs).toBe(10_000);
  });

  test('judge: no windows at all are insufficient', () => {
    expect(judge(FRESH, lookAt([], 10), POLICY).verdict.kind).toBe('insufficient');
  });

  test.each<[string, number, VerdictKind]>([
    ['19 of 20 windows', 19, 'pass'],
    ['18 of 20 windows', 18, 'insufficient'],
  ])('judge: %s with data', (_name, count, kind) => {
    const { verdict } = judge(FRESH, lookAt(windows(count), 20), POLICY);
    expect(resultOf(verdict.results, 'coverage')?.kind).toBe(kind);
  });

  test('judge: what was read too late to act on was not watched', () => {
    const { state, verdict } = judge(FRESH, lookAt(windows(10), 10, 400), POLICY);
    expect(state).toMatchObject({ windowsExpected: 10, windowsWithData: 0, targetRequestCount: 500 });
    expect(verdict.kind).toBe('insufficient');
  });

  test('judge: what an observer before this one watched in time counts, however late it is read again', () => {
    const policy = { ...POLICY, watchedToMs: 6_000 };
    const { state } = judge(FRESH, lookAt(windows(10), 10, 400), policy);
    expect(state).toMatchObject({ windowsExpected: 10, windowsWithData: 6, targetRequestCount: 500 });
  });

  test('judge: windows that an outage swallowed are not expected afterwards', () => {
    const seen = judge(FRESH, lookAt(windows(10), 10), POLICY).state;
    const blind = judge(seen, { ...outage, nowMs: 11_000 as EpochMs }, POLICY).state;
    const back = judge(blind, lookAt([windowAt(29)], 30), POLICY).state;
    expect(back).toMatchObject({ windowsExpected: 11, windowsWithData: 11, windowsBlind: 19 });
    expect(back.blindSinceMs).toBeUndefined();
  });
});

describe('judge: state', () => {
  test('judge: judging in slices gives the same verdict as in one go', () => {
    const all = windows(30, { target: { errorCount: 0, latencyP99Ms: 21 } });
    const whole = judge(FRESH, lookAt(all, 30, 30), POLICY);
    const sliced = [10, 20, 30].reduce(
      (state, to) => judge(JSON.parse(JSON.stringify(state)), lookAt(all.slice(to - 10, to), to, 30), POLICY).state,
      FRESH,
    );
    expect(judge(sliced, lookAt([], 30, 30), POLICY)).toEqual({ state: whole.state, verdict: whole.verdict });
  });

  test('judge: a window that is told twice counts once', () => {
    const once = judge(FRESH, lookAt(windows(5), 5), POLICY).state;
    const twice = judge(once, lookAt(windows(6), 6), POLICY).state;
    expect(twice.targetRequestCount).toBe(300);
  });

  test('judge: what it remembers of a day is bounded', () => {
    const { state } = judge(FRESH, lookAt(windows(1_440), 1_440), POLICY);
    expect(state.recent).toHaveLength(RECENT_WINDOWS_MAX);
    expect(JSON.stringify(state).length).toBeLessThan(32_768);
  });
});

describe('judge: shadow', () => {
  test.each<[string, Described, GuardrailName, VerdictKind]>([
    ['mismatches on the limit', { shadow: { compared: 100, mismatched: 1 } }, 'equivalence', 'pass'],
    ['mismatches past the limit', { shadow: { compared: 100, mismatched: 2 } }, 'equivalence', 'fail'],
    ['too few compared pairs', { shadow: { compared: 9 } }, 'equivalence', 'insufficient'],
    ['every request accounted for', { shadow: {} }, 'shadowAccount', 'pass'],
    ['one request unaccounted for', { shadow: { skipped: 49 } }, 'shadowAccount', 'fail'],
    [
      'a tap that receives nothing',
      { shadow: { received: 0, mirrored: 0, skipped: 0, compared: 0 } },
      'shadowAccount',
      'insufficient',
    ],
  ])('judge: %s', (_name, described, guardrail, kind) => {
    expect(resultOf(judged(described, SHADOW_POLICY).results, guardrail)?.kind).toBe(kind);
  });

  test('judge: good shadow evidence passes', () => {
    expect(judged({ shadow: {} }, SHADOW_POLICY)).toMatchObject({ kind: 'pass', evaluatedCount: 6, guardrailCount: 6 });
  });
});
