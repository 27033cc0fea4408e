import { EXACT, TapBed, TOKEN, until } from './support';

const TARGET = { url: 'http://127.0.0.1:9', headers: {} };
let bed: TapBed;
beforeEach(async () => {
  bed = await TapBed.start();
});
afterEach(() => bed.stop());

test.each<[string, Record<string, string>]>([
  ['no token', {}],
  ['another token', { authorization: 'Bearer other' }],
  ['half the token', { authorization: `Bearer ${TOKEN.slice(0, 4)}` }],
  ['the token in another scheme', { authorization: `Basic ${TOKEN}` }],
])('control: %s is answered with 401, and nothing changes', async (_fact, headers) => {
  const replies = [
    await bed.control('PUT', '/v1/shadow', { fraction: 1, target: TARGET, equivalence: EXACT }, headers),
    await bed.control('GET', '/v1/windows?from=0&to=1', undefined, headers),
    await bed.control('GET', '/v1/anything', undefined, headers),
    await bed.control('GET', '/v1/account', undefined, headers),
    await bed.control('GET', '/v1/pairs', undefined, headers),
    await bed.control('GET', '/metrics', undefined, headers),
  ];
  expect(replies.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 401]);
  await bed.request('/');
  expect((await bed.settle()).account).toMatchObject({ received: 1, skipped: 1 });
});

test('control: health is for anybody', async () => {
  expect(await bed.control('GET', '/v1/health', undefined, {})).toMatchObject({ status: 200, body: '{"ok":true}' });
});

test('control: health of the user side is an answer of the source', async () => {
  await bed.request('/v1/health');
  expect(bed.source.received).toMatchObject([{ url: '/v1/health' }]);
});

test.each<[string, unknown, RegExp]>([
  ['no object', 7, /JSON object/],
  ['no fraction', { equivalence: EXACT }, /fraction must be/],
  ['a fraction above 1', { fraction: 5, target: TARGET, equivalence: EXACT }, /fraction must be a number from 0 to 1/],
  ['a fraction without target', { fraction: 0.1, equivalence: EXACT }, /needs a target/],
  ['no equivalence', { fraction: 0 }, /equivalence must be/],
  ['a tolerance as text', { fraction: 0, equivalence: { ...EXACT, relativeTolerance: '0' } }, /relativeTolerance/],
  [
    'a target that is no URL',
    { fraction: 1, target: { url: 'ranker', headers: {} }, equivalence: EXACT },
    /target.url/,
  ],
  [
    'a header with a line end',
    { fraction: 1, target: { url: TARGET.url, headers: { 'x-a': 'b\r\nc: d' } }, equivalence: EXACT },
    /target.headers.x-a/,
  ],
  [
    'a header to sample by that is none',
    { fraction: 0, equivalence: EXACT, sampleBy: { header: '' } },
    /sampleBy.header/,
  ],
  [
    'a label from many places',
    { fraction: 0, equivalence: EXACT, segmentBy: { path: '$.a[*]' } },
    /segmentBy must hold/,
  ],
  ['too many segments', { fraction: 0, equivalence: EXACT, segments: [...'123456789'] }, /segments .* at most 8/],
  [
    'a path to hide that is none',
    { fraction: 0, equivalence: EXACT, redact: { headers: [], paths: ['a'] } },
    /redact must/,
  ],
  [
    'noise by DELETE',
    { fraction: 0, equivalence: EXACT, noise: { percent: 1, methods: ['DELETE'] } },
    /noise must hold/,
  ],
  [
    'more noise than copies',
    { fraction: 0, equivalence: EXACT, noise: { percent: 101, methods: [] } },
    /noise must hold/,
  ],
])('control: an order with %s is refused', async (_fact, order, words) => {
  expect(await bed.control('PUT', '/v1/shadow', order)).toMatchObject({
    status: 400,
    body: expect.stringMatching(words),
  });
});

test('control: an order that is too long is refused', async () => {
  expect(await bed.control('PUT', '/v1/shadow', 'x'.repeat(70_000))).toMatchObject({ status: 413 });
});

test.each(['', '?from=5', '?from=5&to=4', '?from=-1&to=4', '?from=a&to=b'])(
  'control: windows%s is refused',
  async (query) => {
    expect(await bed.control('GET', `/v1/windows${query}`)).toMatchObject({ status: 400 });
  },
);

test('control: an unknown call is 404', async () => {
  expect(await bed.control('DELETE', '/v1/shadow')).toMatchObject({ status: 404 });
});

test('control: without any traffic, everything up to the last full second is settled', async () => {
  bed.nowMs += 5_000;
  expect(await bed.windows()).toMatchObject({ windows: [], settledToMs: Math.floor(bed.nowMs / 1_000) * 1_000 });
});

test('control: only windows that lie wholly within the time asked for are shown', async () => {
  const startMs = bed.nowMs;
  for (let second = 0; second < 3; second += 1) {
    await bed.request('/');
    bed.nowMs += 1_000;
  }
  const reply = await bed.control('GET', `/v1/windows?from=${startMs + 1}&to=${startMs + 2_999}`);
  const { windows } = JSON.parse(reply.body) as { windows: { startMs: number; endMs: number }[] };
  expect(windows.map((window) => [window.startMs, window.endMs])).toEqual([[startMs + 1_000, startMs + 2_000]]);
});

test('control: a second with a copy under way is not shown until the copy is settled', async () => {
  const answer = bed.target.answer;
  let release = (): void => undefined;
  bed.target.answer = (received, response) => (release = () => answer(received, response));
  await bed.order(1);
  await bed.request('/');
  await until(() => bed.target.received.length === 1);
  const receivedMs = bed.nowMs;
  bed.nowMs += 5_000;
  expect(await bed.windows()).toMatchObject({ windows: [], settledToMs: receivedMs });
  release();
  await until(async () => (await bed.windows()).settledToMs === bed.nowMs);
  expect((await bed.windows()).windows).toMatchObject([{ startMs: receivedMs, shadow: { received: 1, mirrored: 1 } }]);
});

test('control: a second that ends while windows are read is either shown or not told as settled', async () => {
  const startMs = bed.nowMs;
  let stepMs = 0;
  const ticking = await TapBed.start({ now: () => (bed.nowMs += stepMs) });
  try {
    await ticking.request('/');
    stepMs = 400;
    const reply = await ticking.control('GET', `/v1/windows?from=${startMs}&to=${startMs + 10_000}`);
    const { windows, settledToMs } = JSON.parse(reply.body) as { windows: { endMs: number }[]; settledToMs: number };
    expect(settledToMs).toBeGreaterThanOrEqual(startMs + 1_000);
    expect(windows.map(({ endMs }) => endMs)).toEqual([startMs + 1_000]);
  } finally {
    await ticking.stop();
  }
});

test('control: one answer holds ten minutes of windows at most, and says that there are more', async () => {
  const startMs = bed.nowMs;
  for (const ms of [startMs, startMs + 700_000]) {
    bed.nowMs = ms;
    await bed.request('/');
  }
  bed.nowMs += 1_000;
  const ask = async (fromMs: number): Promise<unknown> =>
    JSON.parse((await bed.control('GET', `/v1/windows?from=${fromMs}&to=${bed.nowMs}`)).body) as unknown;
  expect(await ask(startMs)).toMatchObject({ windows: [{ startMs }], settledToMs: startMs + 600_000, hasMore: true });
  expect(await ask(startMs + 600_000)).toMatchObject({
    windows: [{ startMs: startMs + 700_000 }],
    settledToMs: bed.nowMs,
    hasMore: false,
  });
});
