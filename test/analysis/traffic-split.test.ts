import { judge } from '../../src/analysis/judge';
import type { JudgePolicy } from '../../src/domain/judge-state';
import type { GuardrailResult, VerdictKind } from '../../src/domain/verdict';
import { targetWeight } from '../../src/domain/weights';
import type { Described } from './support';
import { FRESH, lookAt, POLICY, windowAt } from './support';

const AS_WANTED: Described = {};
const ALL_ON_SOURCE: Described = { source: { requestCount: 1_000 }, target: { requestCount: 0, quantilesMs: {} } };

const requests = (source: number, target: number): Described => ({
  source: { requestCount: source },
  target: { requestCount: target },
});

/** A step as wanted for so many windows, then something else. */
function splitAfter(
  goodCount: number,
  badCount: number,
  bad: Described,
  policy: JudgePolicy = POLICY,
): GuardrailResult | undefined {
  const seen = Array.from({ length: goodCount + badCount }, (_, index) =>
    windowAt(index, index < goodCount ? AS_WANTED : bad),
  );
  const { verdict } = judge(FRESH, lookAt(seen, seen.length), policy);
  return verdict.results.find(({ guardrail }) => guardrail === 'trafficSplit');
}

test('weights edited after a day as wanted: a few windows show it, whatever the average of the day', () => {
  const split = splitAfter(1_440, 3, ALL_ON_SOURCE);

  expect(split?.kind).toBe('fail');
  expect(split?.reason).toMatch(
    /^the target served 49.9 % of 1443000 requests, wanted 50 % ± 5 points: .*; too much reaches the source$/,
  );
});

test('a share that is off by less than the tolerance for days: no reason to move traffic', () => {
  expect(splitAfter(0, 2_880, requests(530, 470))?.kind).toBe('pass');
});

test.each<[number, Described, VerdictKind, string]>([
  [10, requests(850, 150), 'pass', '15.0 %'],
  [10, requests(800, 200), 'fail', 'too much reaches the target'],
  [10, requests(1_000, 0), 'fail', 'too much reaches the source'],
  [90, requests(0, 1_000), 'fail', 'too much reaches the target'],
  [100, requests(0, 1_000), 'pass', '100.0 %'],
  [100, requests(100, 900), 'fail', 'too much reaches the source'],
])('at %d %%: %j is %s', (percent, described, kind, words) => {
  const split = splitAfter(0, 20, described, { ...POLICY, wanted: targetWeight(percent) });

  expect(split).toMatchObject({ kind, reason: expect.stringContaining(words) });
});

test('windows in which the load balancer still follows: errors count, the share does not', () => {
  const policy = { ...POLICY, splitFromMs: 3_000 };
  const following: Described = { source: { requestCount: 900 }, target: { requestCount: 100, errorCount: 1 } };
  const seen = Array.from({ length: 8 }, (_, index) => windowAt(index, index < 3 ? following : AS_WANTED));
  const { state, verdict } = judge(FRESH, lookAt(seen, seen.length), policy);

  expect(state).toMatchObject({ targetErrorCount: 3, splitSourceCount: 2_500, splitTargetCount: 2_500 });
  expect(verdict.results.find(({ guardrail }) => guardrail === 'trafficSplit')).toMatchObject({
    kind: 'pass',
    values: { observedPercent: 50, requestCount: 5_000 },
  });
});

test('before the load balancer has followed: the share is not judged, and does not pass', () => {
  const policy = { ...POLICY, splitFromMs: 60_000 };
  const { verdict } = judge(FRESH, lookAt([windowAt(0), windowAt(1)], 2), policy);

  expect(verdict.results.find(({ guardrail }) => guardrail === 'trafficSplit')?.kind).toBe('insufficient');
});
