import { parseSpec, specProblems } from '../../src/spec';
import { completeDocument, minimalDocument, withValue } from './support';

const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:cost';
const MAIL = { email: 'ops@example.com' };

test('budget: alerts at 80 and 100 % unless told otherwise', () => {
  const spec = parseSpec(withValue(minimalDocument(), 'budget', { monthlyUsd: 100, notify: [MAIL, { sns: TOPIC }] }));
  expect(spec.budget).toEqual({ monthlyUsd: 100, alertPercents: [80, 100], notify: [MAIL, { sns: TOPIC }] });
  expect(parseSpec(minimalDocument()).budget).toBeUndefined();
});

test.each<[fact: string, at: string, value: unknown, path: string, words: RegExp]>([
  ['nothing to spend', 'budget.monthlyUsd', 0, 'budget.monthlyUsd', /at least 0.01/],
  ['shares that fall', 'budget.alertPercents', [100, 80], 'budget.alertPercents[1]', /above the one before it \(100\)/],
  ['more alerts than AWS has', 'budget.alertPercents', [1, 2, 3, 4, 5, 6], 'budget.alertPercents', /at most 5/],
  ['nobody to tell', 'budget.notify', [], 'budget.notify', /at least 1/],
  ['two topics', 'budget.notify', [{ sns: TOPIC }, { sns: `${TOPIC}2` }], 'budget.notify', /one topic/],
  ['eleven addresses', 'budget.notify', Array(11).fill(MAIL), 'budget.notify', /more than 10 addresses/],
  ['both at once', 'budget.notify', [{ sns: TOPIC, ...MAIL }], 'budget.notify[0]', /exactly one of sns and email/],
  [
    'an address that is none',
    'budget.notify',
    [{ email: 'ops' }],
    'budget.notify[0].email',
    /must be an e-mail address/,
  ],
])('budget: %s is refused', (_fact, at, value, path, words) => {
  const problems = specProblems(withValue(completeDocument(), at, value));
  expect(problems).toEqual([{ path, problem: expect.stringMatching(words) }]);
});
