import { parseSpec } from '../../src/spec';
import { optimise } from '../../src/optimise';
import { autoscale } from '../../src/optimise/autoscale';
import { savingsPlan } from '../../src/optimise/savings-plan';
import { minimalDocument, withValue } from '../spec/support';
import { daily, NO_PRICES, observedOf, PRICES } from './support';

const WEEK = 168;
const FLEET = { instanceType: 'g5.xlarge', count: 10 };
const byDay = (hours = WEEK) => observedOf(hours, (hour) => ({ requests: daily(hour) }));

test('autoscaling: follows the traffic between its least and its most', () => {
  // 23 hours of one and one hour of ten: 33 / 24 on average.
  const { answer, floor } = autoscale(byDay(), FLEET, 1, undefined, PRICES);
  expect(answer).toMatchObject({ what: expect.stringContaining('between 1 and 10 × g5.xlarge') });
  expect(answer).toHaveProperty('saving.value', expect.closeTo((10 - 33 / 24) * 1.006 * 730, 6));
  expect(floor).toBe(1);
});

test('autoscaling: never below the least number of the spec', () => {
  expect(autoscale(byDay(), FLEET, 4, undefined, PRICES)).toMatchObject({ floor: 4 });
});

test.each([
  ['what scales already', byDay(), 'CWAgent gpu', /scales already, on CWAgent gpu/],
  ['an hour less than a week', byDay(WEEK - 1), undefined, /167 hour\(s\), 168 are needed/],
  ['requests that nobody counts', observedOf(WEEK, () => ({ gpu: 10 })), undefined, /nobody measures it/],
  ['a target that nobody asks', observedOf(WEEK, () => ({ requests: 0 })), undefined, /asked nothing/],
  ['traffic without a shape', observedOf(WEEK, () => ({ requests: 5 })), undefined, /nothing to follow/],
])('autoscaling: %s is no ground for advice', (_fact, observed, scalesOn, why) => {
  expect(autoscale(observed, FLEET, 1, scalesOn, PRICES).answer).toEqual({
    kind: 'autoscaling',
    why: expect.stringMatching(why),
  });
});

test('autoscaling: without a price the saving is not known', () => {
  expect(autoscale(byDay(), FLEET, 1, undefined, NO_PRICES).answer).toMatchObject({ saving: { value: null } });
});

test('Savings Plan: on what runs at every hour, by the share that is given', () => {
  const advised = savingsPlan(byDay(336), { instanceType: 'g5.xlarge', floor: 2 }, 0.25, PRICES);
  expect(advised).toMatchObject({
    what: expect.stringMatching(/Compute Savings Plan of USD 1.509\/h .* 2 × g5.xlarge/),
  });
  expect(advised).toHaveProperty('saving.value', expect.closeTo(2 * 1.006 * 0.25 * 730, 6));
});

test.each([
  ['an hour less than two weeks', 335, 2, /seen for 335 hour\(s\): 336/],
  ['nothing that always runs', 336, 0, /no instance runs at every hour/],
])('Savings Plan: %s is no ground for advice', (_fact, hours, floor, why) => {
  const answer = savingsPlan(byDay(hours), { instanceType: 'g5.xlarge', floor }, 0.25, PRICES);
  expect(answer).toEqual({ kind: 'savings-plan', why: expect.stringMatching(why) });
});

test('Savings Plan: of SageMaker types there is no price in the table, so no saving', () => {
  const advised = savingsPlan(byDay(336), { instanceType: 'ml.g5.xlarge', floor: 2 }, 0.25, PRICES);
  expect(advised).toMatchObject({
    what: expect.stringContaining('SageMaker Savings Plan'),
    saving: { value: null, why: 'no price of ml.g5.xlarge is known' },
  });
});

test('all together: each counts on the ones before, so that the sum holds', () => {
  const spec = parseSpec(withValue(withValue(minimalDocument(), 'target.ec2.min', 1), 'target.ec2.desired', 4));
  const observed = observedOf(336, (hour) => ({ gpu: 35, requests: daily(hour) }));
  const { advice, total } = optimise(spec, observed, [], PRICES);

  expect(advice.map(({ kind }) => kind)).toEqual(['right-sizing', 'autoscaling', 'savings-plan']);
  expect(advice[1]?.what).toContain('between 1 and 2');
  // All that there is costs 4 × 1.006 × 730: what is saved stays below it.
  const sum = advice.reduce((saved, { saving }) => saved + (saving.value ?? 0), 0);
  expect(total.usd).toBeCloseTo(sum, 6);
  expect(total.usd).toBeLessThan(4 * 1.006 * 730);
});

test('all together: what does not scale has as many instances as the spec says, and the input says so', () => {
  const spec = parseSpec(minimalDocument());
  const { advice } = optimise(
    spec,
    observedOf(168, () => ({ gpu: 1 })),
    [],
    NO_PRICES,
  );
  const { notAdvised } = optimise(
    spec,
    observedOf(0, () => ({})),
    [],
    PRICES,
  );
  expect(advice.flatMap(({ inputs }) => inputs.map(({ source }) => source))).toContainEqual(
    expect.stringContaining('the spec: '),
  );
  expect(notAdvised).toHaveLength(3);
});
