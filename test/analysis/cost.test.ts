import { judge } from '../../src/analysis/judge';
import type { JudgePolicy, JudgeState } from '../../src/domain/judge-state';
import type { EpochMs } from '../../src/domain/quantity';
import type { CostSpec } from '../../src/domain/spec';
import type { Verdict } from '../../src/domain/verdict';
import { FRESH, lookAt, POLICY, SHADOW_POLICY, windows } from './support';

/** 10 an hour for 1,000 requests a second of both sides; two instances. */
const PRICES: CostSpec = {
  source: { perHour: 10, perRequest: 0 },
  target: { perInstanceHour: 4, perHour: 1, perRequest: 0 },
  ratioMax: 1,
};

const priced = (change: Partial<CostSpec> = {}, policy: JudgePolicy = POLICY): JudgePolicy => ({
  ...policy,
  guardrails: { ...policy.guardrails, cost: { ...PRICES, ...change } },
});

function judged(policy: JudgePolicy, target: object = {}, instances = 2): { state: JudgeState; verdict: Verdict } {
  const described = policy.mode === 'shadow' ? { target, shadow: {} } : { target };
  const look = lookAt(windows(60, described), 60);
  return judge(FRESH, { ...look, health: { healthyCount: instances, registeredCount: instances } }, policy);
}

const costOf = ({ verdict }: { verdict: Verdict }): unknown =>
  verdict.results.find(({ guardrail }) => guardrail === 'cost');

test('cost: each side is charged as if it had all of the traffic', () => {
  expect(costOf(judged(priced()))).toMatchObject({
    kind: 'pass',
    // 1,000 a second are 3.6 million an hour; 2 × 4 + 1 = 9 an hour for them on the target.
    values: { requestsPerHour: 3_600_000, instances: 2, sourceCost: 2.778e-6, targetCost: 2.5e-6, ratio: 0.9 },
  });
});

test.each([
  ['the limit itself', { ratioMax: 0.9 }, 'pass'],
  ['a little less than it costs', { ratioMax: 0.899 }, 'fail'],
  ['what each request costs counts', { target: { ...PRICES.target, perRequest: 1e-6 } }, 'fail'],
  ['the source pays for each request too', { source: { perHour: 0, perRequest: 2.4e-6 }, ratioMax: 1.05 }, 'pass'],
] as const)('cost: %s', (_name, change, kind) => {
  expect(costOf(judged(priced(change)))).toMatchObject({ kind });
});

test('cost: a breach holds the step and asks, it does not roll back', () => {
  const { verdict } = judged(priced({ ratioMax: 0.5 }));
  expect(verdict).toMatchObject({
    kind: 'insufficient',
    reason: expect.stringMatching(/^cost: with all of the traffic/),
  });
});

describe('projected by the load', () => {
  const load = { query: 'gpu', full: 80 };

  test.each([
    // Half of the traffic on two instances, 40 of 80 busy: all of it needs 2 × 0.5 × 2 = 2.
    ['half busy', 40, 2, 2],
    ['full', 80, 2, 4],
    ['hardly busy', 4, 5, 2],
    ['a part of an instance is a whole one', 41, 2, 3],
  ])('cost: %s', (_name, gpu, instances, projected) => {
    expect(costOf(judged(priced({ load }), { metrics: { gpu } }, instances))).toMatchObject({
      values: { instances: projected },
    });
  });

  test('cost: a load that nobody tells proves nothing', () => {
    expect(costOf(judged(priced({ load })))).toMatchObject({ kind: 'insufficient' });
  });

  test('cost: a load that is known in a few windows only proves nothing', () => {
    const [known, unknown] = [windows(50, { target: { metrics: { gpu: 40 } } }), windows(10, {}, 50)];
    const { verdict } = judge(FRESH, lookAt([...known, ...unknown], 60), priced({ load }));
    expect(costOf({ verdict })).toMatchObject({
      kind: 'insufficient',
      reason: 'cost: gpu is known in 50 of 60 windows, 95 % are needed',
    });
  });

  test('cost: a tap does not know the load, so a shadow step is not judged by it', () => {
    expect(costOf(judged(priced({ load }, SHADOW_POLICY)))).toBeUndefined();
  });
});

test('cost: in shadow the requests that the tap received are all of the traffic', () => {
  expect(costOf(judged(priced({}, SHADOW_POLICY)))).toMatchObject({ values: { requestsPerHour: 3_600_000 } });
});

test('cost: of a target that served nobody nothing is known', () => {
  expect(costOf(judged(priced(), { requestCount: 0 }))).toMatchObject({ kind: 'insufficient' });
});

test('cost: time in which the health could not be read is not counted', () => {
  const seen = judged(priced());
  const look = { ...lookAt(windows(60, {}, 60), 120), health: { unreadable: 'throttled' } };
  expect(judge(seen.state, look, priced()).state.cost).toEqual(seen.state.cost);
});

test('cost: slices give the same account as one go', () => {
  const policy = priced();
  const whole = judged(policy).state.cost;
  let state = FRESH;
  for (let second = 1; second <= 60; second += 1)
    state = judge(state, { ...lookAt(windows(60), second), toMs: (second * 1_000) as EpochMs }, policy).state;
  expect(state.cost).toEqual(whole);
});
