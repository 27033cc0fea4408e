import type { Action, RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  choosePriority,
  forwardOf,
  newProbeSecret,
  parentsOfRule,
  probeConditions,
  probeSecretOf,
  PRIORITY_MAX,
  readShares,
  withShares,
} from '../../src/adapters/alb-actions';

const SOURCE = 'arn:tg/source';
const TARGET = 'arn:tg/target';
const shares = [
  { backend: SOURCE, weight: 90 },
  { backend: TARGET, weight: 10 },
];

/** As DescribeRules answers a rule that forwards to one group: the simple form and the full one, side by side. */
const simple: Action = {
  Type: 'forward',
  Order: 1,
  TargetGroupArn: SOURCE,
  ForwardConfig: {
    TargetGroups: [{ TargetGroupArn: SOURCE, Weight: 1 }],
    TargetGroupStickinessConfig: { Enabled: false },
  },
};

test('readShares: the simple form alone is one share', () => {
  expect(readShares({ Type: 'forward', TargetGroupArn: SOURCE })).toEqual([{ backend: SOURCE, weight: 1 }]);
});

test('readShares: both forms together are one share, not two', () => {
  expect(readShares(simple)).toEqual([{ backend: SOURCE, weight: 1 }]);
});

test('readShares: a weight of 0 is 0, not the default', () => {
  const action: Action = { Type: 'forward', ForwardConfig: { TargetGroups: [{ TargetGroupArn: SOURCE, Weight: 0 }] } };
  expect(readShares(action)).toEqual([{ backend: SOURCE, weight: 0 }]);
});

test('withShares: the simple form does not stand beside two groups', () => {
  const [written] = withShares([simple], shares, 'rule');
  expect(written).not.toHaveProperty('TargetGroupArn');
  expect(readShares(written as Action)).toEqual(shares);
});

test('withShares: stickiness and order stay as they were', () => {
  const sticky: Action = {
    ...simple,
    ForwardConfig: { ...simple.ForwardConfig, TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 300 } },
  };
  const [written] = withShares([sticky], shares, 'rule');
  expect(written?.ForwardConfig?.TargetGroupStickinessConfig).toEqual({ Enabled: true, DurationSeconds: 300 });
  expect(written?.Order).toBe(1);
});

test('withShares: an authenticate action stays first, and keeps its secret without knowing it', () => {
  const oidc: Action = {
    Type: 'authenticate-oidc',
    Order: 1,
    AuthenticateOidcConfig: {
      Issuer: 'i',
      AuthorizationEndpoint: 'a',
      TokenEndpoint: 't',
      UserInfoEndpoint: 'u',
      ClientId: 'c',
    },
  };
  const written = withShares([oidc, { ...simple, Order: 2 }], shares, 'rule');
  expect(written.map((action) => action.Type)).toEqual(['authenticate-oidc', 'forward']);
  expect(written[0]?.AuthenticateOidcConfig).toEqual({ ...oidc.AuthenticateOidcConfig, UseExistingClientSecret: true });
});

test('withShares: what was read is not changed in place', () => {
  const before = structuredClone(simple);
  withShares([simple], shares, 'rule');
  expect(simple).toEqual(before);
});

test.each([
  ['no forward', [{ Type: 'redirect' }]],
  ['two forwards', [simple, simple]],
  ['nothing', []],
])('forwardOf: %s is NotExactlyOne', (_name, actions) => {
  expect(() => forwardOf(actions as Action[], 'rule')).toThrow(expect.objectContaining({ code: 'NotExactlyOne' }));
});

test('choosePriority: the largest free one before production', () => {
  expect(choosePriority([10, 9, 7], 10)).toBe(8);
});

test('choosePriority: before priority 1 there is none', () => {
  expect(choosePriority([1], 1)).toBeUndefined();
});

test('choosePriority: all taken before production is none, however many are free after it', () => {
  expect(choosePriority([1, 2, 3], 3)).toBeUndefined();
});

test('choosePriority: a default rule leaves the last one free', () => {
  expect(choosePriority([NaN], undefined)).toBe(PRIORITY_MAX);
  expect(choosePriority([NaN, PRIORITY_MAX], undefined)).toBe(PRIORITY_MAX - 1);
});

test('probeConditions: production’s host and path, once each, and the secret', () => {
  const production: RuleCondition[] = [
    { Field: 'host-header', Values: ['a.example'], HostHeaderConfig: { Values: ['a.example'] } },
    { Field: 'path-pattern', Values: ['/v1/*'] },
  ];
  expect(probeConditions(production, 's')).toEqual([
    { Field: 'host-header', HostHeaderConfig: { Values: ['a.example'] } },
    { Field: 'path-pattern', Values: ['/v1/*'] },
    { Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'x-crossfade-probe', Values: ['s'] } },
  ]);
});

test.each([
  ['four values leave room for the fifth', 4, 2],
  ['five values leave none: the secret stands alone', 5, 1],
])('probeConditions: %s', (_name, valueCount, conditionCount) => {
  const Values = Array.from({ length: valueCount }, (_, index) => `/p${index}`);
  const production: RuleCondition[] = [{ Field: 'path-pattern', Values, PathPatternConfig: { Values } }];
  expect(probeConditions(production, 's')).toHaveLength(conditionCount);
});

test('probeSecretOf: the secret comes back out of its conditions, whatever case the header has', () => {
  expect(probeSecretOf(probeConditions([], 'secret'))).toBe('secret');
  expect(
    probeSecretOf([{ Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'X-Crossfade-Probe', Values: ['s'] } }]),
  ).toBe('s');
  expect(probeSecretOf([{ Field: 'path-pattern', Values: ['/'] }])).toBeUndefined();
});

test('newProbeSecret: 64 hex characters, never the same', () => {
  expect(newProbeSecret()).toMatch(/^[0-9a-f]{64}$/);
  expect(newProbeSecret()).not.toBe(newProbeSecret());
});

test('parentsOfRule: listener and load balancer stand in the rule’s ARN', () => {
  const base = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012';
  expect(parentsOfRule(`${base}:listener-rule/app/web/1a/2b/3c`)).toEqual({
    listenerArn: `${base}:listener/app/web/1a/2b`,
    loadBalancerArn: `${base}:loadbalancer/app/web/1a`,
  });
});

test('parentsOfRule: a network load balancer’s rule is refused', () => {
  expect(() => parentsOfRule('arn:aws:elasticloadbalancing:eu-west-1:1:listener-rule/net/a/b/c/d')).toThrow(
    expect.objectContaining({ code: 'AwsRejected' }),
  );
});
