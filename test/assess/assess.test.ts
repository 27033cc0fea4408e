import { assess } from '../../src/assess';
import { PROVE } from '../../src/assess/assumptions';
import { planMigration } from '../../src/domain/plan';
import { parseInventory, parseSpec } from '../../src/spec';
import { minimalDocument } from '../spec/support';
import { alone, assessed, exampleInventory } from './support';

const DAY_MS = 86_400_000;

test('proof: inference takes as long as the playbook plans', () => {
  expect(PROVE.inference.days).toBe(planMigration(parseSpec(minimalDocument())).shortestMs / DAY_MS);
});

test('cost: instances are count × hours × price, and the formula says so', () => {
  const workload = { kind: 'inference', latencyMax: '10ms', compute: { instances: 4, gpu: 'T4' } };
  const [instances] = alone(workload).cost.after;
  expect(instances?.figure.value).toBeCloseTo(4 * 730 * 1.006, 6);
  expect(instances?.figure).toMatchObject({
    unit: 'USD',
    formula: expect.stringContaining('4 × 730 h/month × USD 1.006/h'),
  });
});

test('cost: 10 million requests of 1 kB a day cross zones for cents, not for 100 USD', () => {
  const perSecond = 10e6 / 86_400;
  const { cost } = alone({ kind: 'inference', requestsPerSecond: perSecond, requestSize: '1kB' });
  const transfer = cost.after.find(({ what }) => what === 'transfer between zones');
  expect(transfer?.figure.value).toBeCloseTo(((10 * 365) / 12) * (2 / 3) * 2 * 0.01, 6);
});

test('cost: what is not known is named and never counted as nothing', () => {
  const { cost } = assessed([{ name: 'one', kind: 'inference', data: [{ name: 'model', from: 's3://a/b' }] }]);
  expect(cost.before).toMatchObject({ usd: 0, missing: ['one: monthlyUsdNow is not told'] });
  expect(cost.after.missing).toEqual([
    'one: storage model: expected.bytes is not told',
    'one: transfer between zones: requestsPerSecond and requestSize are not both told',
  ]);
  expect(cost.oneOff.missing).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^one: data model: /),
      expect.stringMatching(/dayRateUsd is not told/),
    ]),
  );
});

test('cost: a price that nobody knows leaves its line open', () => {
  const inventory = parseInventory(exampleInventory());
  const { cost } = assess(inventory, () => undefined);
  expect(cost.after.missing).toContain('ranker: instances: no price of g5.xlarge is known');
});

test('cost: contingency is a line of its own, 40 % of the estimate', () => {
  const { cost } = assess(parseInventory(exampleInventory()), () => ({ usd: 1, from: 'the test' }));
  expect(cost.oneOffContingency.value).toBeCloseTo(cost.oneOff.usd * 0.4, 6);
  expect(cost.afterContingency.value).toBeCloseTo(cost.after.usd * 0.4, 6);
});

test('residency: a region that the data may not be in is a blocker', () => {
  const { readiness } = alone({ kind: 'notebook', residency: ['eu-central-1'] });
  expect(readiness.blockers).toEqual([expect.objectContaining({ concern: 'residency' })]);
});

test('quota: all workloads together count against it, and the limit itself is enough', () => {
  const given = ['a', 'b'].map((name) => ({ name, kind: 'inference', latencyMax: '10ms' }));
  const state = (vcpus: number): unknown =>
    assessed(given, { quotas: { onDemand: { g: vcpus } } }).workloads.map(({ readiness }) => readiness.state);
  expect(assessed(given, { quotas: { onDemand: { g: 16 } } }).quotas[0]).toMatchObject({ needed: 16, state: 'enough' });
  expect(state(15)).toEqual(['blocked', 'blocked']);
  expect(assessed(given).quotas[0]).toMatchObject({ needed: 16, allowed: null, state: 'unknown' });
});

test('data gravity: 10 TB are a risk, with the time that they take', () => {
  const data = [{ name: 'clicks', from: 's3://a/b', expected: { bytes: '10TB', bandwidth: '1Gbps' } }];
  expect(alone({ kind: 'training', data }).readiness.risks[0]).toMatchObject({
    concern: 'data gravity',
    text: expect.stringMatching(/10 TB of data, 1d 3h on the way/),
  });
});

test.each([
  ['a TPU is refactored', { kind: 'training', compute: { gpu: 'TPUv4' } }, 'refactor'],
  ['a pipeline of another cloud is refactored', { kind: 'pipeline', runsOn: 'managed' }, 'refactor'],
  ['a container is replatformed', { kind: 'training', runsOn: 'container' }, 'replatform'],
  ['a virtual machine is rehosted', { kind: 'inference', runsOn: 'virtual-machine' }, 'rehost'],
])('strategy: %s, and says why not the others', (_fact, workload, strategy) => {
  const { strategy: chosen } = alone(workload);
  expect(chosen.strategy).toBe(strategy);
  expect(chosen.rejected.map(({ reason }) => reason)).toEqual([expect.stringMatching(/./), expect.stringMatching(/./)]);
});

describe('deadline', () => {
  const given = Array.from({ length: 4 }, (_, index) => ({ name: `w${index}`, kind: 'notebook' }));
  // 3 days to prepare a rehost and 2 to prove it, four times.
  const within = (days: number, parallel: number): ReturnType<typeof assessed>['deadline'] =>
    assessed(given, {
      parallel,
      start: '2027-01-01',
      deadline: new Date(Date.UTC(2027, 0, 1 + days)).toISOString().slice(0, 10),
    }).deadline;

  test('the last day itself is in time', () => {
    expect(within(20, 1)).toMatchObject({ isMet: true, remedies: [] });
    expect(within(19, 1)).toMatchObject({ isMet: false });
  });

  test('says how many at a time would meet it, when to start, and which one holds', () => {
    expect(within(10, 1)?.remedies).toEqual(['parallel: 2 instead of 1', 'start: 2026-12-22', 'deadline: 2027-01-21']);
  });

  test('says so when no number of people is enough, and names what takes so long', () => {
    expect(within(4, 4)?.remedies[0]).toMatch(/^not by more people: w0 \(5 d\) take 5 days/);
  });
});

test('kinds: only inference is migrated; each kind says what is planned and not executed', () => {
  const { kinds } = assess(parseInventory(exampleInventory()), () => undefined);
  const migrated = kinds.filter(({ parts }) => parts.some(({ carriedOut }) => carriedOut.startsWith('migrated')));
  expect(migrated.map(({ kind }) => kind)).toEqual(['inference']);
  expect(migrated[0]?.parts).toContainEqual({
    part: 'images, registry entries of models and databases that its spec names',
    carriedOut: 'migrated by crossfade migrate',
  });
  for (const { parts } of kinds) expect(parts.map(({ carriedOut }) => carriedOut)).toContain('planned, not executed');
});

test('assess: the same inventory gives the same assessment', () => {
  const inventory = parseInventory(exampleInventory());
  expect(assess(inventory, () => undefined)).toEqual(assess(inventory, () => undefined));
});
