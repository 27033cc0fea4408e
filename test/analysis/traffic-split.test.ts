import { judge } from '../../src/analysis/judge';
import type { GuardrailResult } from '../../src/domain/verdict';
import type { Described } from './support';
import { FRESH, lookAt, POLICY, windowAt } from './support';

const AS_WANTED: Described = {};
const ALL_ON_SOURCE: Described = {
  source: { requestCount: 100 },
  target: { requestCount: 0, latencyP99Ms: null },
};

/** A step as wanted for so many windows, then something else. */
function splitAfter(goodCount: number, badCount: number, bad: Described): GuardrailResult | undefined {
  const seen = Array.from({ length: goodCount + badCount }, (_, index) =>
    windowAt(index, index < goodCount ? AS_WANTED : bad),
  );
  const { verdict } = judge(FRESH, lookAt(seen, seen.length), POLICY);
  return verdict.results.find(({ guardrail }) => guardrail === 'trafficSplit');
}

test('weights edited after a day as wanted: the newest windows show it, not the average of the day', () => {
  const split = splitAfter(1_440, 3, ALL_ON_SOURCE);

  expect(split?.kind).toBe('fail');
  expect(split?.reason).toBe(
    'the target served 35.0 % of 1000 requests in the last 10 windows, wanted 50 % ± 11.3 points; too much reaches the source',
  );
});

test('one odd window after a day as wanted: chance, and no reason to move traffic', () => {
  expect(splitAfter(1_440, 1, ALL_ON_SOURCE)?.kind).toBe('pass');
});

test('newest windows with too few requests: they fail nothing by themselves', () => {
  const sparse: Described = { source: { requestCount: 5 }, target: { requestCount: 0, latencyP99Ms: null } };

  expect(splitAfter(1_440, 10, sparse)?.kind).toBe('pass');
});

test('windows in which the load balancer still follows: errors count, the share does not', () => {
  const policy = { ...POLICY, splitFromMs: 3_000 };
  const following: Described = { source: { requestCount: 90 }, target: { requestCount: 10, errorCount: 1 } };
  const seen = Array.from({ length: 8 }, (_, index) => windowAt(index, index < 3 ? following : AS_WANTED));
  const { state, verdict } = judge(FRESH, lookAt(seen, seen.length), policy);

  expect(state).toMatchObject({ targetErrorCount: 3, splitSourceCount: 250, splitTargetCount: 250 });
  expect(verdict.results.find(({ guardrail }) => guardrail === 'trafficSplit')).toMatchObject({
    kind: 'pass',
    values: { observedPercent: 50, requestCount: 500 },
  });
});

test('before the load balancer has followed: the share is not judged, and does not pass', () => {
  const policy = { ...POLICY, splitFromMs: 60_000 };
  const { verdict } = judge(FRESH, lookAt([windowAt(0), windowAt(1)], 2), policy);

  expect(verdict.results.find(({ guardrail }) => guardrail === 'trafficSplit')?.kind).toBe('insufficient');
});

test('a split that is wrong from the start: the reason names share, sample, limit and direction', () => {
  const split = splitAfter(0, 10, { source: { requestCount: 90 }, target: { requestCount: 10 } });

  expect(split).toMatchObject({ kind: 'fail', values: { wantedPercent: 50, observedPercent: 10, recentPercent: 10 } });
  expect(split?.reason).toContain('the target served 10.0 % of 1000 requests');
});
