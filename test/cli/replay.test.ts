import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { sendJson, TestServer } from '../tap/support';
import type { Received } from '../tap/support';
import { jumpingClock } from './clocks';
import { Terminal } from './support';

/** Loose enough that some hundred requests decide. */
const POLICY = `
guardrails:
  requestCountMin: 100
  errorRateMax: 0.1
  errorRateMargin: 0.05
  errorRateDetect: 0.3
  mismatchRateDetect: 0.2
  latency: [{quantile: p50, ratioMax: 1.5, ratioDetect: 3}]
shadow: {equivalence: {mismatchRateMax: 0.02}}
`;
const MODEL_MS = 100;

let directory: string;
let source: TestServer;
let target: TestServer;
let urls: { source: string; target: string };
let terminal: Terminal;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'crossfade-replay-'));
  source = await new TestServer().start();
  target = await new TestServer().start();
  urls = { source: source.url, target: target.url };
  terminal = new Terminal();
  source.answer = target.answer = model;
});
afterEach(async () => {
  await Promise.all([source.stop(), target.stop()]);
  rmSync(directory, { recursive: true });
});

function model({ body }: Received, response: http.ServerResponse): void {
  const answer = { score: Number((JSON.parse(body) as { x: number }).x) * 2 };
  setTimeout(() => sendJson(response, answer), MODEL_MS);
}

type Line = Record<string, unknown> | string;

const START_MS = Date.UTC(2026, 0, 2);

/** One each 100 ms. */
function asked(count: number, change: (line: Record<string, unknown>, index: number) => Line = (line) => line): Line[] {
  return Array.from({ length: count }, (_, index) =>
    change(
      {
        at: START_MS + index * 100,
        method: 'POST',
        path: '/invocations',
        headers: { 'content-type': 'application/json', authorization: '[redacted]', host: 'old' },
        body: { json: { x: index } },
      },
      index,
    ),
  );
}

function recorded(lines: readonly Line[], name = 'recording.jsonl'): string {
  const file = join(directory, name);
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  writeFileSync(file, name.endsWith('.gz') ? gzipSync(text) : text);
  return file;
}

interface Answer {
  readonly verdict: string;
  readonly reasons: string[];
  readonly figures: Record<string, Record<string, unknown>> & { readonly worst: object[] };
  readonly error?: { readonly message: string };
}

async function replayed(from: string, ...more: string[]) {
  const file = join(directory, 'policy.yaml');
  writeFileSync(file, POLICY);
  const { code, out, err } = await terminal.run([
    'replay',
    ...['--from', from, '--source', urls.source, '--target', urls.target, '--policy', file, '--json'],
    ...['--speed', '40', '--seed', '1', '--window', '100ms', ...more],
  ]);
  return { code, err, answer: JSON.parse(out) as Answer };
}

test('replay: a target like its source passes, exit 0, and every request is accounted for', async () => {
  const { code, answer, err } = await replayed(recorded(asked(250)));
  expect(answer).toMatchObject({
    verdict: 'pass',
    figures: {
      recording: { lines: 250, malformedCount: 0 },
      replay: { seed: 1, speed: 40, recorded: 250, planned: 250, sent: 250, crowded: 0, interrupted: 0 },
      source: { answered: 250, errors: 0 },
      target: { answered: 250, errors: 0 },
      unpaired: 0,
      worst: [],
    },
  });
  expect(err).toContain('seed 1');
  expect(code).toBe(0);
});

test('replay: both sides get the request as it was, marked as a copy, with headers of their own', async () => {
  const lines = asked(1, (line) => ({ ...line, path: '/invocations?v=2' }));
  await replayed(recorded(lines), '--header', 'authorization: ours', '--target-header', 'x-side: target');
  const common = {
    method: 'POST',
    url: '/invocations?v=2',
    body: '{"x":0}',
  };
  expect(source.received).toMatchObject([
    { ...common, headers: { authorization: 'ours', 'x-crossfade-shadow': '1', host: new URL(source.url).host } },
  ]);
  expect(target.received).toMatchObject([
    { ...common, headers: { authorization: 'ours', 'x-crossfade-shadow': '1', 'x-side': 'target' } },
  ]);
  expect(source.received[0]?.headers).not.toHaveProperty('x-side');
});

test('replay: a target that is slower fails, exit 1', async () => {
  target.answer = (received, response) => void setTimeout(() => model(received, response), 4 * MODEL_MS);
  const { code, answer } = await replayed(recorded(asked(400)));
  expect(answer).toMatchObject({
    verdict: 'fail',
    reasons: expect.arrayContaining([expect.stringMatching(/^P50 of the target is .* × the source now/)]),
  });
  expect(code).toBe(1);
});

test('replay: a target that answers otherwise fails, and the worst pairs are told with their paths', async () => {
  target.answer = (received, response) =>
    received.body.includes('7') ? sendJson(response, { score: -1 }) : model(received, response);
  const { code, answer } = await replayed(recorded(asked(400)));
  expect(answer).toMatchObject({
    verdict: 'fail',
    reasons: [expect.stringMatching(/compared outputs differ beyond tolerance/)],
  });
  expect(answer.figures.worst).toHaveLength(20);
  expect(answer.figures.worst[0]).toMatchObject({ id: expect.any(String), path: '$.score' });
  expect(code).toBe(1);
});

test('replay: a target that refuses what the source answers differs', async () => {
  target.answer = (_received, response) => sendJson(response, {}, 403);
  const { code, answer } = await replayed(recorded(asked(200)));
  expect(answer.figures.worst[0]).toMatchObject({ detail: 'source answered 200, target 403' });
  expect(code).toBe(1);
});

test('replay: a target that is dead fails', async () => {
  await target.stop();
  const { code, answer } = await replayed(recorded(asked(200)));
  expect(answer).toMatchObject({ verdict: 'fail', figures: { target: { answered: 0, errors: 200 } } });
  expect(code).toBe(1);
});

test('replay: a source that is dead is blind, exit 3, and the reason says which side', async () => {
  await source.stop();
  const { code, answer } = await replayed(recorded(asked(200)));
  expect(answer).toMatchObject({
    verdict: 'blind',
    reasons: [expect.stringMatching(/^source: no answer to any of 200 requests/)],
  });
  expect(code).toBe(3);
});

test('replay: sides that both refuse for want of a credential are no evidence', async () => {
  source.answer = target.answer = (_received, response) => sendJson(response, {}, 401);
  const { code, answer } = await replayed(recorded(asked(200)));
  expect(answer).toMatchObject({
    verdict: 'blind',
    reasons: [expect.stringMatching(/^source: refused 200 of 200 requests with 401/)],
  });
  expect(code).toBe(3);
});

test('replay: what is sent late passes nothing, exit 3', async () => {
  terminal.clock = jumpingClock(1_000);
  const { code, answer } = await replayed(recorded(asked(200)));
  expect(answer).toMatchObject({
    verdict: 'blind',
    reasons: [expect.stringMatching(/^requests were sent \d+\.\d ms late at P50, where the source takes/)],
  });
  expect(code).toBe(3);
});

test('replay: what does not fit is not sent, and then nothing passes', async () => {
  // All are to be sent before the first ones time out.
  terminal.clock = jumpingClock(0);
  const held: [Received, http.ServerResponse][] = [];
  source.answer = (received, response) => void held.push([received, response]);
  const { code, answer } = await replayed(recorded(asked(100)), '--concurrency-max', '3', '--timeout', '3s');
  expect(held).toHaveLength(3);
  expect(answer).toMatchObject({
    verdict: 'blind',
    reasons: [expect.stringMatching(/97 of 100 requests were not sent, because too many were in flight/)],
    figures: { replay: { sent: 3, crowded: 97, inFlightMost: 3 } },
  });
  expect(code).toBe(3);
});

test('replay: redacted requests and methods that change something are not sent, and counted', async () => {
  const lines = asked(30, (line, index) => {
    if (index === 1) return { ...line, bodyRedacted: 'values' };
    if (index === 2) return { ...line, path: '/invocations?token=[redacted]' };
    return index === 3 ? { ...line, method: 'DELETE' } : line;
  });
  const { answer } = await replayed(recorded(lines));
  expect(answer.figures['replay']).toMatchObject({ recorded: 30, sent: 27, redacted: 2, changing: 1, beyond: 0 });
  expect(source.received).toHaveLength(27);
});

test('replay: with --send-redacted, bodies of which values were replaced are sent', async () => {
  const lines = asked(3, (line) => ({ ...line, body: { json: { x: 1, user: '[redacted]' } }, bodyRedacted: 'values' }));
  const { answer } = await replayed(recorded(lines), '--send-redacted');
  expect(answer.figures['replay']).toMatchObject({ sent: 3, redacted: 0 });
});

test('replay: nothing that can be sent is insufficient, exit 2', async () => {
  const { code, answer } = await replayed(recorded(asked(5, (line) => ({ ...line, bodyRedacted: 'not_json' }))));
  expect(answer.reasons).toEqual([
    'none of 5 recorded requests can be sent: 5 are redacted, 0 may change something, 0 come later than --for',
  ]);
  expect(code).toBe(2);
});

test('replay: a clock that goes back is blind, whatever the answers say', async () => {
  const lines = asked(400, (line, index) => (index === 200 ? { ...line, at: START_MS } : line));
  const { code, answer } = await replayed(recorded(lines));
  expect(answer.reasons).toEqual(['recording: the clock goes back: line 201 is 19900 ms before the line above it']);
  expect(code).toBe(3);
});

test('replay: a directory is read file by file, packed or not, and other files are left alone', async () => {
  recorded(asked(10), 'a.jsonl');
  recorded(asked(10), 'b.jsonl.gz');
  recorded(['no recording'], 'notes.txt');
  const { answer } = await replayed(directory);
  expect(answer.figures['replay']).toMatchObject({ recorded: 20, sent: 20 });
  expect(answer.figures['recording']).toEqual({ lines: 20, malformed: [], malformedCount: 0 });
});

test('replay: a packed file that breaks off is bad usage, exit 64', async () => {
  const file = recorded(asked(50), 'a.jsonl.gz');
  writeFileSync(file, readFileSync(file).subarray(0, 100));
  const { code, answer } = await replayed(file);
  expect(answer.error?.message).toMatch(/cannot read .*a\.jsonl\.gz: Error: unexpected end of file/);
  expect(code).toBe(64);
});

test('replay: only the first ones, and nothing later than asked', async () => {
  const first = await replayed(recorded(asked(30)), '--max-requests', '10');
  expect(first.answer.figures['replay']).toMatchObject({ recorded: 10, sent: 10 });
  // 40 times as fast, one each 2.5 ms.
  const early = await replayed(recorded(asked(30)), '--for', '25ms');
  expect(early.answer.figures['replay']).toMatchObject({ recorded: 30, sent: 11, beyond: 19 });
});

test('replay: SageMaker captures are read, line by line', async () => {
  const lines = asked(4, ({ body }, index) => ({
    captureData: {
      endpointInput: {
        observedContentType: 'application/json',
        mode: 'INPUT',
        data:
          index % 2 === 0
            ? JSON.stringify((body as { json: object }).json)
            : Buffer.from(`{"x":${index}}`).toString('base64'),
        encoding: index % 2 === 0 ? 'JSON' : 'BASE64',
      },
    },
    eventMetadata: { eventId: String(index), inferenceTime: '2026-01-02T03:04:05Z' },
    eventVersion: '0',
  }));
  const { answer } = await replayed(recorded(lines), '--path', '/models/a');
  expect(answer.figures['replay']).toMatchObject({ sent: 4 });
  expect(target.received.map(({ url, method }) => `${method} ${url}`)).toEqual(Array(4).fill('POST /models/a'));
  expect(target.received.map(({ body }) => body).sort()).toEqual(['{"x":0}', '{"x":1}', '{"x":2}', '{"x":3}']);
});

test('replay: its results judge and compare to the same verdict', async () => {
  const results = join(directory, 'results');
  await replayed(recorded(asked(400)), '--results', results);
  const file = (name: string) => join(results, name);
  const policy = join(directory, 'policy.yaml');
  const judged = await terminal.run([
    'judge',
    ...['--control', file('source.jsonl'), '--target', file('target.jsonl'), '--policy', policy, '--window', '100ms'],
  ]);
  const compared = await terminal.run([
    'compare',
    ...['--source', file('source-outputs.jsonl'), '--target', file('target-outputs.jsonl'), '--policy', policy],
  ]);
  expect([judged.code, compared.code]).toEqual([0, 0]);
  expect(readdirSync(results)).toHaveLength(4);
  const again = await replayed(recorded(asked(1)), '--results', results);
  expect(again).toMatchObject({
    code: 64,
    answer: { error: { message: expect.stringMatching(/--results .*source.jsonl/) } },
  });
});

test('replay: what is redacted of answers is compared, and neither told nor kept', async () => {
  source.answer = (_received, response) => sendJson(response, { id: 'SOURCE', score: 1 });
  target.answer = (_received, response) => sendJson(response, { id: 'TARGET', score: 1 });
  const results = join(directory, 'results');
  const { answer } = await replayed(recorded(asked(5)), '--results', results, '--redact-path', '$.id');
  expect(answer.figures.worst).toHaveLength(5);
  expect(JSON.stringify(answer)).not.toMatch(/SOURCE|TARGET/);
  const kept = readdirSync(results).map((name) => readFileSync(join(results, name), 'utf8'));
  expect(kept.join()).not.toMatch(/SOURCE|TARGET/);
});

test.each<[string, Line[], RegExp]>([
  ['an empty file', [], /is empty/],
  ['a line that is not JSON', ['{"at":'], /1 of 1 lines are malformed, at most 1 % may be\n {2}line 1: not JSON/],
  ['a negative time', [{ ...(asked(1)[0] as object), at: -1 }], /line 1: at: must be .* \(got -1\)/],
  ['an infinite time', ['{"at":1e999,"method":"GET","path":"/"}'], /line 1: at: must be/],
  ['a path that is none', [{ ...(asked(1)[0] as object), path: 'http://else/' }], /line 1: path: must begin with \//],
  ['a method that is none', [{ ...(asked(1)[0] as object), method: 'GET /' }], /line 1: method: must be/],
  ['a body of two kinds', [{ ...(asked(1)[0] as object), body: { text: '', json: 1 } }], /line 1: body: must be one/],
  ['base64 that is none', [{ ...(asked(1)[0] as object), body: { base64: '=' } }], /line 1: body: must be one/],
  [
    'a header with a line break',
    [{ ...(asked(1)[0] as object), headers: { a: 'b\r\nc: d' } }],
    /line 1: headers: must/,
  ],
  ['a SageMaker line without input', [{ captureData: {} }], /line 1: captureData.endpointInput: is required/],
])('replay: %s is bad usage, exit 64, and nothing is sent', async (_fact, lines, words) => {
  const { code, answer } = await replayed(recorded(lines));
  expect(answer.error?.message).toMatch(words);
  expect(code).toBe(64);
  expect(source.received).toEqual([]);
});

test.each<[string[], RegExp]>([
  [['--speed', '0'], /--speed 0: must be a number from/],
  [['--timeout', 'soon'], /--timeout soon: must be a duration/],
  [['--concurrency-max', '0'], /--concurrency-max 0: must be a whole number/],
  [['--header', 'SECRET'], /--header: must be name:value/],
  [['--target', 'ftp://x'], /--target ftp:\/\/x: must be an http or https URL/],
  [['--redact-path', 'x'], /--redact-…: not a path: x/],
  [['--from', 'nowhere'], /cannot read nowhere/],
])('replay: %j is bad usage, exit 64', async (flags, words) => {
  const { code, answer } = await replayed(recorded(asked(1)), ...flags);
  expect(answer.error?.message).toMatch(words);
  expect(answer.error?.message).not.toContain('SECRET');
  expect(code).toBe(64);
});
