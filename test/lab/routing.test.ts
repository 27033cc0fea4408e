import { matchesPattern, pickRule, pickTargetGroup } from '../../lab/data-plane/routing';
import type { Rule, RuleCondition } from '../../lab/data-plane/routing';
import { targetSharePercent } from '../../lab/daemon/model-faults';
import { seededRandom } from '../../lab/seeded';

const rule = (arn: string, priority: number, ...conditions: RuleCondition[]): Rule => ({
  arn,
  priority,
  conditions,
  action: { kind: 'forward', targetGroups: [] },
});
const head = (headers: Record<string, string>, url = '/predict', method = 'POST') => ({ method, url, headers });

const rules = [
  rule(
    'probe',
    10,
    { kind: 'host', patterns: ['ranker.lab.internal'] },
    { kind: 'header', name: 'X-Probe', patterns: ['secret'] },
  ),
  rule('admin', 20, { kind: 'path', patterns: ['/admin/*'] }, { kind: 'method', patterns: ['GET'] }),
  rule('ranker', 100, { kind: 'host', patterns: ['ranker.lab.internal'] }),
  rule('strange', 110, { kind: 'unsupported', field: 'source-ip' }),
  rule('default', Infinity),
];

test.each([
  ['probe', head({ host: 'ranker.lab.internal:8080', 'x-probe': 'secret' })],
  ['ranker', head({ host: 'RANKER.lab.internal', 'x-probe': 'wrong' })],
  ['admin', head({ host: 'other' }, '/admin/users?x=1', 'GET')],
  ['default', head({ host: 'other' }, '/admin/users', 'POST')],
  ['default', head({})],
])('pickRule: %s answers', (expected, request) => {
  expect(pickRule(rules, request)?.arn).toBe(expected);
});

test.each([
  ['a.b', 'a.b', true],
  ['axb', 'a.b', false],
  ['model-7.lab', 'model-?.*', true],
  ['x(y)', 'x(y)', true],
])('matchesPattern: %s against %s is %s', (value, pattern, expected) => {
  expect(matchesPattern(value, pattern, true)).toBe(expected);
});

test('pickTargetGroup: shares follow the weights', () => {
  const random = seededRandom(1);
  const groups = [
    { arn: 'source', weight: 75 },
    { arn: 'target', weight: 25 },
  ];

  const picks = Array.from({ length: 10_000 }, () => pickTargetGroup(groups, random));

  expect(picks.filter((arn) => arn === 'target').length / picks.length).toBeCloseTo(0.25, 1);
});

test('pickTargetGroup: weight 0 is never picked', () => {
  const random = seededRandom(2);
  const groups = [
    { arn: 'source', weight: 1 },
    { arn: 'target', weight: 0 },
  ];

  expect(new Set(Array.from({ length: 5_000 }, () => pickTargetGroup(groups, random)))).toEqual(new Set(['source']));
});

test('pickTargetGroup: all weights 0 picks nothing', () => {
  expect(pickTargetGroup([{ arn: 'source', weight: 0 }], () => 0)).toBeUndefined();
});

test.each([
  [[100, 0], 0],
  [[75, 25], 25],
  [[0, 999], 100],
  [[0, 0], 0],
])('targetSharePercent: weights %j give %d percent', ([source = 0, target = 0], expected) => {
  const production: Rule = {
    ...rule('r', 1),
    action: {
      kind: 'forward',
      targetGroups: [
        { arn: 's', weight: source },
        { arn: 't', weight: target },
      ],
    },
  };

  expect(targetSharePercent(production, 's')).toBe(expected);
});
