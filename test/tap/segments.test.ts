import type { EvidenceWindow } from '../../src/domain/evidence';
import { sendJson, TapBed } from './support';

let bed: TapBed;
beforeEach(async () => {
  bed = await TapBed.start();
});
afterEach(() => bed.stop());

const lastWindow = async (): Promise<EvidenceWindow | undefined> => {
  await bed.settle();
  return (await bed.windows()).windows.at(-1);
};

test('segments: pairs are told apart by a header, and only by the labels of the order', async () => {
  bed.target.answer = (received, response) => sendJson(response, {}, received.headers['x-model'] === 'b' ? 500 : 200);
  await bed.order(1, { segmentBy: { header: 'X-Model' }, segments: ['a', 'b'] });
  for (const model of ['a', 'b', 'b', 'made-up']) await bed.request('/', { headers: { 'x-model': model } });
  await bed.request('/');
  expect(await lastWindow()).toMatchObject({
    source: { requestCount: 5 },
    target: { requestCount: 5, errorCount: 2 },
    segments: {
      a: { source: { requestCount: 1, errorCount: 0 }, target: { requestCount: 1, errorCount: 0 } },
      b: { source: { requestCount: 2, errorCount: 0 }, target: { requestCount: 2, errorCount: 2 } },
    },
  });
  expect(Object.keys((await lastWindow())?.segments ?? {})).toEqual(['a', 'b']);
});

test('segments: a path into the request labels the pair, also when the target does not answer', async () => {
  await bed.stop();
  bed = await TapBed.start({ timeoutMs: 50 });
  bed.target.answer = () => undefined;
  await bed.order(1, { segmentBy: { path: '$.options["model"]' }, segments: ['a', '7'] });
  for (const body of ['{"options":{"model":"a"}}', '{"options":{"model":7}}', '{"options":[]}', 'no JSON'])
    await bed.request('/', { method: 'POST' }, body);
  expect(await lastWindow()).toMatchObject({
    target: { requestCount: 4, errorCount: 4 },
    segments: {
      a: { target: { requestCount: 1, errorCount: 1 } },
      '7': { target: { requestCount: 1, errorCount: 1 } },
    },
  });
});

test('segments: latencies of a segment are those of its pairs', async () => {
  await bed.order(1, { segmentBy: { header: 'x-model' }, segments: ['a'] });
  await bed.request('/', { headers: { 'x-model': 'a' } });
  const window = await lastWindow();
  expect(window?.segments?.['a']?.source.latencies).toEqual(window?.source.latencies);
  expect(window?.source.latencies).toHaveLength(1);
});

test('segments: a label called __proto__ is a label', async () => {
  await bed.order(1, { segmentBy: { header: 'x-model' }, segments: ['__proto__'] });
  await bed.request('/', { headers: { 'x-model': '__proto__' } });
  expect(Object.keys((await lastWindow())?.segments ?? {})).toEqual(['__proto__']);
});
