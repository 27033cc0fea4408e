import { seededRandom } from '../../lab/seeded';
import { alphaPerTest, testCount } from '../../src/analysis/budget';
import { bet, logEvidence, startProcess } from '../../src/analysis/e-process';
import { startLatencyTest, takeSummaries } from '../../src/analysis/latency-test';
import type { LatencySummary } from '../../src/analysis/latency-test';
import { needsAt, normalDistribution, normalQuantile, powerOf, trafficOf } from '../../src/analysis/power';
import { gauss } from '../../src/analysis/random';
import { shared } from '../../src/analysis/sequential-test';
import type { Baseline } from '../../src/domain/evidence';
import { planMigration } from '../../src/domain/plan';
import type { ExpectedTraffic, LatencyLimits, MigrationSpec } from '../../src/domain/spec';
import { parseSpec, readSpecFile } from '../../src/spec';
import reference from './reference.json';
import { MINIMAL } from '../cli/support';

const SPEC = parseSpec(readSpecFile(MINIMAL));
const PLAN = planMigration(SPEC);
const TRAFFIC: ExpectedTraffic = { requestsPerSecond: 2, errorRate: 0.005, latencySpread: 4 };

const withTraffic = (change: Partial<ExpectedTraffic>): MigrationSpec => ({
  ...SPEC,
  baseline: { ...SPEC.baseline, expected: { ...TRAFFIC, ...change } },
});
const unmetOf = (spec: MigrationSpec): string[] =>
  (powerOf(spec, planMigration(spec)) ?? []).flatMap(({ unmet }) => unmet);

describe(`normal distribution, against SciPy ${reference.scipy}`, () => {
  test.each(reference.normal)('at $z', ({ z, p }) => {
    expect(Math.abs(normalDistribution(z) / p - 1)).toBeLessThan(1e-9);
    expect(normalQuantile(normalDistribution(z))).toBeCloseTo(z, z > 4 ? 5 : 9);
  });
});

test('budget: the shares of all tests of the plan add up to the rate that was asked for', () => {
  expect(testCount(PLAN, SPEC.guardrails)).toBe(6 * 4 + (5 + 2 + 2) * 5);
  expect(alphaPerTest(PLAN, SPEC.guardrails) * testCount(PLAN, SPEC.guardrails)).toBeCloseTo(
    SPEC.guardrails.falseRollbackRate,
    12,
  );
});

test('budget: every quantile that is judged has its share', () => {
  const [p99] = SPEC.guardrails.latency;
  const latency = p99 === undefined ? [] : [p99, { ...p99, quantile: 'p50' }];
  expect(testCount(PLAN, { ...SPEC.guardrails, latency })).toBe(6 * 5 + (5 + 2 + 2) * 6);
});

test('power: what is foreseen for errors is what a simulation needs, to a factor of 1.5', () => {
  const [errors] = needsAt(0.1, SPEC.guardrails, alphaPerTest(PLAN, SPEC.guardrails), TRAFFIC);
  const needed = Array.from({ length: 31 }, (_, seed) => {
    const random = seededRandom(seed * 31 + 5);
    const draw = (count: number): number =>
      Array.from({ length: count }, () => random() < 0.005).filter(Boolean).length;
    let process = startProcess('better');
    let requests = 0;
    while (logEvidence(process, 'better') < Math.log(20)) {
      process = bet(process, 'better', shared(draw(900), draw(100), 0.1, 100 * SPEC.guardrails.errorRateDetect));
      requests += 100;
    }
    return requests;
  }).sort((a, b) => a - b)[15] as number;

  expect((errors?.toPass ?? 0) / needed).toBeGreaterThan(1 / 1.5);
  expect((errors?.toPass ?? 0) / needed).toBeLessThan(1.5);
});

test('power: a smaller regression needs more traffic', () => {
  const needs = [0.02, 0.01, 0.005].map((errorRateDetect) => {
    const [errors] = needsAt(0.1, { ...SPEC.guardrails, errorRateDetect }, 1e-4, TRAFFIC);
    return errors as { toPass: number; toFind: number };
  });
  expect(needs.map(({ toPass }) => toPass)).toEqual([...needs.map(({ toPass }) => toPass)].sort((a, b) => a - b));
  expect(needs.map(({ toFind }) => toFind)).toEqual([...needs.map(({ toFind }) => toFind)].sort((a, b) => a - b));
});

const withPeriod = (spec: MigrationSpec, periodSeconds: number): MigrationSpec => ({
  ...spec,
  source: { ...spec.source, metrics: { ...spec.source.metrics, periodSeconds } },
});

test('power: what is foreseen for one percentile a window is what a simulation needs, to a factor of 1.5', () => {
  const windows = { sourceCount: 1_080, targetCount: 120, perLook: 15 };
  const limits = SPEC.guardrails.latency[0] as LatencyLimits;
  const foreseen = needsAt(0.1, SPEC.guardrails, 1e-4, TRAFFIC, windows).at(-1)?.toPass ?? 0;
  const sigma = Math.log(TRAFFIC.latencySpread) / 2.3263478740408408;
  const needed = Array.from({ length: 15 }, (_, seed) => {
    const random = seededRandom(seed * 17 + 3);
    const side = (count: number): LatencySummary => {
      const latencies = Array.from({ length: count }, () => Math.exp(sigma * gauss(random))).sort((a, b) => a - b);
      return { requestCount: count, quantileMs: latencies[Math.ceil(0.99 * count) - 1] as number };
    };
    let test = startLatencyTest();
    while (logEvidence(test.better, 'better') < Math.log(20))
      test = takeSummaries(test, side(windows.sourceCount), side(windows.targetCount), limits);
    return test.lookCount * windows.targetCount;
  }).sort((a, b) => a - b)[7] as number;

  expect(foreseen / needed).toBeGreaterThan(1 / 1.5);
  expect(foreseen / needed).toBeLessThan(1.5);
});

test('power: two requests a second are enough for the defaults where windows are long enough for a P99', () => {
  expect(unmetOf(withPeriod(withTraffic({}), 300))).toEqual([]);
});

test('power: windows with too few requests for their percentile are refused with the period that would do', () => {
  expect(unmetOf(withTraffic({}))).toContain(
    'latency p99 at 10 %: 12 requests come in a window of 60s on one side, 50 are needed for a P99: make source.metrics.period 300s, or judge a lower quantile',
  );
});

test('power: what cannot be met is said with the traffic that it would take', () => {
  expect(unmetOf(withTraffic({ requestsPerSecond: 0.05 }))).toContainEqual(
    expect.stringMatching(
      /^errorRate at 10 %: needs \d+ requests on the target, 1296 come in 3 holds; it would take 0.\d+ requests\/s in all$/,
    ),
  );
});

test('power: a source that breaks the SLA by itself can never pass, whatever the traffic', () => {
  expect(unmetOf(withTraffic({ errorRate: 0.02 }))).toContainEqual(
    expect.stringMatching(/^errorSla at 10 %: needs more than any number of requests.*; no traffic is enough$/),
  );
});

test('power: a step that never sees as many requests as are wanted is refused', () => {
  expect(unmetOf(withPeriod(withTraffic({ requestsPerSecond: 0.03 }), 86_400))).toContain(
    'requestCountMin at 10 %: 778 requests come on the target in 3 holds, 1000 are wanted',
  );
});

test.each([
  ['a baseline without requests', { requestsPerSecondAverage: 0 }, undefined],
  ['a baseline without an error rate', { errorRate: null }, undefined],
  ['a baseline', {}, { requestsPerSecond: 3, errorRate: 0.01, latencySpread: 5 }],
  [
    'a baseline without percentiles',
    { latencyP99Ms: null },
    { requestsPerSecond: 3, errorRate: 0.01, latencySpread: 4 },
  ],
])('power: what %s lets expect', (_name, change, expected) => {
  const baseline = { requestsPerSecondAverage: 3, errorRate: 0.01, latencyP50Ms: 10, latencyP99Ms: 50 } as Baseline;
  expect(trafficOf({ ...baseline, ...change })).toEqual(expected);
});

test('power: without expectations nothing is said', () => {
  expect(powerOf(SPEC, planMigration(SPEC))).toBeUndefined();
});
