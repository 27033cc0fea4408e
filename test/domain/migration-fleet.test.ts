import { nextFleetStep, waveNow } from '../../src/domain/migration-fleet';
import type { FleetSpec } from '../../src/domain/migration-fleet';

const SPEC: FleetSpec = {
  name: 'spring',
  workloads: ['a', 'b', 'c'],
  waves: [['a', 'b'], ['c']],
  parallelMax: 2,
  stopOnRollback: true,
  checkEveryMs: 30_000,
  changeWindows: [],
  freezes: [],
};

test.each([
  ['nobody has begun', {}, {}, { kind: 'start', workload: 'a' }],
  ['there is room for one more', { a: 'baseline' }, {}, { kind: 'start', workload: 'b' }],
  ['as many run as may', { a: 'baseline', b: 'gate' }, {}, { kind: 'wait' }],
  ['the wave is not over', { a: 'completed', b: 'cutover' }, {}, { kind: 'wait' }],
  ['the wave is over', { a: 'completed', b: 'completed' }, {}, { kind: 'start', workload: 'c' }],
  ['one is rolled back', { a: 'rolled_back' }, {}, { kind: 'ask', workload: 'a', standing: 'rolled_back' }],
  ['one is blocked', { a: 'cutover', b: 'blocked' }, {}, { kind: 'ask', workload: 'b', standing: 'blocked' }],
  ['that is accepted', { a: 'completed', b: 'blocked' }, { b: 'blocked' }, { kind: 'start', workload: 'c' }],
  [
    'it got worse than what is accepted',
    { a: 'completed', b: 'failed' },
    { b: 'blocked' },
    { kind: 'ask', workload: 'b', standing: 'failed' },
  ],
  ['all are over', { a: 'completed', b: 'completed', c: 'abandoned' }, { c: 'abandoned' }, { kind: 'done' }],
])('nextFleetStep: when %s', (_name, standings, accepted, step) => {
  expect(
    nextFleetStep(SPEC, {
      standings,
      accepted,
    }),
  ).toEqual(step);
});

test('nextFleetStep: without stopOnRollback trouble holds nobody up', () => {
  const spec = { ...SPEC, stopOnRollback: false };
  const progress = { standings: { a: 'rolled_back', b: 'failed' }, accepted: {} };
  expect(nextFleetStep(spec, progress)).toEqual({ kind: 'start', workload: 'c' });
  expect(waveNow(spec, progress)).toBe(1);
});
