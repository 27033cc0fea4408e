import { gzipSync } from 'node:zlib';
import type http from 'node:http';
import { CaptureBed, unaccounted } from './captured';
import { sendJson, until } from './support';

let bed: CaptureBed;
afterEach(async () => {
  expect(unaccounted(await bed.stop())).toBe(0);
});

test('capture: the user is answered from the source, and the request is recorded with its answer', async () => {
  bed = await CaptureBed.start();
  expect(await bed.post('/invocations?v=1', { x: 1 })).toEqual([200, '{"score":1}']);
  expect(await bed.stop()).toMatchObject({ received: 1, written: 1, parts: 1 });
  expect(bed.place.lines).toEqual([
    {
      at: 1_700_000_000_001,
      method: 'POST',
      path: '/invocations?v=1',
      headers: expect.objectContaining({ 'content-type': 'application/json' }),
      body: { json: { x: 1 } },
      answer: {
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: { json: { score: 1 } },
        latencyMs: expect.any(Number),
      },
    },
  ]);
});

test('capture: nothing of what is redacted is written, on either side, packed or not', async () => {
  bed = await CaptureBed.start({}, { headers: ['x-tenant'], paths: ['$.user.email'], query: ['who'] });
  bed.source.answer = (_received, response) => sendJson(response, { user: { email: 'SECRET' }, score: 1 });
  const secrets = { authorization: 'SECRET', 'x-tenant': 'SECRET', cookie: 'SECRET' };
  await bed.post('/a?token=SECRET&who=SECRET', { user: { email: 'SECRET' } }, secrets);
  const packed = gzipSync(JSON.stringify({ user: { email: 'SECRET' }, n: 1 }));
  await bed.ask('/b', { method: 'POST', headers: { 'content-encoding': 'gzip' } }, packed);
  await bed.ask('/c', { method: 'POST', headers: { 'content-type': 'application/json' } }, '{"email":SECRET');
  await bed.stop();
  expect(JSON.stringify(bed.place.lines)).not.toContain('SECRET');
  expect(bed.place.lines).toMatchObject([
    { path: '/a?token=[redacted]&who=[redacted]', bodyRedacted: 'values', answer: { bodyRedacted: 'values' } },
    { path: '/b', body: { json: { n: 1 } }, bodyRedacted: 'values' },
    { path: '/c', bodyRedacted: 'unreadable' },
  ]);
  expect(bed.place.lines[1]?.headers).not.toHaveProperty('content-encoding');
});

test('capture: lines stand in the order of arrival, whichever answer comes first', async () => {
  bed = await CaptureBed.start();
  const held: http.ServerResponse[] = [];
  bed.source.answer = ({ url }, response) => {
    if (url === '/slow') held.push(response);
    else sendJson(response, {});
  };
  const slow = bed.ask('/slow');
  await until(() => held.length === 1);
  await bed.ask('/quick');
  held.forEach((response) => sendJson(response, {}));
  await slow;
  await bed.stop();
  expect(bed.place.lines.map(({ path }) => path)).toEqual(['/slow', '/quick']);
});

test.each<[string, string, http.RequestOptions]>([
  ['a method that changes something', '/a', { method: 'DELETE' }],
  ['a copy', '/a', { headers: { 'x-crossfade-shadow': '1' } }],
  ['a health check', '/a', { headers: { 'user-agent': 'ELB-HealthChecker/2.0' } }],
])('capture: %s is answered and not recorded', async (_fact, path, options) => {
  bed = await CaptureBed.start();
  expect(await bed.ask(path, options)).toEqual([200, '{"score":1}']);
  expect(await bed.stop()).toMatchObject({ received: 1, skipped: 1, written: 0 });
});

test('capture: only the share that was asked for is recorded', async () => {
  const draws = [0.1, 0.5, 0.3];
  bed = await CaptureBed.start({ fraction: 0.5, random: () => draws.shift() ?? 0 });
  for (const path of ['/a', '/b', '/c']) await bed.ask(path);
  expect(await bed.stop()).toMatchObject({ received: 3, written: 2, skipped: 1 });
  expect(bed.place.lines.map(({ path }) => path)).toEqual(['/a', '/c']);
});

test('capture: at its limit it is full, and goes on answering until it is stopped', async () => {
  bed = await CaptureBed.start({ requestCountMax: 2 });
  for (const path of ['/a', '/b', '/c']) await bed.ask(path);
  await bed.isFull;
  expect(await bed.stop()).toMatchObject({ received: 3, written: 2, skipped: 1 });
});

test('capture: what does not fit is dropped and counted, and its user is answered', async () => {
  bed = await CaptureBed.start({ openCountMax: 1 });
  const held: http.ServerResponse[] = [];
  bed.source.answer = ({ url }, response) => {
    if (url === '/held') held.push(response);
    else sendJson(response, {});
  };
  const first = bed.ask('/held');
  await until(() => held.length === 1);
  expect(await bed.ask('/b')).toEqual([200, '{}']);
  held.forEach((response) => sendJson(response, {}));
  await first;
  expect(await bed.stop()).toMatchObject({ received: 2, written: 1, dropped: 1 });
});

test('capture: a place that refuses for a while loses nothing', async () => {
  bed = await CaptureBed.start({ partBytesMax: 1 });
  bed.place.refusals = 2;
  for (const path of ['/a', '/b']) await bed.ask(path);
  expect(await bed.stop()).toMatchObject({ written: 2, parts: 2, lost: 0 });
  expect(bed.slept).toEqual([10, 20]);
});

test('capture: a place that refuses for good loses what it refused, and the account says so', async () => {
  bed = await CaptureBed.start({ partBytesMax: 1 });
  bed.place.refusals = 3;
  for (const path of ['/a', '/b']) await bed.ask(path);
  expect(await bed.stop()).toMatchObject({ written: 1, lost: 1, lastError: 'the bucket is away' });
});

test('capture: parts are named by time, and may be packed', async () => {
  bed = await CaptureBed.start({ partBytesMax: 1, isPacked: true });
  for (const path of ['/a', '/b']) await bed.ask(path);
  await bed.stop();
  expect([...bed.place.files.keys()]).toEqual([
    '20231114T221320.001Z-cafe-000001.jsonl.gz',
    '20231114T221320.002Z-cafe-000002.jsonl.gz',
  ]);
  expect(bed.place.lines.map(({ path }) => path)).toEqual(['/a', '/b']);
});

test('capture: a source that does not answer is recorded without an answer', async () => {
  bed = await CaptureBed.start();
  await bed.source.stop();
  expect(await bed.ask('/a')).toEqual([502, 'the source did not answer\n']);
  await bed.stop();
  expect(bed.place.lines).toEqual([{ at: expect.any(Number), method: 'GET', path: '/a', headers: expect.anything() }]);
});

test('capture: a body that is too large travels, and is counted', async () => {
  bed = await CaptureBed.start();
  expect(await bed.ask('/a', { method: 'POST' }, Buffer.alloc(1_100_000))).toEqual([200, '{"score":1}']);
  expect(await bed.stop()).toMatchObject({ received: 1, tooLarge: 1, written: 0 });
});
