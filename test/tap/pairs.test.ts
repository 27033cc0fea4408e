import { WORST_MAX, withPair } from '../../src/analysis/worst-pairs';
import type { WorstPair } from '../../src/tap/pair-book';
import { EXACT, sendJson, TapBed, until } from './support';

let bed: TapBed;
beforeEach(async () => {
  bed = await TapBed.start();
});
afterEach(() => bed.stop());

const pairs = async (): Promise<WorstPair[]> =>
  (JSON.parse((await bed.control('GET', '/v1/pairs')).body) as { pairs: WorstPair[] }).pairs;

async function differAt(source: unknown, target: unknown): Promise<void> {
  bed.source.answer = (_received, response) => sendJson(response, source);
  bed.target.answer = (_received, response) => sendJson(response, target);
}

test('withPair: the worst come first, of equals the first, and no more than are shown', () => {
  const all = Array.from({ length: 60 }, (_, index) => ({ severity: index % 30, at: index }));
  const worst = all.reduce<readonly (typeof all)[number][]>((kept, pair) => withPair(kept, pair), []);
  expect(worst).toHaveLength(WORST_MAX);
  expect(worst.slice(0, 3)).toEqual([
    { severity: 29, at: 29 },
    { severity: 29, at: 59 },
    { severity: 28, at: 28 },
  ]);
});

test('pairs: the worst are told with path, both values, time and the ID of the request', async () => {
  await bed.order(1, { equivalence: { ...EXACT, relativeTolerance: 0.1 } });
  await differAt({ scores: [1, 1] }, { scores: [1, 2] });
  await bed.request('/v1/embed?a=1', { method: 'POST', headers: { 'x-request-id': 'r-1' } }, '{}');
  await differAt({ scores: [1, 1] }, { scores: [1, 'x'] });
  await bed.request('/v1/other');
  await differAt({ scores: [1, 1] }, { scores: [1, 1.05] });
  await bed.request('/v1/fine');
  await bed.settle();
  const told = await pairs();
  expect(told).toMatchObject([
    { path: '$.scores[1]', severity: null, method: 'GET', target: '/v1/other' },
    { path: '$.scores[1]', severity: 10, method: 'POST', target: '/v1/embed?a=1', id: 'r-1', atMs: 1_700_000_000_000 },
  ]);
  expect(told[1]?.detail).toContain('source 1, target 2');
});

test('pairs: nothing is stored of what the order hides, nor of credentials', async () => {
  await bed.order(1, { redact: { headers: ['X-Request-Id'], paths: ['$.user'] } });
  await differAt({ user: { mail: 'secret-one' } }, { user: { mail: 'secret-two' } });
  await bed.request('/?token=secret-three&a=1', { headers: { 'x-request-id': 'secret-four' } });
  await bed.settle();
  expect(await pairs()).toMatchObject([
    { path: '$.user', detail: '[redacted]', id: '[redacted]', target: '/?token=[redacted]&a=1' },
  ]);
  expect(JSON.stringify(await pairs())).not.toContain('secret');
});

test('pairs: of an answer without paths no value is stored', async () => {
  bed.source.answer = (_received, response) => response.end('secret one');
  bed.target.answer = (_received, response) => response.end('secret two');
  await bed.order(1);
  await bed.request('/');
  await bed.settle();
  expect(await pairs()).toMatchObject([{ path: '$', detail: 'source has 10 bytes, target 10; they part at byte 7' }]);
});

test('pairs: repeating an order keeps them, copying that begins again starts anew', async () => {
  await differAt({ a: 1 }, { a: 2 });
  await bed.order(1);
  await bed.request('/');
  await bed.settle();
  await bed.order(1);
  expect(await pairs()).toHaveLength(1);
  await bed.order(0);
  expect(await pairs()).toHaveLength(1);
  await bed.order(1);
  expect(await pairs()).toHaveLength(0);
});

const again = { percent: 100, methods: ['GET'] } as const;

test('noise: the source is asked again, and what differs of its two answers is counted', async () => {
  let calls = 0;
  bed.source.answer = (_received, response) => sendJson(response, { a: (calls += 1) === 2 ? 2 : 1 });
  bed.target.answer = (_received, response) => sendJson(response, { a: 1 });
  await bed.order(1, { noise: again });
  await bed.request('/first');
  await until(() => bed.source.received.length === 2);
  await bed.settle();
  await bed.request('/second');
  const { account } = await bed.settle();
  expect(account).toMatchObject({ compared: 2, mismatched: 0, noiseCompared: 2, noiseMismatched: 1 });
  expect(bed.source.received.map(({ url, headers }) => [url, headers['x-crossfade-shadow']])).toEqual([
    ['/first', undefined],
    ['/first', '1'],
    ['/second', undefined],
    ['/second', '1'],
  ]);
  // The order's headers lead to the target, and are its secret.
  expect(bed.source.received.map(({ headers }) => headers['x-probe'])).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(bed.target.received).toHaveLength(2);
});

test.each<[string, string, object | undefined]>([
  ['no noise is ordered', 'GET', undefined],
  ['the method may not be repeated', 'POST', again],
  ['the share is 0', 'GET', { ...again, percent: 0 }],
])('noise: nothing is sent twice when %s', async (_fact, method, noise) => {
  await bed.order(1, noise === undefined ? {} : { noise: noise as typeof again });
  await bed.request('/', { method });
  expect((await bed.settle()).account).not.toHaveProperty('noiseCompared');
  expect(bed.source.received).toHaveLength(1);
});

test('metrics: they tell the account, the queue and both sides by segment', async () => {
  await differAt({ a: 1 }, { a: 2 });
  await bed.order(1, { segmentBy: { header: 'x-model' }, segments: ['m'] });
  await bed.request('/', { headers: { 'x-model': 'm' } });
  await bed.order(0);
  await bed.request('/');
  await bed.settle();
  const { status, headers, body } = await bed.control('GET', '/metrics');
  expect([status, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  for (const line of [
    'crossfade_tap_received_total 2',
    'crossfade_tap_settled_total{outcome="mirrored"} 1',
    'crossfade_tap_settled_total{outcome="skipped"} 1',
    'crossfade_tap_compared_total{pair="target",segment="m"} 1',
    'crossfade_tap_mismatched_total{pair="target",segment="m"} 1',
    'crossfade_tap_answer_seconds_count{side="source",segment="m"} 1',
    'crossfade_tap_answer_seconds_count{side="target",segment="m"} 1',
    'crossfade_tap_fraction 0',
    'crossfade_tap_copies_waiting 0',
    'crossfade_tap_kept_bytes 0',
    'crossfade_tap_open_requests 0',
  ])
    expect(body.split('\n')).toContain(line);
});

test('metrics: open metrics ask for no token, and nothing else is open', async () => {
  const open = await TapBed.start({}, { metricsAccess: 'open' });
  try {
    expect(await open.control('GET', '/metrics', undefined, {})).toMatchObject({ status: 200 });
    expect(await open.control('GET', '/v1/account', undefined, {})).toMatchObject({ status: 401 });
  } finally {
    await open.stop();
  }
});
