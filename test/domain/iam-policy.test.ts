import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { callsAround } from '../../src/domain/aws-calls';
import { actionsFor } from '../../src/domain/iam-actions';
import { callsOf, INLINE_LENGTH_MAX, openWords, policyFor } from '../../src/domain/iam-policy';
import type { Policy } from '../../src/domain/iam-policy';
import { planMigration } from '../../src/domain/plan';
import type { MigrationSpec } from '../../src/domain/spec';
import { parseSpec, readSpecFile } from '../../src/spec';
import { completeDocument, EXAMPLES, minimalDocument, withValue } from '../spec/support';

const NO_SPECS = ['fleet.yaml', 'freezes.ics', 'inventory.yaml'];
const SPECS = readdirSync(EXAMPLES).filter((name) => !NO_SPECS.includes(name));
const specOf = (name: string): MigrationSpec => parseSpec(readSpecFile(join(EXAMPLES, name)));
const policyOf = (spec: MigrationSpec): Policy => policyFor(spec, planMigration(spec));
const allowedBy = (policy: Policy): string[] => policy.Statement.flatMap(({ Action }) => Action);
const named = (policy: Policy, sid: string): Policy['Statement'][number] | undefined =>
  policy.Statement.find(({ Sid }) => Sid === sid);

test.each(SPECS)('%s: every call of its plan is allowed, and nothing else', (name) => {
  const spec = specOf(name);
  const calls = callsOf(spec, planMigration(spec)).flatMap(({ calls: forward, undo }) => [...forward, ...undo]);
  const allowed = new Set(allowedBy(policyOf(spec)));
  const needed = actionsFor(calls);
  // Roles and keys that the spec does not name are not handed over or used.
  const optional = ['iam:PassRole', 'kms:Decrypt', 'kms:GenerateDataKey', 's3:GetObject'];
  expect([...needed].filter((action) => !allowed.has(action) && !optional.includes(action))).toEqual([]);
  expect([...allowed].filter((action) => !needed.has(action))).toEqual([]);
});

test.each(SPECS)('%s: the policy fits a role, and names the workload wherever a tag or a name can', (name) => {
  const spec = specOf(name);
  const text = JSON.stringify(policyOf(spec));
  expect(text.length).toBeLessThan(INLINE_LENGTH_MAX);
  expect(text).not.toMatch(
    /crossfade-\*|"false"[^"]*crossfade:workload|REGION|SOURCE_BUCKET|LEDGER_BUCKET|LOAD_BALANCER/,
  );
});

test('policy: what the spec names stands in it, and what it does not use is not there', () => {
  const policy = policyOf(parseSpec(minimalDocument()));
  expect(named(policy, 'MoveWeights')).toEqual({
    Sid: 'MoveWeights',
    Effect: 'Allow',
    Action: 'elasticloadbalancing:ModifyRule',
    Resource: [
      'arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/ranker/*',
      'arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/app/ranker/*',
    ],
  });
  expect(named(policy, 'ChangeOwn')?.Condition).toEqual({
    StringEquals: { 'aws:ResourceTag/crossfade:workload': 'ranker' },
  });
  const sids = policy.Statement.map(({ Sid }) => Sid);
  for (const unused of [
    'TerminateTheSource',
    'FreezeTheSource',
    'ReadTheData',
    'TellPeople',
    'GiveInstancesTheirRole',
    'MoveWeightsOfRecords',
  ])
    expect(sids).not.toContain(unused);
});

test('policy: nothing of the source may be ended that source.owned does not name', () => {
  const document = withValue(minimalDocument(), 'source.owned', { instances: ['i-0123456789abcdef0'] });
  const policy = policyOf(parseSpec(document));
  expect(named(policy, 'TerminateTheSource')).toMatchObject({
    Action: 'ec2:TerminateInstances',
    Resource: 'arn:aws:ec2:eu-west-1:123456789012:instance/i-0123456789abcdef0',
  });
});

test('policy: bucket and prefix stay together, also with two data sets', () => {
  const [first] = completeDocument()['data'] as Record<string, unknown>[];
  const data = [
    { name: 'a', from: 's3://one/x', to: 's3://target-one/x' },
    { name: 'b', from: 's3://two', to: 's3://target-two/y' },
  ];
  expect(first).toBeDefined();
  const policy = policyOf(parseSpec({ ...minimalDocument(), data }));
  expect(named(policy, 'ReadTheData')?.Resource).toEqual(['arn:aws:s3:::one/x/*', 'arn:aws:s3:::two/*']);
  expect(named(policy, 'WriteTheCopies')?.Resource).toEqual([
    'arn:aws:s3:::target-one/x/*',
    'arn:aws:s3:::target-two/y/*',
  ]);
});

test('policy: a ledger at the root of its bucket is listed whole', () => {
  const policy = policyOf(parseSpec({ ...minimalDocument(), ledger: 's3://example-ledger' }));
  expect(named(policy, 'FindTheLedger')?.Condition).toEqual({ StringLike: { 's3:prefix': '*' } });
});

test('openWords: tells what only the operator knows', () => {
  const spec = parseSpec(withValue(minimalDocument(), 'target.ec2.instanceProfile', 'ranker'));
  expect(openWords(policyOf(spec))).toEqual(['TARGET_INSTANCE_ROLE']);
  expect(openWords(policyOf(parseSpec(minimalDocument())))).toEqual([]);
});

test('callsAround: the ledger is written on every road', () => {
  const points = SPECS.map((name) => callsAround(specOf(name)).map(({ point }) => point));
  for (const each of points) expect(each).toContain('ledger');
});
