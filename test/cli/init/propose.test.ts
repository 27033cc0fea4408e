import { addressOf, groupBehind, healthText, proposeFleet, workloadFrom } from '../../../src/cli/init/propose';
import { documentOf, draftText } from '../../../src/cli/init/draft';
import { weightedSets } from '../../../src/cli/init/source-records';
import type {
  InstanceFacts,
  ScalingGroupFacts,
  TargetGroupFacts,
  WeightedRecordFacts,
} from '../../../src/ports/account';

const instance = (over: Partial<InstanceFacts> = {}): InstanceFacts => ({
  id: 'i-0123456789abcdef0',
  instanceType: 'g4dn.xlarge',
  imageId: 'ami-0123456789abcdef0',
  subnetId: 'subnet-0123456789abcdef0',
  securityGroupIds: ['sg-0123456789abcdef0'],
  ...over,
});
const group = (over: Partial<ScalingGroupFacts> = {}): ScalingGroupFacts => ({
  name: 'ranker-source',
  min: 1,
  desired: 3,
  max: 9,
  subnetIds: ['subnet-a', 'subnet-b'],
  targetGroupArns: [],
  instanceIds: [],
  ...over,
});
const targetGroup: TargetGroupFacts = {
  arn: 'arn:tg',
  name: 'ranker-source',
  members: [
    { id: 'i-1', isHealthy: true },
    { id: 'i-2', isHealthy: false },
  ],
};

test('proposeFleet: takes the most frequent type and image, and says which others there are', () => {
  const proposal = proposeFleet(
    [instance({ instanceType: 'g5.xlarge' }), instance(), instance({ imageId: 'ami-1' })],
    undefined,
  );
  expect(proposal).toMatchObject({ instanceType: 'g4dn.xlarge', imageId: 'ami-0123456789abcdef0' });
  expect(proposal.notes).toEqual([
    'the source has instances of g4dn.xlarge, g5.xlarge',
    'the source has instances of ami-0123456789abcdef0, ami-1',
  ]);
});

test('proposeFleet: takes subnets and sizes of the group, which has more than today uses', () => {
  expect(proposeFleet([instance()], group())).toMatchObject({
    subnetIds: ['subnet-a', 'subnet-b'],
    min: 1,
    desired: 3,
    max: 9,
  });
});

test('proposeFleet: without a group, as many as there are', () => {
  expect(proposeFleet([instance(), instance({ subnetId: 'subnet-b' })], undefined)).toMatchObject({
    subnetIds: ['subnet-0123456789abcdef0', 'subnet-b'],
    min: 2,
    desired: 2,
    max: 2,
  });
});

test('proposeFleet: a group of no instances gives a target of one', () => {
  expect(proposeFleet([], group({ min: 0, desired: 0, max: 0 }))).toMatchObject({ min: 0, desired: 1, max: 1 });
});

test('proposeFleet: of nothing, proposes nothing', () => {
  expect(proposeFleet([], undefined)).toEqual({ subnetIds: [], securityGroupIds: [], notes: [] });
});

test.each<[string, ScalingGroupFacts[], string | undefined]>([
  [
    'one that registers with the target group',
    [group({ targetGroupArns: ['arn:tg'] }), group({ name: 'b' })],
    'ranker-source',
  ],
  ['one that holds a target', [group({ instanceIds: ['i-2'] }), group({ name: 'b' })], 'ranker-source'],
  ['none of those that do neither', [group()], undefined],
  [
    'none of two that register',
    [group({ targetGroupArns: ['arn:tg'] }), group({ name: 'b', targetGroupArns: ['arn:tg'] })],
    undefined,
  ],
])('groupBehind: is %s', (_fact, groups, name) => {
  expect(groupBehind(groups, targetGroup)?.name).toBe(name);
});

test.each<[string, Parameters<typeof addressOf>, ReturnType<typeof addressOf>]>([
  ['HTTP', [{ protocol: 'HTTP', port: 80 }, 'lb.aws', []], { endpoint: 'http://lb.aws' }],
  ['another port', [{ protocol: 'HTTP', port: 8080 }, 'lb.aws', []], { endpoint: 'http://lb.aws:8080' }],
  [
    'a rule for a host',
    [{ protocol: 'HTTP', port: 80 }, 'lb.aws', ['*.a', 'b.a']],
    { endpoint: 'http://lb.aws', host: 'b.a' },
  ],
  ['a certificate', [{ protocol: 'HTTPS', port: 443 }, 'lb.aws', ['b.a']], { endpoint: 'https://b.a' }],
  ['any host', [{ protocol: 'HTTP', port: 80 }, 'lb.aws', ['*.a']], { endpoint: 'http://lb.aws' }],
])('addressOf: %s', (_fact, given, address) => {
  expect(addressOf(...given)).toEqual(address);
});

test.each([
  ['ranker.example.com', 'ranker'],
  ['Ranker_V2-source', 'ranker-v2'],
  ['a-very-long-name-of-a-workload', 'a-very-long-name-of-a'],
  ['***', undefined],
])('workloadFrom: %s gives %s', (text, name) => {
  expect(workloadFrom(text)).toBe(name);
});

test('healthText: counts those that are healthy', () => {
  expect(healthText(targetGroup)).toBe('1 of 2 healthy');
});

test('weightedSets: a name that has a record of each side, and of a type that leads somewhere', () => {
  const record = (name: string, type: string, setIdentifier: string): WeightedRecordFacts => ({
    name,
    type,
    setIdentifier,
    weight: 1,
    leadsTo: [],
    isAlias: false,
  });
  const pair = [record('a.b', 'A', 'blue'), record('a.b', 'A', 'green')];
  const others = [record('c.b', 'A', 'one'), record('d.b', 'TXT', 'one'), record('d.b', 'TXT', 'two')];
  expect(weightedSets([...pair, ...others])).toEqual([pair]);
});

test('draftText: a comment stands behind its value, and what reads like another type is quoted', () => {
  const fields = [
    { path: ['a', 'b'], value: 'x: y', note: 'why' },
    { path: ['a', 'c'], value: ['one', 'two'] },
    { path: ['d'], value: '1.10' },
  ];
  expect(documentOf(fields)).toEqual({ a: { b: 'x: y', c: ['one', 'two'] }, d: '1.10' });
  expect(draftText(fields, ['first', 'second'])).toBe(
    '# first\n# second\n\na:\n  b: "x: y" # why\n  c: [one, two]\nd: "1.10"\n',
  );
});
