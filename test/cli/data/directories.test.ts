import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { DataAnswer } from '../../../src/cli/data-run';
import type { Ran } from '../support';
import { Terminal } from '../support';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'crossfade-data-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const at = (...names: string[]): string => join(root, ...names);

function write(path: string, content: string | Uint8Array, time?: Date): void {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), content);
  if (time !== undefined) utimesSync(at(path), time, time);
}

function data(verb: string, ...flags: string[]): Promise<Ran> {
  return new Terminal().run(['data', verb, '--from', at('from'), '--to', at('to'), '--state', at('state'), ...flags]);
}

type Answer = Pick<DataAnswer, 'run' | 'movedBytes' | 'result'> & { readonly code: number };

async function answer(verb: string, ...flags: string[]): Promise<Answer> {
  const { code, out } = await data(verb, '--json', ...flags);
  return { ...(JSON.parse(out) as DataAnswer), code };
}

/** A foreign word on it: `diff` knows nothing of us. */
function diff(): string {
  return execFileSync('diff', ['-r', at('from'), at('to')], { encoding: 'utf8' });
}

const LARGE = Buffer.alloc(40 * 1_048_576 + 17, 'many bytes ');

test('data copy: everything of a directory arrives, is proven, and diff sees no difference', async () => {
  write('from/a/b.txt', 'one');
  write('from/a-b', 'two');
  write('from/empty', '');
  write('from/odd/näme with \u{1F600} and\nline', 'three');
  write('from/large.bin', LARGE);
  mkdirSync(at('from/hollow'));
  const { code, result } = await answer('copy');
  expect(code).toBe(0);
  expect(result).toMatchObject({ isProven: true, findings: [], tally: { objects: 6, copied: 6 } });
  expect(diff()).toBe('');
});

test('data copy: a second run reads nothing, and its root is the same', async () => {
  write('from/a', 'one');
  write('from/large.bin', LARGE);
  const first = await answer('copy');
  const second = await answer('copy');
  expect(second).toMatchObject({ code: 0, movedBytes: 0, result: { root: first.result.root } });
  expect(second.result.tally).toMatchObject({ copied: 0, same: 0, unchanged: 2 });
});

test('data copy: runs that change nothing go on using the files of the manifest, and a change lets them go', async () => {
  write('from/a', 'one');
  write('from/b', 'two');
  const runs = async (): Promise<string[]> => (await answer('copy'), readdirSync(at('state/runs')));
  const [first] = await runs();
  await runs();
  expect(await runs()).toContain(first);
  expect((await answer('verify')).result.tally).toMatchObject({ same: 2 });
  write('from/b', 'TWO');
  const after = await runs();
  expect(after).toHaveLength(1);
  expect(after).not.toContain(first);
  expect((await answer('copy')).result).toMatchObject({ isProven: true, tally: { unchanged: 2 } });
  rmSync(at('from/a'));
  expect((await answer('copy')).result.tally).toMatchObject({ unchanged: 1, extra: 1 });
  expect((await answer('copy')).result.tally).toMatchObject({ unchanged: 1, extra: 1 });
});

test('data copy: what changed at the source is copied again, and nothing else', async () => {
  write('from/a', 'one');
  write('from/b', 'two');
  await answer('copy');
  write('from/b', 'TWO');
  expect((await answer('copy')).result.tally).toMatchObject({ copied: 1, unchanged: 1 });
  expect(diff()).toBe('');
});

test('data copy: what changed at the target is refused, and written over when asked', async () => {
  write('from/a', 'one');
  await answer('copy');
  write('to/a', 'ONE');
  const refused = await answer('copy');
  expect(refused).toMatchObject({ code: 1, result: { isProven: false, findingCounts: { newer_on_target: 1 } } });
  // It is not forgotten who wrote last.
  expect(await answer('copy')).toMatchObject({ code: 1, result: { tally: { refused: 1 } } });
  expect(await answer('copy', '--overwrite')).toMatchObject({ code: 0, result: { tally: { copied: 1 } } });
  expect(diff()).toBe('');
});

test('data copy: without a manifest, what is newer and other at the target is refused; what is alike is found alike', async () => {
  write('from/same', 'one', new Date(2_000_000));
  write('from/other', 'one', new Date(2_000_000));
  write('to/same', 'one');
  write('to/other', 'two');
  const { code, result } = await answer('copy');
  expect(code).toBe(1);
  expect(result.tally).toMatchObject({ same: 1, refused: 1, copied: 0, proofs: { read: 1 } });
});

test('data sync: removes what the source does not have any more, unless it would be too much', async () => {
  for (let n = 0; n < 10; n += 1) write(`from/${n}`, `${n}`);
  await answer('copy');
  for (let n = 0; n < 3; n += 1) rmSync(at(`from/${n}`));
  const flags = ['--deletes', 'mirror', '--max-delete-percent'];
  const refused = await answer('sync', ...flags, '29');
  expect(refused).toMatchObject({ code: 1, result: { removal: { wanted: 3, removed: 0 } } });
  expect(readdirSync(at('to'))).toHaveLength(10);
  expect(await answer('sync', ...flags, '30')).toMatchObject({
    code: 0,
    result: { removal: { wanted: 3, removed: 3 } },
  });
  expect(diff()).toBe('');
});

test('data copy: a sparse file arrives as its logical bytes', async () => {
  mkdirSync(at('from'));
  execFileSync('sh', ['-c', 'printf begin > sparse && truncate -s 40M sparse && printf end >> sparse'], {
    cwd: at('from'),
  });
  expect(await answer('copy')).toMatchObject({ code: 0, result: { tally: { bytes: 40 * 1_048_576 + 3 } } });
  expect(diff()).toBe('');
});

test('data verify: content that changed at the target is told with both values, and repaired when asked', async () => {
  write('from/a', 'one');
  write('from/b', 'two');
  await answer('copy');
  write('to/b', 'twO');
  const { code, result } = await answer('verify');
  expect(code).toBe(1);
  expect(result.findings).toMatchObject([{ kind: 'mismatch', key: 'b', source: expect.stringMatching(/^crc32:/) }]);
  expect(result.findings[0]?.source).not.toBe(result.findings[0]?.target);
  expect(await answer('verify', '--repair')).toMatchObject({ code: 0, result: { tally: { same: 1, copied: 1 } } });
  expect(diff()).toBe('');
});

test('data verify: what is missing at the target is a mismatch', async () => {
  write('from/a', 'one');
  write('from/b', 'two');
  write('to/b', 'two');
  const { code, result } = await answer('verify');
  expect(code).toBe(1);
  expect(result.findings).toMatchObject([{ kind: 'mismatch', key: 'a', target: 'nothing' }]);
});

test('data verify: a sample takes the same keys for the same seed', async () => {
  for (let n = 0; n < 50; n += 1) write(`from/${n}`, `${n}`);
  await answer('copy');
  const sampled = async (seed: string): Promise<number> =>
    (await answer('verify', '--verify', 'sample(20)', '--seed', seed)).result.tally.same;
  const count = await sampled('7');
  expect(count).toBeGreaterThan(0);
  expect(count).toBeLessThan(50);
  expect(await sampled('7')).toBe(count);
});

test('data copy: links, pipes and names that are no UTF-8 are told; lost content is not proven', async () => {
  write('from/a', 'one');
  symlinkSync('a', at('from/link'));
  execFileSync('mkfifo', [at('from/pipe')]);
  const policy = await answer('copy');
  expect(policy).toMatchObject({ code: 0, result: { findingCounts: { skipped: 2 } } });
  writeFileSync(Buffer.concat([Buffer.from(at('from/')), Buffer.from([0x62, 0xff])]), 'lost');
  expect(await answer('copy')).toMatchObject({ code: 1, result: { isProven: false, findingCounts: { lost: 1 } } });
});

test('data copy: with --follow-links, links inside count as what they lead to, and those outside do not', async () => {
  write('from/a/file', 'one');
  write('outside', 'secret');
  symlinkSync('a', at('from/b'));
  symlinkSync('..', at('from/a/loop'));
  symlinkSync(at('outside'), at('from/c'));
  const { code, result } = await answer('copy', '--follow-links');
  expect(code).toBe(0);
  expect(result).toMatchObject({ tally: { copied: 2 } });
  expect(readdirSync(at('to'))).toEqual(['a', 'b']);
});

test('data copy: a link in the target does not lead it outside', async () => {
  write('from/a/file', 'one');
  mkdirSync(at('outside'));
  mkdirSync(at('to'));
  symlinkSync(at('outside'), at('to/a'));
  const { code, result } = await answer('copy');
  expect(code).toBe(1);
  expect(result.findingCounts).toEqual({ rejected: 1 });
  expect(readdirSync(at('outside'))).toEqual([]);
});

test('data plan: says what would be done, and does nothing', async () => {
  write('from/a', 'one');
  write('from/b', 'two');
  write('to/c', 'three');
  const { code, out } = await data('plan');
  expect(code).toBe(0);
  expect(out).toBe('2 to copy, 6 B\n1 only at the target: left, 5 B\n');
  expect(readdirSync(at('to'))).toEqual(['c']);
});

test('data status: knows the last run', async () => {
  expect(await data('status')).toMatchObject({ code: 1, out: expect.stringContaining('no run is known') });
  write('from/a', 'one');
  const { run } = await answer('copy');
  expect(await data('status')).toMatchObject({ code: 0, out: expect.stringContaining(`run ${run}`) });
});

test('data copy: its state is for its owner alone', async () => {
  write('from/a', 'one');
  await answer('copy');
  expect(statSync(at('state')).mode & 0o077).toBe(0);
  expect(statSync(at('state/manifest.json')).mode & 0o077).toBe(0);
});

test('data copy: a source without objects is not proven', async () => {
  mkdirSync(at('from'));
  expect(await answer('copy')).toMatchObject({ code: 1, result: { isProven: false } });
});

test('data copy: a source that is not there is one clear error', async () => {
  const { code, err } = await data('copy');
  expect(code).toBe(1);
  expect(err).toBe(`NotFound: cannot read ${at('from')} (ENOENT)\n`);
});

test.each([
  [['--verify', 'some'], '--verify some: must be changed, full, sample(PERCENT) or none'],
  [['--verify', 'sample(101)'], '--verify sample 101: must be a number from 0 to 100'],
  [['--bandwidth', 'fast'], "--bandwidth: 'fast' is no rate such as 512K, 10M or off"],
  [['--from-endpoint', 'http://localhost:1'], 'is a directory: it has neither endpoint nor profile'],
])('data copy: bad usage is named: %j', async (flags, message) => {
  write('from/a', 'one');
  const { code, err } = await data('copy', ...flags);
  expect(code).toBe(64);
  expect(err).toContain(message);
});
