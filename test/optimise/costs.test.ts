import type { ObservedCost } from '../../src/domain/observed';
import { compareCost, hoursOfLedger } from '../../src/optimise';
import { BRIEF, writeMigration } from '../support/written-ledger';

const COST: ObservedCost = {
  from: '2026-01-01',
  to: '2026-01-29',
  dayCount: 28,
  services: [
    { service: 'Amazon Elastic Compute Cloud - Compute', usd: 560 },
    { service: 'Amazon Simple Storage Service', usd: 28 },
  ],
  isEstimated: false,
};
const estimate = (value: number | null) => [
  {
    what: 'target instances',
    figure:
      value === null ? { value, unit: 'USD' as const, why: 'no price' } : { value, unit: 'USD' as const, formula: 'f' },
  },
];

test('costs: what was paid at the pace of its days, over the estimate', () => {
  const { paid, ratio } = compareCost(COST, estimate(21 * (365 / 12)));
  expect(paid).toMatchObject({
    value: expect.closeTo(21 * (365 / 12), 6),
    formula: expect.stringContaining('÷ 28 days'),
  });
  expect(ratio).toBeCloseTo(1, 6);
});

test.each([
  ['a tag that is not activated', { ...COST, dayCount: 0, services: [] }, estimate(1), 'paid', /activate it/],
  ['six days', { ...COST, dayCount: 6 }, estimate(1), 'paid', /6 day\(s\) with cost, 7 are needed/],
  ['an estimate without a price', COST, estimate(null), 'estimated', /no price/],
  ['a plan that builds nothing', COST, [], 'estimated', /builds nothing/],
])('costs: %s is not known, and no ratio is made of it', (_fact, cost, lines, side, why) => {
  const compared = compareCost(cost, lines);
  expect(compared[side as 'paid' | 'estimated']).toMatchObject({ value: null, why: expect.stringMatching(why) });
  expect(compared).not.toHaveProperty('ratio');
});

test('hours of a ledger: whole hours alone, in order, with the requests of users and none of copies', () => {
  const { records } = writeMigration(BRIEF);
  const hours = hoursOfLedger(records);
  const windows = records.flatMap(({ windows: held }) => held ?? []);
  const inFirst = windows.filter(
    ({ startMs }) => startMs >= (hours[0]?.startMs ?? 0) && startMs < (hours[0]?.startMs ?? 0) + 3_600_000,
  );
  expect(hours.length).toBeGreaterThan(10);
  expect(hours.map(({ startMs }) => startMs)).toEqual([...hours.map(({ startMs }) => startMs)].sort((a, b) => a - b));
  expect(hours[0]?.requests).toBe(inFirst.reduce((sum, { shadow }) => sum + (shadow?.received ?? NaN), 0));
});
