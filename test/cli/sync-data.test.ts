import { join } from 'node:path';
import { MINIMAL, Terminal } from './support';

const COMPLETE = join(__dirname, '../../examples/complete.yaml');

let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
});

test('sync-data: starts one run under the workload’s own ID', async () => {
  expect(await terminal.run(['sync-data', COMPLETE])).toMatchObject({
    code: 0,
    out: 'started data/ranker, run run-1\n',
  });
  expect(terminal.session.isClosed).toBe(true);
});

test('sync-data --schedule, --unschedule: made, changed, taken away, and not there', async () => {
  const said: string[] = [];
  for (const flag of ['--schedule', '--schedule', '--unschedule', '--unschedule'])
    said.push((await terminal.run(['sync-data', COMPLETE, flag])).out);
  expect(said).toEqual([
    'schedule data/ranker created: every 1h\n',
    'schedule data/ranker updated: every 1h\n',
    'schedule data/ranker is gone\n',
    'there is no schedule data/ranker\n',
  ]);
});

test('sync-data --schedule: a spec that follows nothing has nothing to repeat', async () => {
  expect(await terminal.run(['sync-data', MINIMAL, '--schedule'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('no data set has syncEvery'),
  });
});

test('plan: the way of each data set with its reason, time and price, and why not the others', async () => {
  const { out } = await terminal.run(['plan', COMPLETE]);
  expect(out).toContain('bulk-continuous: the spec says so (by its size datasync: 3.2 TB is between 100 GB and 10 TB)');
  expect(out).toMatch(/price +USD \d+\.\d\d = 1200000 objects/);
  expect(out).toMatch(/not +snowball: both ends are in AWS/);
  expect(out).toMatch(/kept +FSx for Lustre.*planned, not executed/);
  expect(out).toMatch(/freeze +model: final delta and full verification, at most 15m/);
});

test('plan --json: every way with its figures', async () => {
  const { out } = await terminal.run(['plan', COMPLETE, '--json']);
  const { data } = JSON.parse(out) as { data: { method: string; rejected: unknown[] }[] };
  expect(data).toMatchObject([
    { dataSet: 'model', method: 'bulk-continuous', time: { unit: 'ms' }, price: { unit: 'USD' } },
  ]);
  expect(data[0]?.rejected).toHaveLength(6);
});
