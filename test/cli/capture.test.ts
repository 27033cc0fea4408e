import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sendJson, TestServer } from '../tap/support';
import { RunningCapture } from './captured';
import { Terminal } from './support';

let directory: string;
let source: TestServer;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'crossfade-capture-'));
  source = await new TestServer().start();
});
afterEach(async () => {
  await source.stop();
  rmSync(directory, { recursive: true });
});

function startCapture(...flags: string[]): RunningCapture {
  return new RunningCapture(['capture', '--listen', '127.0.0.1:0', '--source', source.url, ...flags]);
}

/** What says how a capture began, then its parts. Their names begin with chance and with the time: neither is always first. */
function filesOf(folder: string): string[] {
  const names = readdirSync(folder);
  const isStart = (name: string): boolean => name.endsWith('-start.jsonl');
  return [...names.filter(isStart), ...names.filter((name) => !isStart(name))];
}

test('capture: Ctrl-C ends it with everything written, and the account adds up', async () => {
  const to = join(directory, 'recordings');
  const capture = startCapture('--to', to, '--json');
  for (let x = 0; x < 3; x += 1) expect(await capture.ask('/invocations', { x })).toBe(200);
  capture.interrupt();
  expect(await capture.code).toBe(0);
  expect(JSON.parse(capture.out.join(''))).toMatchObject({ received: 3, written: 3, parts: 1, lost: 0, dropped: 0 });
  const [start, ...parts] = filesOf(to);
  expect(start).toMatch(/^[0-9a-f]{8}-start\.jsonl$/);
  expect(parts).toEqual([expect.stringMatching(/^\d{8}T\d{6}\.\d{3}Z-[0-9a-f]{8}-000001\.jsonl$/)]);
  expect(statSync(join(to, parts[0] as string)).mode & 0o077).toBe(0);
});

test('capture: it ends by itself at its limit', async () => {
  const capture = startCapture('--to', directory, '--max-requests', '2', '--gzip');
  for (let x = 0; x < 2; x += 1) await capture.ask('/invocations', { x });
  expect(await capture.code).toBe(0);
  expect(capture.out.join('')).toMatch(/^2 requests: 2 recorded \(1 files, \d+ bytes\), 0 skipped/);
  expect(filesOf(directory)).toEqual([expect.stringMatching(/-start\.jsonl$/), expect.stringMatching(/\.jsonl\.gz$/)]);
});

test('capture, then replay: what users asked is asked of both sides, and they agree', async () => {
  const target = await new TestServer().start();
  source.answer = target.answer = ({ body }, response) =>
    void setTimeout(() => sendJson(response, { twice: 2 * (JSON.parse(body) as { x: number }).x }), 100);
  const to = join(directory, 'recordings');
  const capture = startCapture('--to', to);
  await Promise.all(Array.from({ length: 200 }, (_, x) => capture.ask(`/invocations?n=${x}`, { x })));
  capture.interrupt();
  expect(await capture.code).toBe(0);
  const asked = source.received.splice(0).map(({ url, body }) => `${url} ${body}`);

  const policy = join(directory, 'policy.yaml');
  writeFileSync(policy, 'guardrails: {requestCountMin: 100, latency: [{quantile: p50, ratioMax: 2, ratioDetect: 9}]}');
  const flags = ['--from', to, '--source', source.url, '--target', target.url, '--policy', policy];
  const { out } = await new Terminal().run(['replay', ...flags, '--json']);
  await target.stop();
  const { figures } = JSON.parse(out) as { figures: object };
  expect(figures).toMatchObject({
    replay: { recorded: 200, sent: 200, redacted: 0, crowded: 0 },
    source: { answered: 200, errors: 0 },
    target: { answered: 200, errors: 0 },
    unpaired: 0,
    worst: [],
  });
  const again = (server: TestServer): string[] => server.received.map(({ url, body }) => `${url} ${body}`).sort();
  expect(again(source)).toEqual(asked.sort());
  expect(again(target)).toEqual(asked);
  expect(source.received.some(({ headers }) => headers.authorization !== undefined)).toBe(false);
});

test.each<[string[], RegExp]>([
  [['--percent', '101'], /--percent 101: must be a number from 0 to 100/],
  [['--listen', '8080'], /--listen 8080: must be host:port/],
  [['--source', 'here'], /--source here: must be an http or https URL/],
  [['--for', '0s'], /--for 0s: must be a duration/],
  [['--max-bytes', '1.5'], /--max-bytes 1.5: must be a whole number/],
  [['--redact-path', 'user'], /--redact-…: not a path: user/],
  [['--redact-header', ' '], /--redact-…: a header name to redact is empty/],
  [['--to', '/dev/null/recordings'], /--to \/dev\/null\/recordings: cannot be written: (Error: )?ENOTDIR/],
  [['--to', 's3://'], /s3:\/\/: must be s3:\/\/bucket\/prefix/],
])('capture: %j is bad usage, exit 64', async (flags, words) => {
  const good = ['--listen', '127.0.0.1:0', '--source', 'http://127.0.0.1:1', '--to', directory];
  const { code, err } = await new Terminal().run(['capture', ...good, ...flags]);
  expect([code, err]).toEqual([64, expect.stringMatching(words)]);
});
