import { assessed } from './support';

const names = (workloads: Parameters<typeof assessed>[0]): string[][] =>
  assessed(workloads).waves.map((wave) => [...wave.workloads]);

test('waves: development, then training, then pipelines, then inference', () => {
  const given = ['inference', 'pipeline', 'training', 'notebook', 'artefact'].map((kind) => ({ name: kind, kind }));
  expect(names(given)).toEqual([['artefact', 'notebook'], ['training'], ['pipeline'], ['inference']]);
});

test('waves: a dependency goes before the order of kinds', () => {
  const given = [
    { name: 'scores', kind: 'pipeline', dependsOn: ['ranker'] },
    { name: 'ranker', kind: 'inference' },
  ];
  expect(names(given)).toEqual([['ranker'], ['scores']]);
  expect(assessed(given).workloads[0]?.notes).toEqual(['later than its kind: it needs ranker']);
});

test('waves: within a kind, what is depended on comes first', () => {
  const given = [
    { name: 'c', kind: 'pipeline', dependsOn: ['b'] },
    { name: 'b', kind: 'pipeline', dependsOn: ['a'] },
    { name: 'a', kind: 'pipeline' },
  ];
  expect(names(given)).toEqual([['a'], ['b'], ['c']]);
});

test('waves: a circle is named, blocks, and moves as one', () => {
  const given = [
    { name: 'a', kind: 'pipeline', dependsOn: ['b'] },
    { name: 'b', kind: 'pipeline', dependsOn: ['c'] },
    { name: 'c', kind: 'pipeline', dependsOn: ['a'] },
    { name: 'd', kind: 'pipeline', dependsOn: ['a'] },
  ];
  const { waves, cycles, workloads } = assessed(given);
  expect(waves.map((wave) => wave.workloads)).toEqual([['a', 'b', 'c'], ['d']]);
  expect(cycles).toHaveLength(1);
  expect([...(cycles[0] ?? [])].slice(0, -1).sort()).toEqual(['a', 'b', 'c']);
  expect(cycles[0]?.at(-1)).toBe(cycles[0]?.[0]);
  expect(workloads.map(({ readiness }) => readiness.state)).toEqual([
    'blocked',
    'blocked',
    'blocked',
    expect.any(String),
  ]);
});

test('waves: who asks another within a few milliseconds moves together with it, at the same time', () => {
  const given = [
    { name: 'features', kind: 'pipeline' },
    { name: 'ranker', kind: 'inference', dependsOn: [{ on: 'features', latencyMax: '5ms' }] },
  ];
  const { waves, schedule, cycles } = assessed(given, { parallel: 1 });
  expect(waves.map((wave) => wave.groups)).toEqual([[['features', 'ranker']]]);
  expect(schedule.slots.map(({ startDay }) => startDay)).toEqual([0, 0]);
  expect(cycles).toEqual([]);
});

test('waves: a chain of 9,000 is ordered without running out of stack', () => {
  const given = Array.from({ length: 9_000 }, (_, index) => ({
    name: `w${index}`,
    kind: 'pipeline',
    ...(index === 0 ? {} : { dependsOn: [`w${index - 1}`] }),
  }));
  expect(names(given)).toHaveLength(9_000);
});
