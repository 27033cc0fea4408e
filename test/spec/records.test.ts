import { planMigration } from '../../src/domain/plan';
import { parseSpec, specProblems } from '../../src/spec';
import { minimalDocument, recordsDocument, withValue } from './support';

test('route53: what is written arrives, names as Route 53 compares them, the type A when none is said', () => {
  const written = withValue(recordsDocument(), 'router.route53.recordName', 'Ranker.Example.com.');
  expect(parseSpec(withValue(written, 'router.route53.recordType', undefined))).toMatchObject({
    router: {
      route53: {
        hostedZoneId: 'Z0123456789ABCDEFGHIJ',
        recordName: 'ranker.example.com',
        recordType: 'A',
        sourceIdentifier: 'blue',
        targetIdentifier: 'green',
      },
    },
    target: { existing: { endpoint: 'https://green.ranker.example.com', healthPath: '/health' } },
  });
});

test('plan: for a target that is there nothing is built, and it is looked at before it is copied to', () => {
  const plan = planMigration(parseSpec(recordsDocument()));
  expect(plan.environment.map(({ kind }) => kind)).toEqual(['targets-healthy', 'smoke']);
  expect(plan.creates).toEqual([]);
});

const stack = (name: string): Record<string, string> => ({
  loadBalancerArn: `arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/${name}/0123456789abcdef`,
  targetGroupArn: `arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/${name}/0123456789abcdef`,
});
const LOAD_BALANCERS = { source: stack('blue'), target: stack('green') };

test('route53: CloudWatch counts at the load balancer of each stack', () => {
  const metrics = { kind: 'cloudwatch', loadBalancers: LOAD_BALANCERS };
  expect(parseSpec(withValue(recordsDocument(), 'source.metrics', metrics)).source.metrics).toMatchObject(metrics);
});

test('alb: a load balancer for each stack is refused, the rule has one', () => {
  const metrics = { kind: 'cloudwatch', loadBalancers: LOAD_BALANCERS };
  expect(specProblems(withValue(minimalDocument(), 'source.metrics', metrics))).toContainEqual({
    path: 'source.metrics.loadBalancers',
    problem: expect.stringMatching(/needs router.route53/) as string,
  });
});

/** Where a value is set (undefined: left out), the value, the problem's path, and its words. */
const CASES: readonly (readonly [fact: string, at: string, value: unknown, path: string, words: RegExp])[] = [
  ['a zone by its name', 'router.route53.hostedZoneId', 'example.com', 'router.route53.hostedZoneId', /must be the ID/],
  ['a wildcard', 'router.route53.recordName', '*.example.com', 'router.route53.recordName', /without a wildcard/],
  ['a name with a slash', 'router.route53.recordName', 'a/b.com', 'router.route53.recordName', /must be a host name/],
  ['a TXT record', 'router.route53.recordType', 'TXT', 'router.route53.recordType', /not supported.* A, AAAA, CNAME/],
  ['resolvers of no share', 'router.route53.resolverShareMax', 0, 'router.route53.resolverShareMax', /more than 0/],
  ['more than all requests', 'router.route53.resolverShareMax', 1.1, 'router.route53.resolverShareMax', /at most 1/],
  ['no identifier', 'router.route53.sourceIdentifier', undefined, 'router.route53.sourceIdentifier', /is required/],
  [
    'one identifier for both',
    'router.route53.targetIdentifier',
    'blue',
    'router.route53.targetIdentifier',
    /must be another one than sourceIdentifier/,
  ],
  ['a target without an address', 'target.existing.endpoint', undefined, 'target.existing.endpoint', /is required/],
  ['an address with a query', 'target.existing.endpoint', 'http://a/?b', 'target.existing.endpoint', /query/],
  [
    'CloudWatch and no load balancers',
    'source.metrics',
    { kind: 'cloudwatch' },
    'source.metrics.loadBalancers',
    /is required with router.route53/,
  ],
  [
    'CloudWatch as a stand-in, and no load balancers',
    'source.metrics.standIn',
    { kind: 'cloudwatch' },
    'source.metrics.standIn.loadBalancers',
    /is required with router.route53/,
  ],
  [
    'a load balancer by its name',
    'source.metrics',
    { kind: 'cloudwatch', loadBalancers: { ...LOAD_BALANCERS, source: { ...stack('blue'), loadBalancerArn: 'blue' } } },
    'source.metrics.loadBalancers.source.loadBalancerArn',
    /ARN of an Application Load Balancer/,
  ],
  [
    'a price for each instance',
    'guardrails.cost',
    { source: { perHour: 2 }, target: { perInstanceHour: 1 }, ratioMax: 1 },
    'guardrails.cost.target.perInstanceHour',
    /cannot be counted behind a DNS record/,
  ],
  ['instances', 'target', minimalDocument()['target'], 'router.route53', /needs target.existing/],
  ['a load balancer', 'router', minimalDocument()['router'], 'target.existing', /needs router.route53/],
];

test.each(CASES)('route53: with %s it is refused', (_fact, at, value, path, words) => {
  expect(specProblems(withValue(recordsDocument(), at, value))).toContainEqual({
    path,
    problem: expect.stringMatching(words),
  });
});

test.each([
  ['none', {}],
  ['both', { ...(recordsDocument()['router'] as object), ...(minimalDocument()['router'] as object) }],
])('router: %s of its kinds is refused', (_name, router) => {
  expect(specProblems({ ...recordsDocument(), router })).toContainEqual({
    path: 'router',
    problem: 'needs exactly one of alb, route53 and sagemaker',
  });
});
