import { averagesOf } from '../../src/analysis/baseline-test';
import { judge } from '../../src/analysis/judge';
import type { Baseline } from '../../src/domain/evidence';
import type { JudgePolicy } from '../../src/domain/judge-state';
import type { GuardrailResult } from '../../src/domain/verdict';
import { targetWeight } from '../../src/domain/weights';
import { FRESH, lookAt, POLICY, SHADOW_POLICY, windows } from './support';

const limited = (change: object = {}, policy: JudgePolicy = POLICY): JudgePolicy => ({
  ...policy,
  guardrails: {
    ...policy.guardrails,
    metrics: [{ query: 'gpu', better: 'lower', ratioMax: 1.1, ratioDetect: 1.5, ...change }],
  },
});

/** 60 windows in which the metric has one value on each side. */
function metricOf(source: object, target: object, policy: JudgePolicy, requestCount = 500): GuardrailResult[] {
  const seen = windows(60, { source: { metrics: { ...source } }, target: { metrics: { ...target }, requestCount } });
  const { verdict } = judge(FRESH, lookAt(seen, 60), policy);
  return verdict.results.filter(({ guardrail }) => guardrail === 'metric');
}

test.each([
  ['as busy as the source', 'lower', 50, 50, 'pass', 1],
  ['just within the limit', 'lower', 50, 54, 'pass', 1.08],
  ['busier than allowed', 'lower', 50, 60, 'fail', 1.2],
  ['busier, where more is better', 'higher', 50, 60, 'pass', 0.833],
  ['slower, where more is better', 'higher', 60, 50, 'fail', 1.2],
  ['nothing on both sides', 'lower', 0, 0, 'pass', 1],
] as const)('metric: %s', (_name, better, source, target, kind, ratio) => {
  expect(metricOf({ gpu: source }, { gpu: target }, limited({ better }))).toMatchObject([
    { kind, values: { query: 'gpu', ratio: expect.closeTo(ratio, 2), control: 'source' } },
  ]);
});

test('metric: between the limit and what matters it does not pass', () => {
  const limits = { ratioMax: 1.3, ratioDetect: 1.1 };
  expect(metricOf({ gpu: 50 }, { gpu: 60 }, limited(limits))).toMatchObject([{ kind: 'insufficient' }]);
});

test.each([
  ['the target does not tell', { gpu: 50 }, {}],
  ['the source does not tell', {}, { gpu: 50 }],
  ['only another metric is told', { cpu: 50 }, { cpu: 50 }],
])('metric: %s, nothing is proved', (_name, source, target) => {
  expect(metricOf(source, target, limited())).toMatchObject([
    { kind: 'insufficient', reason: expect.stringMatching(/^no value of gpu of both the target and the source now/) },
  ]);
});

test('metric: another unit on one side does not pass, and the reason asks', () => {
  expect(metricOf({ gpu: 50 }, { gpu: 0.05 }, limited())).toMatchObject([
    { kind: 'insufficient', reason: expect.stringMatching(/differ by a factor above 300: are the units/) },
  ]);
});

test('metric: windows in which the target served nobody say nothing', () => {
  expect(metricOf({ gpu: 50 }, { gpu: 90 }, limited(), 0)).toMatchObject([
    { kind: 'insufficient', values: { lookCount: 0 } },
  ]);
});

test('metric: noise that lasts is one look', () => {
  const policy = { ...limited(), baselineBlock: 80 };
  expect(metricOf({ gpu: 50 }, { gpu: 60 }, policy)).toMatchObject([
    { kind: 'insufficient', values: { lookCount: 3 } },
  ]);
});

test('metric: with no traffic on the source the average of the baseline is the control', () => {
  const policy = { ...limited(), wanted: targetWeight(100), baselineMetrics: { gpu: 50 } };
  expect(metricOf({}, { gpu: 80 }, policy)).toMatchObject([
    { kind: 'fail', values: { control: 'baseline' }, reason: expect.stringContaining('weaker evidence') },
  ]);
});

test('metric: the average of the same hour of the week is the control before the whole one', () => {
  const hour = { errorRate: 0, quantilesMs: {}, metrics: { gpu: 80 } };
  // Second 0 of 1970: a Thursday, 00:00.
  const policy = { ...limited(), wanted: targetWeight(100), baselineHours: { 72: hour } };
  expect(metricOf({}, { gpu: 80 }, policy)).toMatchObject([{ kind: 'pass' }]);
});

test.each([
  ['a baseline of some minutes', {}, { gpu: 50 }],
  ['a baseline that knows hours', { 3: { errorRate: 0, quantilesMs: {} } }, {}],
])('averagesOf: of %s', (_name, hours, averages) => {
  const metrics = [{ name: 'gpu', average: 50, peak: 60, windowsWithData: 9 }];
  expect(averagesOf({ metrics, hours } as unknown as Baseline)).toEqual(averages);
});

test('metric: a tap does not know it, so a shadow step is not judged by it', () => {
  expect(metricOf({ gpu: 50 }, { gpu: 90 }, limited({}, SHADOW_POLICY))).toEqual([]);
});

test.each([
  ['negative', -1],
  ['infinite', Number.POSITIVE_INFINITY],
  ['not a number', Number.NaN],
])('metric: a value that is %s makes blind', (_name, value) => {
  const seen = windows(1, { target: { metrics: { gpu: value } } });
  expect(judge(FRESH, lookAt(seen, 1), limited()).verdict).toMatchObject({
    kind: 'blind',
    reason: expect.stringMatching(/^no complete evidence: the target at .* has gpu of /),
  });
});
