import http from 'node:http';
import { sendInference } from '../support/sagemaker/fake-endpoint';
import { ProxyBed, until } from './support';

let bed: ProxyBed;
afterEach(() => bed.stop());

/** The endpoint answers when it is let. */
function hold(): { release: () => void } {
  const waiting: http.ServerResponse[] = [];
  bed.endpoint.answer = (_asked, response) => waiting.push(response);
  return { release: () => waiting.splice(0).forEach((response) => sendInference(response, '{}')) };
}

test('invoke-proxy: a request beyond the concurrency hears 503 and when to come back, and does not reach the endpoint', async () => {
  bed = await ProxyBed.start({ concurrencyMax: 2 });
  const { release } = hold();
  const running = [bed.ask(), bed.ask()];
  await until(() => bed.endpoint.asked.length === 2);

  expect(await bed.ask()).toMatchObject({
    status: 503,
    headers: { 'retry-after': '1' },
    body: 'too many requests are under way\n',
  });
  expect(bed.endpoint.asked).toHaveLength(2);
  release();
  expect((await Promise.all(running)).map(({ status }) => status)).toEqual([200, 200]);
  bed.endpoint.answer = (_asked, response) => sendInference(response, '{}');
  expect(await bed.ask()).toMatchObject({ status: 200 });
});

test('invoke-proxy: as many as the concurrency are asked at the same time', async () => {
  bed = await ProxyBed.start({ concurrencyMax: 70 });
  const { release } = hold();
  const running = Array.from({ length: 70 }, () => bed.ask());
  await until(() => bed.endpoint.asked.length === 70);
  release();
  expect((await Promise.all(running)).every(({ status }) => status === 200)).toBe(true);
});

test('invoke-proxy: health is answered while no request can be taken', async () => {
  bed = await ProxyBed.start({ concurrencyMax: 1 });
  const { release } = hold();
  const running = bed.ask();
  await until(() => bed.endpoint.asked.length === 1);
  expect(await bed.health()).toMatchObject({ status: 200 });
  release();
  await running;
});

test.each([
  ['of said length', { 'content-type': 'text/plain', 'content-length': '11' }],
  ['in chunks', { 'content-type': 'text/plain', 'transfer-encoding': 'chunked' }],
])('invoke-proxy: a body %s that is one byte too large is a 413, and its sender can go on', async (_name, headers) => {
  bed = await ProxyBed.start({ bodyBytesMax: 10 });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  expect(await bed.ask({ headers, agent }, 'x'.repeat(11))).toMatchObject({
    status: 413,
    body: 'the body has more than 10 bytes\n',
  });
  expect(await bed.ask({ agent }, 'x'.repeat(10))).toMatchObject({ status: 200 });
  expect(bed.endpoint.asked).toHaveLength(1);
  agent.destroy();
});

test('invoke-proxy: bodies of all requests together are bounded, and their room is given back', async () => {
  bed = await ProxyBed.start({ heldBytesMax: 40_000 });
  const { release } = hold();
  const running = bed.ask({}, Buffer.alloc(30_000));
  await until(() => bed.endpoint.asked.length === 1);
  expect(await bed.ask({}, Buffer.alloc(30_000))).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  release();
  await running;
  bed.endpoint.answer = (_asked, response) => sendInference(response, '{}');
  expect(await bed.ask({}, Buffer.alloc(30_000))).toMatchObject({ status: 200 });
});

test('invoke-proxy: an endpoint that does not answer in time is a 504, and is not asked any longer', async () => {
  bed = await ProxyBed.start({ timeoutMs: 100 });
  let isLeft = false;
  bed.endpoint.answer = (_asked, response) => void response.on('close', () => (isLeft = true));
  expect(await bed.ask()).toMatchObject({ status: 504, body: 'the model did not answer in time\n' });
  await until(() => isLeft);
});

test('invoke-proxy: an answer that does not end in time is a 504', async () => {
  bed = await ProxyBed.start({ timeoutMs: 100 });
  bed.endpoint.answer = (_asked, response) => void response.writeHead(200, { 'content-length': '100' }).write('half');
  expect(await bed.ask()).toMatchObject({ status: 504 });
});

test('invoke-proxy: a body that does not come in time is a 408', async () => {
  bed = await ProxyBed.start({ timeoutMs: 100 });
  const status = await new Promise((resolve, reject) => {
    const request = bed.open({}, (response) => {
      resolve(response.statusCode);
      request.destroy();
    });
    request.on('error', reject);
    request.write('half');
  });
  expect(status).toBe(408);
  expect(bed.endpoint.asked).toEqual([]);
});

test('invoke-proxy: of a configured path only that path and the one for streams are asked', async () => {
  bed = await ProxyBed.start({ path: '/invocations', streamPath: '/v1/chat' });
  expect(await bed.ask({ path: '/invocations?a=1' })).toMatchObject({ status: 200 });
  expect(await bed.ask({ path: '/other' })).toMatchObject({ status: 404 });
  expect(await bed.ask({ path: '/invocations/more' })).toMatchObject({ status: 404 });
  await bed.ask({ path: '/v1/chat' });
  expect(bed.endpoint.asked).toHaveLength(2);
});

test('invoke-proxy: a stopping one says so first, takes requests meanwhile, and answers what is under way', async () => {
  let endWait = (): void => undefined;
  bed = await ProxyBed.start({}, { wait: () => new Promise<void>((resolve) => (endWait = resolve)) });
  const { release } = hold();
  await until(async () => (await bed.health()).status === 200);
  const stopped = bed.stopProxy();

  expect(await bed.health()).toMatchObject({ status: 503, body: 'stopping\n', headers: { connection: 'close' } });
  const late = bed.ask();
  await until(() => bed.endpoint.asked.length === 1);
  endWait();
  await until(() =>
    bed
      .health()
      .then(() => false)
      .catch(() => true),
  );
  release();
  expect(await late).toMatchObject({ status: 200, headers: { connection: 'close' } });
  await stopped;
});
