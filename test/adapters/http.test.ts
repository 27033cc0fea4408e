import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpProber } from '../../src/adapters/http-prober';
import { TapControl } from '../../src/adapters/tap-control';
import { epochMs } from '../../src/domain/quantity';

type Answer = (request: IncomingMessage & { body: string }, response: ServerResponse) => void;
const servers: Server[] = [];

/** A server on loopback that answers as told. @returns its address. */
async function serving(answer: Answer): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answer(Object.assign(request, { body: Buffer.concat(chunks).toString() }), response));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

describe('HttpProber', () => {
  const predict = { method: 'POST', path: '/predict', headers: {}, body: { x: 1 } } as const;

  test('HttpProber: the Host header is the given one, and JSON goes both ways', async () => {
    const endpoint = await serving((request, response) => {
      response.setHeader('content-type', 'application/json; charset=utf-8');
      response.end(
        JSON.stringify({
          host: request.headers.host,
          type: request.headers['content-type'],
          url: request.url,
          body: request.body,
        }),
      );
    });
    const answer = await new HttpProber().send(`${endpoint}/api/`, predict, {
      Host: 'ranker.example',
      'x-crossfade-probe': 's',
    });
    expect(answer).toMatchObject({
      status: 200,
      body: { host: 'ranker.example', type: 'application/json', url: '/api/predict', body: '{"x":1}' },
    });
    expect(answer.latencyMs).toBeGreaterThan(0);
  });

  test('HttpProber: a failed answer is an answer', async () => {
    const endpoint = await serving((_request, response) => response.writeHead(503).end('busy'));
    expect(await new HttpProber().send(endpoint, predict, {})).toMatchObject({ status: 503, body: 'busy' });
  });

  test('HttpProber: JSON that is none comes as the text that it is', async () => {
    const endpoint = await serving((_request, response) =>
      response.setHeader('content-type', 'application/json').end('{'),
    );
    expect(await new HttpProber().send(endpoint, predict, {})).toMatchObject({ body: '{' });
  });

  test('HttpProber: a cut answer and a closed port are EndpointUnreachable', async () => {
    const endpoint = await serving((_request, response) => {
      response.writeHead(200, { 'content-length': 10 });
      response.write('half');
      setImmediate(() => response.destroy());
    });
    await expect(new HttpProber().send(endpoint, predict, {})).rejects.toMatchObject({ code: 'EndpointUnreachable' });
    await expect(new HttpProber().send('http://127.0.0.1:1', predict, {})).rejects.toMatchObject({
      code: 'EndpointUnreachable',
    });
  });
});

describe('TapControl', () => {
  const order = { fraction: 0.05, equivalence: { relativeTolerance: 0, absoluteTolerance: 0, mismatchRateMax: 0 } };
  const windowsOf = (answer: object): Promise<string> =>
    serving((_request, response) => response.end(JSON.stringify(answer)));

  test('TapControl: an order is put whole, with the token', async () => {
    let seen: object = {};
    const tap = await serving((request, response) => {
      seen = {
        method: request.method,
        url: request.url,
        token: request.headers.authorization,
        order: JSON.parse(request.body) as unknown,
      };
      response.writeHead(204).end();
    });
    await new TapControl('secret').setOrder(`${tap}/`, order);
    expect(seen).toEqual({ method: 'PUT', url: '/v1/shadow', token: 'Bearer secret', order });
  });

  test.each([
    [401, 'TapRefused'],
    [403, 'TapRefused'],
    [400, 'TapUnreachable'],
    [500, 'TapUnreachable'],
  ])('TapControl: an order answered with %d is %s', async (status, code) => {
    const tap = await serving((_request, response) => response.writeHead(status).end('no'));
    await expect(new TapControl(undefined).setOrder(tap, order)).rejects.toMatchObject({ code });
  });

  test('TapControl: a refusal does not repeat the token', async () => {
    const tap = await serving((_request, response) => response.writeHead(401).end());
    await expect(new TapControl('hunter2').setOrder(tap, order)).rejects.toMatchObject({
      message: expect.not.stringContaining('hunter2'),
    });
  });

  test('TapControl: windows settled up to the very end are complete', async () => {
    const tap = await windowsOf({ windows: [], settledToMs: 2_000, keptFromMs: 1_000 });
    expect(await new TapControl(undefined).readWindows(tap, epochMs(1_000), epochMs(2_000))).toEqual({
      complete: true,
      windows: [],
    });
  });

  test('TapControl: windows that are not settled yet are left for the next look', async () => {
    const settled = { startMs: 1_000, endMs: 2_000 };
    const open = { startMs: 2_000, endMs: 3_000 };
    const tap = await windowsOf({ windows: [settled, open], settledToMs: 2_000, keptFromMs: 0 });
    expect(await new TapControl(undefined).readWindows(tap, epochMs(1_000), epochMs(3_000))).toEqual({
      complete: true,
      windows: [settled],
      coveredToMs: 2_000,
    });
  });

  test.each([
    ['stuck for longer than any copy may take', { windows: [], settledToMs: 1_000, keptFromMs: 0 }, 91_001],
    ['of a tap that started in the middle', { windows: [], settledToMs: 2_000, keptFromMs: 1_001 }, 2_000],
    ['another shape', { windows: {} }, 2_000],
    ['in parts that lead nowhere', { windows: [], settledToMs: 1_000, keptFromMs: 0, hasMore: true }, 2_000],
    ['without its beginning', { windows: [], settledToMs: 2_000 }, 2_000],
  ])('TapControl: an answer that is %s is incomplete', async (_name, answer, toMs) => {
    const tap = await windowsOf(answer);
    expect(await new TapControl(undefined).readWindows(tap, epochMs(1_000), epochMs(toMs))).toMatchObject({
      complete: false,
    });
  });

  test('TapControl: a tap that is not there is incomplete, with the cause in words', async () => {
    const evidence = await new TapControl(undefined).readWindows('http://127.0.0.1:1', epochMs(1_000), epochMs(2_000));
    expect(evidence).toEqual({ complete: false, cause: expect.stringContaining('http://127.0.0.1:1/v1/windows') });
  });
});
