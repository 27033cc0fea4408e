import { judge } from '../../src/analysis/judge';
import { seededRandom } from '../../src/analysis/random';
import type { JudgePolicy } from '../../src/domain/judge-state';
import type { EvidenceWindow } from '../../src/domain/evidence';
import type { GuardrailResult } from '../../src/domain/verdict';
import { targetWeight } from '../../src/domain/weights';
import { FRESH, lookAt, POLICY, windowAt } from './support';

const EVERY_SECONDS = 5;
const RESOLVERS = 20;
const REQUESTS_EACH = 30;

const AT_20_PERCENT: JudgePolicy = { ...POLICY, wanted: targetWeight(20), alpha: 0.01 };
const BEHIND_DNS: JudgePolicy = {
  ...AT_20_PERCENT,
  splitDraws: { everyMs: EVERY_SECONDS * 1_000, shareMax: 1 / RESOLVERS },
};

function splitOf(windows: readonly EvidenceWindow[], policy: JudgePolicy): GuardrailResult | undefined {
  const { verdict } = judge(FRESH, lookAt(windows, windows.length), policy);
  return verdict.results.find(({ guardrail }) => guardrail === 'trafficSplit');
}

/** Resolvers that ask again when their answer is a TTL old, each at a moment of its own. */
function dnsTraffic(seed: number, seconds: number, targetShare: number): EvidenceWindow[] {
  const random = seededRandom(seed);
  const phases = Array.from({ length: RESOLVERS }, () => Math.floor(random() * EVERY_SECONDS));
  const answers = phases.map(() => random() < targetShare);
  return Array.from({ length: seconds }, (_, second) => {
    phases.forEach((phase, resolver) => {
      if ((second + phase) % EVERY_SECONDS === 0) answers[resolver] = random() < targetShare;
    });
    const onTarget = answers.filter((isTarget) => isTarget).length;
    return windowAt(second, {
      source: { requestCount: (RESOLVERS - onTarget) * REQUESTS_EACH },
      target: { requestCount: onTarget * REQUESTS_EACH },
    });
  });
}

const SEEDS = Array.from({ length: 60 }, (_, index) => index + 1);
const SECONDS = 400;

test('traffic split behind DNS: what resolvers draw by chance is no leak, where requests counted one by one call it one', () => {
  const kinds = (policy: JudgePolicy): (string | undefined)[] =>
    SEEDS.map((seed) => splitOf(dnsTraffic(seed, SECONDS, 0.2), policy)?.kind);

  expect(kinds(BEHIND_DNS).filter((kind) => kind === 'fail')).toEqual([]);
  expect(kinds(BEHIND_DNS).filter((kind) => kind === 'pass').length).toBeGreaterThan(SEEDS.length * 0.9);
  // 1 % is what the test may spend.
  expect(kinds(AT_20_PERCENT).filter((kind) => kind === 'fail').length).toBeGreaterThan(SEEDS.length * 0.1);
});

test.each([
  [0.5, 'target'],
  [0, 'source'],
])('traffic split behind DNS: resolvers that are led to the target with a share of %d are found', (share, leak) => {
  for (const seed of SEEDS.slice(0, 10))
    expect(splitOf(dnsTraffic(seed, SECONDS, share), BEHIND_DNS)).toMatchObject({
      kind: 'fail',
      reason: expect.stringContaining(`too much reaches the ${leak}`),
    });
});

test('traffic split behind DNS: one resolver that may bring all requests proves less than twenty', () => {
  const one = { ...BEHIND_DNS, splitDraws: { everyMs: EVERY_SECONDS * 1_000, shareMax: 1 } };
  const windows = dnsTraffic(1, 300, 0.2);
  expect(splitOf(windows, BEHIND_DNS)?.kind).toBe('pass');
  expect(splitOf(windows, one)?.kind).toBe('insufficient');
});

test('traffic split behind DNS: only every second TTL is looked at', () => {
  const elsewhere = (second: number): boolean => Math.floor(second / EVERY_SECONDS) % 2 === 1;
  const windows = dnsTraffic(2, 200, 0.2).map((window, second) =>
    elsewhere(second) ? windowAt(second, { source: { requestCount: 0 }, target: { requestCount: 600 } }) : window,
  );
  expect(splitOf(windows, BEHIND_DNS)).toMatchObject({
    kind: 'pass',
    reason: expect.stringContaining('in 20 looks, each as long as answers are kept'),
  });
});

test('traffic split behind DNS: windows that are missing end a look early, and the next one is a TTL away', () => {
  const windows = dnsTraffic(3, 40, 0.2).filter((_window, second) => second < 2 || second > 11);
  const { state } = judge(FRESH, lookAt(windows, 40), BEHIND_DNS);
  expect(state.tests.splitToTarget.worse.windows).toBe(3);
  expect(state.tests.splitBlock).toMatchObject({ fromMs: 37_000 });
});

test('traffic split behind DNS: fewer requests than resolvers count as so many, and none as nothing', () => {
  const few = (count: number): EvidenceWindow[] =>
    Array.from({ length: EVERY_SECONDS }, (_, second) =>
      windowAt(second, { source: { requestCount: second === 0 ? count : 0 }, target: { requestCount: 0 } }),
    );
  const gain = (count: number): number | undefined =>
    judge(FRESH, lookAt(few(count), EVERY_SECONDS), BEHIND_DNS).state.tests.splitToSource.worse.logStakes[3];
  expect(gain(0)).toBe(-800);
  expect(gain(3)).toBeLessThan(gain(RESOLVERS) as number);
  expect(gain(1_000)).toBe(gain(RESOLVERS));
});
