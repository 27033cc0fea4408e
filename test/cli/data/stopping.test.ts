import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DataAnswer } from '../../../src/cli/data-run';
import { Terminal } from '../support';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'crossfade-data-'));
  mkdirSync(join(root, 'from'));
});
afterEach(() => rmSync(root, { recursive: true }));

const flags = (...more: string[]): string[] => [
  'data',
  'copy',
  '--from',
  join(root, 'from'),
  '--to',
  join(root, 'to'),
  '--state',
  join(root, 'state'),
  '--json',
  ...more,
];

const FILE_BYTES = 65_536;
const FILES = 40;

function fill(): void {
  for (let n = 0; n < FILES; n += 1) writeFileSync(join(root, 'from', `${n}`), Buffer.alloc(FILE_BYTES, `${n} `));
}

async function untilExists(file: string): Promise<void> {
  while (!existsSync(file)) await delay(5);
}

test('data copy: Ctrl-C ends it cleanly, and the same command goes on from there', async () => {
  fill();
  const terminal = new Terminal();
  terminal.interruption = untilExists(join(root, 'to', '1'));
  // Slow enough that it cannot be over by then.
  const stopped = await terminal.run(flags('--bandwidth', '2M'));
  expect(stopped.code).toBe(1);
  expect(JSON.parse(stopped.out)).toMatchObject({ stopped: true });
  expect(readdirSync(join(root, 'state'))).toContain('checkpoint.json');
  const arrived = readdirSync(join(root, 'to')).length;
  expect(arrived).toBeLessThan(FILES);

  const { code, out } = await new Terminal().run(flags('--bandwidth', 'off'));
  const { result, movedBytes } = JSON.parse(out) as DataAnswer;
  expect([code, result.isProven, result.tally.objects]).toEqual([0, true, FILES]);
  // What had arrived is not moved again, but for what was under way.
  expect(movedBytes).toBeLessThanOrEqual((FILES - 1) * FILE_BYTES);
  expect(readFileSync(join(root, 'to', '7'))).toEqual(readFileSync(join(root, 'from', '7')));
  expect(readdirSync(join(root, 'to'))).toHaveLength(FILES);
  expect(readdirSync(join(root, 'state'))).not.toContain('checkpoint.json');
});

test('data copy: two at once with one state are refused; a lock that a dead process left is not', async () => {
  fill();
  mkdirSync(join(root, 'state'));
  writeFileSync(join(root, 'state', 'lock'), String(process.ppid));
  const refused = await new Terminal().run(flags());
  expect(refused.code).toBe(64);
  expect(refused.err).toContain(`process ${process.ppid} is working on it`);
  // No process has such a number.
  writeFileSync(join(root, 'state', 'lock'), '4194999');
  expect(await new Terminal().run(flags())).toMatchObject({ code: 0 });
});

test('data copy: a state of other places is refused', async () => {
  fill();
  expect(await new Terminal().run(flags())).toMatchObject({ code: 0 });
  const other = await new Terminal().run([...flags(), '--to', join(root, 'elsewhere')]);
  expect(other.code).toBe(64);
  expect(other.err).toContain(`is of ${join(root, 'from')} → ${join(root, 'to')}`);
});
