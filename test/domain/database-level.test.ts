import { judgeLevel } from '../../src/domain/database-level';
import type { ReplicationFigures, TableProgress } from '../../src/domain/database-level';
import { epochMs, milliseconds } from '../../src/domain/quantity';

const NOW = epochMs(1_800_000_000_000);
const MAX = milliseconds(5_000);
const TABLE: TableProgress = {
  table: 'public.orders',
  state: 'Table completed',
  validation: 'Validated',
  rowsLoaded: 10,
  rowsUnproven: 0,
};
const latency = (sourceMs: number, targetMs: number, ageMs = 60_000): ReplicationFigures['latency'] => ({
  atMs: epochMs(NOW - ageMs),
  sourceMs: milliseconds(sourceMs),
  targetMs: milliseconds(targetMs),
});
const LEVEL: ReplicationFigures = {
  status: 'running',
  loadedPercent: 100,
  tables: [TABLE],
  latency: latency(0, 0),
};

test.each<[string, Partial<ReplicationFigures>]>([
  ['nothing to wait for', {}],
  ['latencies at the limit', { latency: latency(5_000, 5_000) }],
  ['a datapoint of five minutes ago', { latency: latency(0, 0, 300_000) }],
])('judgeLevel: level with %s', (_fact, change) => {
  expect(judgeLevel({ ...LEVEL, ...change }, MAX, NOW)).toEqual({ isLevel: true, isHopeless: false, reasons: [] });
});

test.each<[string, Partial<ReplicationFigures>, RegExp]>([
  ['a task that stopped', { status: 'stopped' }, /the task is stopped/],
  ['a load at 99 %', { loadedPercent: 99 }, /full load is at 99 %/],
  ['a load that nobody tells', { loadedPercent: undefined }, /an unknown %/],
  ['no table at all', { tables: [] }, /tells of no table/],
  ['a table that is not loaded', { tables: [TABLE, { ...TABLE, state: 'Full load' }] }, /1 of 2 tables/],
  ['a table with an error', { tables: [{ ...TABLE, state: 'Table error' }] }, /Table error/],
  ['a validation that goes on', { tables: [{ ...TABLE, validation: 'Pending records' }] }, /Pending records/],
  ['rows that are validated though the table is', { tables: [{ ...TABLE, rowsUnproven: 1 }] }, /1 rows/],
  ['rows that nobody counted', { tables: [{ ...TABLE, rowsUnproven: NaN }] }, /NaN rows/],
  ['no latency', { latency: undefined }, /CloudWatch has no CDCLatencySource/],
  ['a latency of long ago', { latency: latency(0, 0, 300_001) }, /is 5m old/],
  ['a source just above the limit', { latency: latency(5_001, 0) }, /^CDCLatencySource is 5s/],
  ['a target just above the limit', { latency: latency(0, 5_001) }, /^CDCLatencyTarget is 5s/],
  ['a latency that is no number', { latency: latency(NaN, 0) }, /CDCLatencySource/],
])('judgeLevel: not level with %s', (_fact, change, reason) => {
  const verdict = judgeLevel({ ...LEVEL, ...change }, MAX, NOW);
  expect(verdict).toMatchObject({ isLevel: false, isHopeless: false });
  expect(verdict.reasons).toEqual([expect.stringMatching(reason)]);
});

test.each(['No primary key', 'Not enabled'])(
  'judgeLevel: a validation that says %s is not waited for',
  (validation) => {
    const verdict = judgeLevel({ ...LEVEL, tables: [{ ...TABLE, validation }] }, MAX, NOW);
    expect(verdict).toMatchObject({ isLevel: false, isHopeless: true });
  },
);
