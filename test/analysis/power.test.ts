import { seededRandom } from '../../lab/seeded';
import { alphaPerTest, testCount } from '../../src/analysis/budget';
import { bet, logEvidence, startProcess } from '../../src/analysis/e-process';
import { needsAt, normalDistribution, normalQuantile, powerOf } from '../../src/analysis/power';
import { shared } from '../../src/analysis/sequential-test';
import { planMigration } from '../../src/domain/plan';
import type { ExpectedTraffic, MigrationSpec } from '../../src/domain/spec';
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

test('power: two requests a second are enough for the defaults', () => {
  expect(unmetOf(withTraffic({}))).toEqual([]);
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

test('power: without expectations nothing is said', () => {
  expect(powerOf(SPEC, planMigration(SPEC))).toBeUndefined();
});
