import { judge } from '../../src/analysis/judge';
import type { Look } from '../../src/analysis/judge';
import type { JudgePolicy } from '../../src/domain/judge-state';
import type { EvidenceWindow, Sides, SideWindow } from '../../src/domain/evidence';
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

const side = (target: Partial<SideWindow>, source: Partial<SideWindow>): Described => ({ source, target });
const both = (each: Partial<SideWindow>): Described => ({ source: each, target: each });

describe('judge', () => {
  test('judge: good evidence on every guardrail passes, and says of how many', () => {
    expect(judged({})).toMatchObject({ kind: 'pass', evaluatedCount: 6, guardrailCount: 6 });
  });

  test.each<[string, Described, GuardrailName, VerdictKind]>([
    ['no errors on either side', {}, 'errorRate', 'pass'],
    ['errors as often as on the source', both({ errorCount: 5 }), 'errorRate', 'pass'],
    ['errors four times as often as on the source', side({ errorCount: 10 }, { errorCount: 2 }), 'errorRate', 'fail'],
    ['errors of a target whose source has none', { target: { errorCount: 5 } }, 'errorRate', 'fail'],
    ['errors above the SLA on the target alone', { target: { errorCount: 20 } }, 'errorSla', 'fail'],
    ['errors above the SLA on both sides', both({ errorCount: 20 }), 'errorSla', 'insufficient'],
    ['errors far below the SLA', {}, 'errorSla', 'pass'],
    ['a P99 as on the source', {}, 'latency', 'pass'],
    ['a P99 within the limit', { target: { quantilesMs: { p99: 21 } } }, 'latency', 'pass'],
    ['a P99 past the limit', { target: { quantilesMs: { p99: 60 } } }, 'latency', 'fail'],
    ['no latency on the target', { target: { quantilesMs: {} } }, 'latency', 'insufficient'],
    ['no latency on the source', { source: { quantilesMs: {} } }, 'latency', 'insufficient'],
    ['a source whose P99 is 0', { source: { quantilesMs: { p99: 0 } } }, 'latency', 'insufficient'],
    ['a split as wanted', {}, 'trafficSplit', 'pass'],
    ['a target that gets nothing', { target: { requestCount: 0, quantilesMs: {} } }, 'trafficSplit', 'fail'],
    ['a target that gets everything', { source: { requestCount: 0, quantilesMs: {} } }, 'trafficSplit', 'fail'],
  ])('judge: %s', (_name, described, guardrail, kind) => {
    expect(resultOf(judged(described, POLICY, 20).results, guardrail)?.kind).toBe(kind);
  });

  test('judge: a fail says how unlikely it is for a good target, and is less likely than was allowed', () => {
    const result = resultOf(judged({ target: { errorCount: 20 } }).results, 'errorRate');

    expect(result?.reason).toContain('within the limit this has a chance of at most 1 in');
    expect(result?.values['chanceIfGood']).toBeLessThanOrEqual(POLICY.alpha);
  });

  test('judge: what is not excluded yet is named, with the confidence so far', () => {
    const result = resultOf(judged({}, POLICY, 3).results, 'latency');

    expect(result).toMatchObject({
      kind: 'insufficient',
      reason: expect.stringMatching(/2 × is not excluded yet: confidence \d/),
    });
  });

  test.each<[string, number, VerdictKind]>([
    ['one request less than the sample', 5_001, 'insufficient'],
    ['exactly the sample', 5_000, 'pass'],
  ])('judge: %s on the target', (_name, requestCountMin, kind) => {
    const policy = { ...POLICY, guardrails: { ...POLICY.guardrails, requestCountMin } };
    expect(resultOf(judged({}, policy).results, 'errorRate')?.kind).toBe(kind);
  });

  test('judge: errors that begin after a good day fail the step within minutes', () => {
    const seen = [...windows(1_440), ...windows(5, { target: { errorCount: 10 } }, 1_440)];
    const { verdict } = judge(FRESH, lookAt(seen, seen.length), POLICY);

    expect(verdict).toMatchObject({ kind: 'fail', reason: expect.stringContaining('error rate of the target') });
  });

  test('judge: one slow window among many moves nothing', () => {
    const seen = windows(19).concat(windowAt(19, { target: { quantilesMs: { p99: 5_000 } } }));
    expect(judge(FRESH, lookAt(seen, 20), POLICY).verdict.kind).toBe('pass');
  });

  test('judge: every quantile that the policy names is judged by itself', () => {
    const latency = [...POLICY.guardrails.latency, { quantile: 'p50', ratioMax: 1.1, ratioDetect: 2 }];
    const policy = { ...POLICY, guardrails: { ...POLICY.guardrails, latency } };
    const described = { source: { quantilesMs: { p99: 20, p50: 5 } }, target: { quantilesMs: { p99: 20, p50: 9 } } };
    const { results } = judged(described, policy, 30);

    expect(results.filter(({ guardrail }) => guardrail === 'latency')).toMatchObject([
      { kind: 'pass', values: { quantile: 'p99' } },
      { kind: 'fail', values: { quantile: 'p50' }, reason: expect.stringMatching(/^P50 of the target is 1.80 ×/) },
    ]);
  });

  test('judge: with no traffic on the source the baseline is the control, and the verdict says so', () => {
    const policy = { ...POLICY, wanted: targetWeight(100) };
    const described = { source: { requestCount: 0, quantilesMs: {} }, target: { quantilesMs: { p99: 60 } } };
    const result = resultOf(judged(described, policy, 30).results, 'latency');

    expect(result).toMatchObject({ kind: 'fail', reason: expect.stringContaining('weaker evidence') });
  });

  test('judge: against the baseline, noise that lasts for an hour is one look', () => {
    const policy = { ...POLICY, wanted: targetWeight(100), baselineBlock: 60 };
    const described = { source: { requestCount: 0, quantilesMs: {} }, target: { quantilesMs: { p99: 60 } } };

    expect(resultOf(judged(described, policy, 60).results, 'latency')).toMatchObject({
      kind: 'insufficient',
      values: { lookCount: 1 },
    });
  });

  test.each<[string, number, VerdictKind]>([
    ['bad minutes that the baseline had as well', 0.008, 'insufficient'],
    ['a baseline without errors', 0, 'fail'],
  ])('judge: against the SLA alone, %s', (_name, baselineErrorRate, kind) => {
    const policy = { ...POLICY, wanted: targetWeight(100), baselineErrorRate };
    const described = side({ errorCount: 10 }, { requestCount: 0, quantilesMs: {} });

    expect(resultOf(judged(described, policy).results, 'errorSla')?.kind).toBe(kind);
  });

  test.each<[string, number, number, VerdictKind]>([
    ['one error where 0.9 are allowed, again and again', 0.0008, 1, 'pass'],
    ['two errors where 0.9 are allowed, again and again', 0.0008, 2, 'fail'],
  ])('judge: against the baseline, %s', (_name, baselineErrorRate, errorCount, kind) => {
    const policy = { ...POLICY, wanted: targetWeight(100), baselineErrorRate };
    const described = side({ errorCount }, { requestCount: 0, quantilesMs: {} });

    expect(resultOf(judged(described, policy, 40).results, 'errorRate')?.kind).toBe(kind);
  });

  test('judge: with neither source nor baseline nothing is compared', () => {
    const policy = { ...POLICY, wanted: targetWeight(100), baselineQuantilesMs: {}, baselineErrorRate: null };
    const { results } = judged({ source: { requestCount: 0, quantilesMs: {} } }, policy);

    expect([resultOf(results, 'latency')?.kind, resultOf(results, 'errorRate')?.kind]).toEqual([
      'insufficient',
      'insufficient',
    ]);
  });
});

describe('judge: numbers that cannot be', () => {
  test.each<[string, Described, RegExp]>([
    [
      'a latency that is not a number',
      { target: { quantilesMs: { p99: Number.NaN } } },
      /the target at .* has a p99 of NaN ms/,
    ],
    [
      'a latency without end',
      { source: { quantilesMs: { p99: Number.POSITIVE_INFINITY } } },
      /the source .* p99 of Infinity/,
    ],
    ['a negative latency', { target: { quantilesMs: { p99: -1 } } }, /p99 of -1 ms/],
    ['a count that is not a number', { target: { requestCount: Number.NaN } }, /the target .* has NaN requests/],
    ['a negative count', { source: { errorCount: -2 } }, /the source .* has -2 errors/],
  ])('judge: %s is blind, and says which', (_name, described, words) => {
    expect(judged(described)).toMatchObject({ kind: 'blind', reason: expect.stringMatching(words) });
  });

  test.each<[string, object]>([
    ['a window without quantiles', { target: { requestCount: 1, errorCount: 0 } }],
    ['latencies that are no histogram', { target: { requestCount: 1, errorCount: 0, quantilesMs: {}, latencies: {} } }],
    [
      'buckets out of order',
      {
        target: {
          requestCount: 2,
          errorCount: 0,
          quantilesMs: {},
          latencies: [
            [2, 1],
            [1, 1],
          ],
        },
      },
    ],
    ['a shadow account without its mismatches', { shadow: { received: 1, mirrored: 1 } }],
  ])('judge: %s, as another version may send it, is blind', (_name, change) => {
    const odd = { ...windowAt(3), ...change };
    expect(judge(FRESH, lookAt([odd], 10), POLICY).verdict.kind).toBe('blind');
  });

  test('judge: a window that is there twice in one answer is blind', () => {
    const twice = [...windows(10), windowAt(3)];
    expect(judge(FRESH, lookAt(twice, 10), POLICY).verdict).toMatchObject({
      kind: 'blind',
      reason: expect.stringContaining('1970-01-01T00:00:03.000Z is there twice'),
    });
  });

  test('judge: a window that ends before it begins is blind', () => {
    const backwards = { ...windowAt(3), endMs: 0 as EpochMs };
    expect(judge(FRESH, lookAt([backwards], 10), POLICY).verdict.kind).toBe('blind');
  });
});

describe('judge: segments', () => {
  const policy: JudgePolicy = { ...POLICY, segments: ['small', 'large'] };
  const sides = (targetErrors: number): Sides => ({
    source: { requestCount: 25, errorCount: 0, quantilesMs: { p99: 20 } },
    target: { requestCount: 25, errorCount: targetErrors, quantilesMs: { p99: 20 } },
  });
  /** A twentieth of the traffic; the rest is fine, and so is the mean. */
  const seen = (targetErrors: number, count: number): EvidenceWindow[] =>
    Array.from({ length: count }, (_, index) => ({
      ...windowAt(index, {
        target: { requestCount: 5_000, errorCount: targetErrors },
        source: { requestCount: 5_000 },
      }),
      segments: { small: sides(targetErrors), large: sides(0) },
    }));

  test('judge: a segment that is broken fails the step, although the mean is within the limit', () => {
    const { verdict } = judge(FRESH, lookAt(seen(4, 10), 10), policy);

    expect(resultOf(verdict.results, 'errorRate')?.kind).not.toBe('fail');
    expect(resultOf(verdict.results, 'segments')).toMatchObject({
      kind: 'fail',
      reason: expect.stringMatching(/^small: error rate of the target is 16.00 % /),
    });
  });

  test('judge: a label may be any word', () => {
    const names = ['constructor', '__proto__', 'toString'];
    const labelled = seen(0, 10).map((window) => ({
      ...window,
      segments: Object.fromEntries(names.map((name) => [name, sides(0)])),
    }));
    const { verdict, state } = judge(FRESH, lookAt(labelled, 10), { ...policy, segments: names });

    expect(resultOf(verdict.results, 'segments')?.kind).toBe('pass');
    expect(Object.keys(state.segments)).toEqual(names);
  });

  test('judge: segments without trouble hold nothing up, and what they cannot prove is said', () => {
    const { verdict } = judge(FRESH, lookAt(seen(0, 10), 10), policy);

    expect(verdict.kind).toBe('pass');
    expect(resultOf(verdict.results, 'segments')?.reason).toMatch(/^none of 2 segments breaks a limit/);
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
    expect(state).toMatchObject({ windowsExpected: 10, windowsWithData: 0, targetRequestCount: 5_000 });
    expect(verdict.kind).toBe('insufficient');
  });

  test('judge: what an observer before this one watched in time counts, however late it is read again', () => {
    const policy = { ...POLICY, watchedToMs: 6_000 };
    const { state } = judge(FRESH, lookAt(windows(10), 10, 400), policy);
    expect(state).toMatchObject({ windowsExpected: 10, windowsWithData: 6, targetRequestCount: 5_000 });
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
    const all = windows(30, { target: { errorCount: 0, quantilesMs: { p99: 21 } } });
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
    expect(twice.targetRequestCount).toBe(3_000);
  });

  test('judge: what it remembers of a day is bounded', () => {
    const { state } = judge(FRESH, lookAt(windows(1_440), 1_440), POLICY);
    expect(JSON.stringify(state).length).toBeLessThan(32_768);
  });
});

describe('judge: shadow', () => {
  test('judge: seconds in which nobody asked anything were watched as well', () => {
    const sparse = windows(20, { shadow: {} }).filter((_window, index) => index % 2 === 0);
    const { state } = judge(FRESH, lookAt(sparse, 20), SHADOW_POLICY);

    expect(state).toMatchObject({ windowsExpected: 20, windowsWithData: 20 });
  });

  test.each<[string, Described, GuardrailName, VerdictKind]>([
    ['outputs that never differ', { shadow: {} }, 'equivalence', 'pass'],
    ['outputs that differ too often', { shadow: { mismatched: 15 } }, 'equivalence', 'fail'],
    ['outputs that differ as often as they may', { shadow: { mismatched: 5 } }, 'equivalence', 'pass'],
    ['too few compared pairs', { shadow: { compared: 9 } }, 'equivalence', 'insufficient'],
    ['every request accounted for', { shadow: {} }, 'shadowAccount', 'pass'],
    ['one request unaccounted for', { shadow: { skipped: 499 } }, 'shadowAccount', 'fail'],
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
    expect(judged({ shadow: {} }, SHADOW_POLICY)).toMatchObject({ kind: 'pass', evaluatedCount: 7, guardrailCount: 7 });
  });
});
