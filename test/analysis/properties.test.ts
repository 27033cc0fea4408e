import fc from 'fast-check';
import { histogramOf, packHistogram, unpackHistogram } from '../../src/analysis/histogram';
import { judge } from '../../src/analysis/judge';
import { gauss, seededRandom } from '../../src/analysis/random';
import type { EvidenceWindow, Histogram, SideWindow } from '../../src/domain/evidence';
import type { JudgePolicy, JudgeState } from '../../src/domain/judge-state';
import { targetWeight } from '../../src/domain/weights';
import { FRESH, lookAt, POLICY, windowAt } from './support';

const side = fc
  .record({
    requestCount: fc.nat(2_000),
    errorShare: fc.constantFrom(0, 0, 0, 0.001, 0.01, 0.2, 1),
    p99: fc.option(fc.double({ min: 0.1, max: 1_000, noNaN: true }), { nil: undefined }),
    gpu: fc.option(fc.double({ min: 0, max: 100, noNaN: true }), { nil: undefined }),
  })
  .map(({ requestCount, errorShare, p99, gpu }) => ({
    requestCount,
    errorCount: Math.round(requestCount * errorShare),
    quantilesMs: p99 === undefined ? {} : { p99 },
    ...(gpu === undefined ? {} : { metrics: { gpu } }),
  }));

const windowList = fc
  .array(fc.record({ source: side, target: side }), { maxLength: 40 })
  .map((sides) => sides.map((each, index) => windowAt(index, each)));

/** With every guardrail that there is in a cutover. */
const GUARDRAILS: JudgePolicy['guardrails'] = {
  ...POLICY.guardrails,
  metrics: [{ query: 'gpu', better: 'lower', ratioMax: 1.1, ratioDetect: 1.5 }],
  cost: {
    source: { perHour: 1, perRequest: 0 },
    target: { perInstanceHour: 1, perHour: 0, perRequest: 1e-6 },
    ratioMax: 1,
    load: { query: 'gpu', full: 70 },
  },
};

const weight = fc.constantFrom(10, 50, 90, 100).map((percent): JudgePolicy => ({
  ...POLICY,
  guardrails: GUARDRAILS,
  wanted: targetWeight(percent),
  baselineMetrics: { gpu: 50 },
  baselineBlock: 3,
}));

const inOneGo = (windows: readonly EvidenceWindow[], policy: JudgePolicy): ReturnType<typeof judge> =>
  judge(FRESH, lookAt(windows, windows.length), policy);

test('judge: no verdict passes without requests on the target', () => {
  fc.assert(
    fc.property(windowList, weight, (windows, policy) => {
      const silent = windows.map((window) => ({
        ...window,
        target: { requestCount: 0, errorCount: 0, quantilesMs: {} },
      }));
      expect(inOneGo(silent, policy).verdict.kind).not.toBe('pass');
    }),
  );
});

test('judge: no verdict passes before the sample is there', () => {
  fc.assert(
    fc.property(windowList, weight, (windows, policy) => {
      const { verdict, state } = inOneGo(windows, policy);
      expect(verdict.kind === 'pass' && state.targetRequestCount < policy.guardrails.requestCountMin).toBe(false);
    }),
  );
});

test('judge: the order of the windows within a look does not matter', () => {
  fc.assert(
    fc.property(windowList, weight, fc.infiniteStream(fc.nat()), (windows, policy, keys) => {
      const shuffled = windows
        .map((window) => ({ window, key: keys.next().value as number }))
        .sort((a, b) => a.key - b.key)
        .map(({ window }) => window);
      expect(judge(FRESH, lookAt(shuffled, windows.length), policy)).toEqual(inOneGo(windows, policy));
    }),
  );
});

test('judge: slices, with a restart between them, give the same verdict to the last digit', () => {
  fc.assert(
    fc.property(windowList, weight, fc.array(fc.nat(40), { maxLength: 5 }), (windows, policy, cuts) => {
      const count = windows.length;
      const edges = [...new Set([...cuts.filter((cut) => cut < count), count])].sort((a, b) => a - b);
      let state: JudgeState = FRESH;
      let from = 0;
      for (const to of edges) {
        const look = lookAt(windows.slice(from, to), to, count);
        state = JSON.parse(JSON.stringify(judge(state, look, policy).state)) as JudgeState;
        from = to;
      }
      const whole = judge(FRESH, lookAt(windows, count, count), policy);
      expect(judge(state, lookAt([], count, count), policy)).toEqual(whole);
    }),
  );
});

test('judge: a tighter limit never turns fail into pass', () => {
  const tighter = fc.record({
    errors: fc.double({ min: 0, max: 1, noNaN: true }),
    ratio: fc.double({ min: 0.5, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(windowList, weight, tighter, (windows, policy, { errors, ratio }) => {
      const { guardrails } = policy;
      const tight: JudgePolicy = {
        ...policy,
        guardrails: {
          ...guardrails,
          errorRateMax: guardrails.errorRateMax * errors,
          errorRateMargin: guardrails.errorRateMargin * errors,
          splitTolerancePoints: Math.max(0.1, guardrails.splitTolerancePoints * errors),
          latency: guardrails.latency.map((limits) => ({ ...limits, ratioMax: limits.ratioMax * ratio })),
          metrics: guardrails.metrics.map((limits) => ({ ...limits, ratioMax: limits.ratioMax * ratio })),
        },
      };
      const before = inOneGo(windows, policy).verdict.kind;
      expect([before, inOneGo(windows, tight).verdict.kind]).not.toEqual(['fail', 'pass']);
    }),
  );
});

test('judge: its state of a day fits into 32 KB', () => {
  const seen = Array.from({ length: 1_440 }, (_, index) =>
    windowAt(index, { source: { latencies: WIDE }, target: { latencies: WIDE } }),
  );
  const latency = ['p50', 'p90', 'p99', 'p99.9', 'p99.99'].map((quantile) => ({
    quantile,
    ratioMax: 1.1,
    ratioDetect: 2,
  }));
  const policy = { ...POLICY, guardrails: { ...POLICY.guardrails, latency } };
  const { state } = judge(FRESH, lookAt(seen, seen.length), policy);
  expect(JSON.stringify(state).length).toBeLessThan(32_768);
});

test('judge: its state of a shadow step with eight segments and two quantiles fits into 32 KB at every look', () => {
  const random = seededRandom(3);
  const drawn = (requestCount: number): SideWindow => ({
    requestCount,
    errorCount: 1,
    quantilesMs: {},
    latencies: histogramOf(Array.from({ length: requestCount }, () => 40 * Math.exp(0.7 * gauss(random)))),
  });
  const segments = [...'abcdefgh'].map((letter) => `tenant-${letter}`);
  const latency = ['p50', 'p99'].map((quantile) => ({ quantile, ratioMax: 1.1, ratioDetect: 2 }));
  const policy = { ...POLICY, segments, guardrails: { ...POLICY.guardrails, latency, segments } };
  let state = FRESH;
  let lengthMost = 0;
  for (let second = 1; second <= 400; second += 1) {
    const sides = segments.map((name) => [name, { source: drawn(3), target: drawn(3) }] as const);
    const window = {
      ...windowAt(second - 1, { source: drawn(24), target: drawn(24) }),
      segments: Object.fromEntries(sides),
    };
    ({ state } = judge(state, lookAt([window], second), policy));
    lengthMost = Math.max(lengthMost, JSON.stringify(state).length);
  }
  expect(lengthMost).toBeLessThan(32_768);
  expect(Object.keys(state.segments)).toHaveLength(8);
});

test('histograms: as text and back they are the same', () => {
  const histogram = fc
    .uniqueArray(fc.integer({ min: -400, max: 1_200 }), { maxLength: 60 })
    .chain((buckets) =>
      fc
        .array(fc.integer({ min: 1, max: 100_000 }), { minLength: buckets.length, maxLength: buckets.length })
        .map((counts) => buckets.sort((a, b) => a - b).map((bucket, index) => [bucket, counts[index] as number])),
    );
  fc.assert(
    fc.property(histogram, (pairs) => {
      expect(unpackHistogram(packHistogram(pairs as unknown as Histogram))).toEqual(pairs);
    }),
  );
});

/** 500 requests from 1 ms to half a minute: as wide as latencies get. */
const WIDE = Array.from({ length: 500 }, (_, index) => [index, 1] as const);
