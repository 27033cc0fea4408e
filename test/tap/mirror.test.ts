import { unaccountedCount } from '../../src/domain/evidence';
import { sendJson, TapBed, until } from './support';
import type { Received } from './support';

const MIB = 1_048_576;
let bed: TapBed;
afterEach(() => bed.stop());

test('mirror: the copy is the request, with the headers of the order and the mark of a copy', async () => {
  bed = await TapBed.start();
  await bed.order(1);
  await bed.request(
    '/v1/embed?a=1',
    { method: 'POST', headers: { host: 'ranker.example.com', 'content-type': 'text/plain' } },
    'hello',
  );
  await until(() => bed.target.received.length === 1);
  expect(bed.target.received[0]).toMatchObject({
    method: 'POST',
    url: '/v1/embed?a=1',
    body: 'hello',
    headers: {
      host: 'ranker.example.com',
      'content-type': 'text/plain',
      'x-probe': 'secret',
      'x-crossfade-shadow': '1',
    },
  });
});

test('mirror: the host of the order goes before the host of the request', async () => {
  bed = await TapBed.start();
  await bed.order(1, { target: { url: bed.target.url, headers: { Host: 'target.example.com' } } });
  await bed.request('/', { headers: { host: 'ranker.example.com' } });
  await until(() => bed.target.received.length === 1);
  expect(bed.target.received[0]?.headers.host).toBe('target.example.com');
});

test('mirror: the user is answered from the source while the target stalls', async () => {
  bed = await TapBed.start({ timeoutMs: 100 });
  bed.source.answer = (_received, response) => sendJson(response, { from: 'source' });
  bed.target.answer = () => undefined;
  await bed.order(1);
  expect(await bed.request('/')).toMatchObject({ status: 200, body: '{"from":"source"}' });

  const { account, source, target } = await bed.settle();
  expect(account).toEqual({
    received: 1,
    mirrored: 0,
    dropped: 0,
    timedOut: 1,
    skipped: 0,
    compared: 0,
    mismatched: 0,
  });
  expect(source).toMatchObject({ requestCount: 1, errorCount: 0 });
  expect(target).toEqual({ requestCount: 1, errorCount: 1, quantilesMs: {}, latencies: [] });
});

test('mirror: requests beyond the room for copies are dropped, and every user is answered', async () => {
  bed = await TapBed.start({ concurrencyMax: 2, queueMax: 3, timeoutMs: 300 });
  bed.target.answer = () => undefined;
  await bed.order(1);
  const replies = await Promise.all(Array.from({ length: 10 }, () => bed.request('/')));
  expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
  expect((await bed.settle()).account).toMatchObject({ received: 10, timedOut: 5, dropped: 5 });
});

test('mirror: a target that is not there counts as dropped, and as an error of the target', async () => {
  bed = await TapBed.start();
  await bed.order(1);
  await bed.target.stop();
  await bed.request('/');
  const { account, source, target } = await bed.settle();
  expect(account).toMatchObject({ received: 1, mirrored: 0, dropped: 1 });
  expect([source.errorCount, target.errorCount]).toEqual([0, 1]);
});

test('mirror: everything received is mirrored, dropped, timed out or skipped', async () => {
  bed = await TapBed.start({ concurrencyMax: 4, queueMax: 4, timeoutMs: 100 });
  const answer = bed.target.answer;
  bed.target.answer = (received, response) => (received.url.endsWith('3') ? undefined : answer(received, response));
  await bed.order(0.5);
  const sent = Array.from({ length: 60 }, (_, index) =>
    bed.request(`/${index}`, { method: 'POST' }, index % 10 === 0 ? Buffer.alloc(MIB + 1) : 'small'),
  );
  await Promise.all(sent);
  const { account } = await bed.settle();
  expect(account.received).toBe(60);
  expect(unaccountedCount(account)).toBe(0);
  expect(account.skipped).toBeGreaterThanOrEqual(6);
  expect(bed.source.received).toHaveLength(60);
});

test.each([
  [MIB, { mirrored: 1, skipped: 0 }],
  [MIB + 1, { mirrored: 0, skipped: 1 }],
])('mirror: a body of %p bytes reaches the source whole: %p', async (size, account) => {
  bed = await TapBed.start();
  await bed.order(1);
  await bed.request('/', { method: 'POST' }, Buffer.alloc(size, 'x'));
  expect((await bed.settle()).account).toMatchObject(account);
  expect(bed.source.received[0]?.body).toHaveLength(size);
});

test('mirror: an order of 0 stops copying', async () => {
  bed = await TapBed.start();
  await bed.order(1);
  await bed.order(0);
  await bed.request('/');
  expect((await bed.settle()).account).toMatchObject({ received: 1, skipped: 1 });
});

test("mirror: a load balancer's health checks are not traffic", async () => {
  bed = await TapBed.start();
  await bed.order(1);
  await bed.request('/health', { headers: { 'user-agent': 'ELB-HealthChecker/2.0' } });
  expect((await bed.settle()).account).toMatchObject({ received: 1, mirrored: 0, skipped: 1 });
  expect(bed.source.received).toHaveLength(1);
});

test('mirror: a copy that comes back to the tap is refused, so that the source is never compared with itself', async () => {
  bed = await TapBed.start();
  await bed.order(1, { target: { url: `http://127.0.0.1:${bed.userPort}`, headers: {} } });
  expect(await bed.request('/')).toMatchObject({ status: 200 });
  const { account, target } = await bed.settle();
  expect(account).toMatchObject({ received: 1, mirrored: 1, compared: 1, mismatched: 1 });
  expect(target).toMatchObject({ requestCount: 1, errorCount: 1 });
  expect(bed.source.received).toHaveLength(1);
});

interface Answers {
  readonly source: unknown;
  readonly target: unknown;
  readonly sourceStatus?: number;
  readonly targetStatus?: number;
}

test.each<[string, Answers, object]>([
  ['equal outputs', { source: { a: 1 }, target: { a: 1 } }, { compared: 1, mismatched: 0 }],
  ['outputs within tolerance', { source: { a: 1 }, target: { a: 1.009 } }, { compared: 1, mismatched: 0 }],
  ['outputs beyond tolerance', { source: { a: 1 }, target: { a: 1.02 } }, { compared: 1, mismatched: 1 }],
  ['two statuses', { source: {}, target: {}, targetStatus: 500 }, { compared: 1, mismatched: 1 }],
  [
    'failures of one status, in different words',
    { source: { id: 1 }, target: { id: 2 }, sourceStatus: 404, targetStatus: 404 },
    { compared: 1, mismatched: 0 },
  ],
])('mirror: %s are counted', async (_fact, answers, account) => {
  bed = await TapBed.start();
  bed.source.answer = (_received, response) => sendJson(response, answers.source, answers.sourceStatus);
  bed.target.answer = (_received, response) => sendJson(response, answers.target, answers.targetStatus);
  await bed.order(1, { equivalence: { relativeTolerance: 0.01, absoluteTolerance: 0, mismatchRateMax: 0 } });
  await bed.request('/');
  expect((await bed.settle()).account).toMatchObject({ received: 1, mirrored: 1, ...account });
});

test.each([
  ['same', { mismatched: 0 }],
  ['other', { mismatched: 1 }],
])('mirror: outputs that are not JSON are compared byte by byte: %s', async (targetText, account) => {
  bed = await TapBed.start();
  bed.source.answer = (_received, response) => response.end('same');
  bed.target.answer = (_received, response) => response.end(targetText);
  await bed.order(1);
  await bed.request('/');
  expect((await bed.settle()).account).toMatchObject({ compared: 1, ...account });
});

test('mirror: packed outputs are unpacked before they are compared', async () => {
  const { gzipSync } = await import('node:zlib');
  bed = await TapBed.start();
  const packed = (level: number) => (_received: Received, response: import('node:http').ServerResponse) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
    response.end(gzipSync('{"a":[1,1,1,1,1,1,1,1,1,1,1,1]}', { level }));
  };
  bed.source.answer = packed(0);
  bed.target.answer = packed(9);
  await bed.order(1);
  await bed.request('/');
  expect((await bed.settle()).account).toMatchObject({ compared: 1, mismatched: 0 });
});

test('mirror: an answer too large to keep is mirrored and not compared', async () => {
  bed = await TapBed.start();
  bed.source.answer = (_received, response) => response.end(Buffer.alloc(MIB + 1));
  await bed.order(1);
  expect((await bed.request('/')).body).toHaveLength(MIB + 1);
  expect((await bed.settle()).account).toMatchObject({ mirrored: 1, compared: 0 });
});

test('mirror: errors and latencies of both sides are those of the same requests', async () => {
  bed = await TapBed.start();
  bed.source.answer = (received, response) => sendJson(response, {}, received.url === '/bad' ? 503 : 200);
  bed.target.answer = (received, response) => sendJson(response, {}, received.url === '/good' ? 200 : 500);
  await bed.order(1);
  for (const path of ['/bad', '/good', '/else']) await bed.request(path);
  await bed.order(0);
  await bed.request('/bad');
  const { account, source, target } = await bed.settle();
  expect(account).toMatchObject({ received: 4, mirrored: 3, skipped: 1 });
  expect(source).toEqual({ requestCount: 3, errorCount: 1, quantilesMs: {}, latencies: expect.any(Array) });
  expect(target).toEqual({ requestCount: 3, errorCount: 2, quantilesMs: {}, latencies: expect.any(Array) });
});

test('mirror: a source that never ends holds up no window', async () => {
  bed = await TapBed.start({ pairTimeoutMs: 50 });
  bed.source.answer = () => undefined;
  await bed.order(1);
  const user = bed.request('/').catch((error: Error) => error.message);
  await until(() => bed.target.received.length === 1);
  expect((await bed.settle()).account).toMatchObject({ received: 1, timedOut: 1, compared: 0 });
  await bed.source.stop();
  expect(await user).toMatchObject({ status: 502 });
});
