import type { GroupConfig } from '../../lab/data-plane/elb-config';
import { TargetTable, judge, matchesCode } from '../../lab/data-plane/targets';
import type { Target } from '../../lab/data-plane/targets';

const group = (change: Partial<GroupConfig> = {}): GroupConfig => ({
  arn: 'tg',
  dimension: 'targetgroup/tg/1',
  healthPath: '/health',
  matcher: '200',
  healthyThreshold: 2,
  unhealthyThreshold: 2,
  healthTimeoutMs: 1_000,
  members: [{ id: '127.0.0.1', port: 1 }],
  inUse: true,
  ...change,
});

const PROBLEM = { reason: 'Target.FailedHealthChecks', description: 'Health checks failed' };

function tableWith(config: GroupConfig): { table: TargetTable; target: Target } {
  const table = new TargetTable();
  table.apply([config], 0);
  const target = table.targetsOf('tg')?.[0];
  if (target === undefined) throw new Error('no target');
  return { table, target };
}

test('targets: a group on no rule is unused and gets no verdict', () => {
  const { target } = tableWith(group({ inUse: false }));

  judge(group(), target, undefined);

  expect([target.state, target.reason]).toEqual(['unused', 'Target.NotInUse']);
});

test('targets: one passed check makes a new target healthy', () => {
  const { target } = tableWith(group());

  judge(group(), target, undefined);

  expect(target.state).toBe('healthy');
});

test('targets: a healthy one becomes unhealthy only at the threshold, and comes back only at the other', () => {
  const { target } = tableWith(group());
  const states = [undefined, PROBLEM, PROBLEM, undefined, undefined].map((problem) => {
    judge(group(), target, problem);
    return target.state;
  });

  expect(states).toEqual(['healthy', 'healthy', 'unhealthy', 'unhealthy', 'healthy']);
});

test('targets: one that left drains, gets nothing new, and is gone later', () => {
  const { table, target } = tableWith(group());
  judge(group(), target, undefined);

  table.apply([group({ members: [] })], 1_000);
  expect([target.state, table.pick('tg')]).toEqual(['draining', 'none']);

  table.apply([group({ members: [] })], 60_000);
  expect(table.targetsOf('tg')).toEqual([]);
});

test('targets: with none healthy all get requests', () => {
  const { table, target } = tableWith(group());
  judge(group(), target, PROBLEM);
  judge(group(), target, PROBLEM);

  expect([target.state, table.pick('tg')]).toEqual(['unhealthy', { address: 'http://127.0.0.1:1' }]);
});

test('targets: an instance on which nothing listens is dead, not absent', () => {
  const { table } = tableWith(group({ members: [{ id: 'i-1', port: 8080 }] }));

  expect(table.pick('tg')).toBe('dead');
});

test.each([
  ['200', 200, true],
  ['200', 204, false],
  ['200,204', 204, true],
  ['200-299', 250, true],
  ['200-299', 300, false],
])('matchesCode: %s with %d is %s', (matcher, status, expected) => {
  expect(matchesCode(matcher, status)).toBe(expected);
});
