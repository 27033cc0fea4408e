import http from 'node:http';
import { sendJson, switchProtocol, TapBed, until } from './support';

let bed: TapBed;
beforeEach(async () => {
  bed = await TapBed.start();
});
afterEach(() => bed.stop());

test('tap: a request reaches the source as it was sent, and its answer the user', async () => {
  bed.source.answer = (_received, response) => {
    response.writeHead(201, { 'content-type': 'text/plain', 'set-cookie': ['a=1', 'b=2'], 'x-model': 'ranker' });
    response.end('made');
  };
  const headers = { host: 'ranker.example.com', 'x-user': 'u1', connection: 'close, x-hop', 'x-hop': 'mine' };
  const reply = await bed.request('/v1/embed?a=1&b=%20', { method: 'PUT', headers }, '{"text":"hello"}');

  expect(reply).toMatchObject({
    status: 201,
    body: 'made',
    headers: { 'set-cookie': ['a=1', 'b=2'], 'x-model': 'ranker' },
  });
  expect(bed.source.received).toMatchObject([
    {
      method: 'PUT',
      url: '/v1/embed?a=1&b=%20',
      body: '{"text":"hello"}',
      headers: { host: 'ranker.example.com', 'x-user': 'u1' },
    },
  ]);
  expect(bed.source.received[0]?.headers).not.toHaveProperty('x-hop');
});

test.each(['GET', 'POST', 'DELETE'])('tap: a %s with a body in chunks keeps it', async (method) => {
  await bed.request('/', { method, headers: { 'transfer-encoding': 'chunked' } }, 'in chunks');
  expect(bed.source.received).toMatchObject([{ method, body: 'in chunks' }]);
});

test('tap: a HEAD is answered without a body', async () => {
  bed.source.answer = (_received, response) => {
    response.writeHead(200, { 'content-length': '1234' });
    response.end();
  };
  expect(await bed.request('/', { method: 'HEAD' })).toMatchObject({
    status: 200,
    body: '',
    headers: { 'content-length': '1234' },
  });
});

test('tap: before any order nothing is copied, and every request is accounted for', async () => {
  await bed.request('/');
  const { account } = await bed.settle();
  expect(account).toMatchObject({ received: 1, skipped: 1, mirrored: 0 });
  expect(bed.target.received).toEqual([]);
});

test('tap: a source that is not there is a 502, not silence', async () => {
  await bed.source.stop();
  expect(await bed.request('/')).toMatchObject({ status: 502, body: 'the source did not answer\n' });
});

test('tap: a source that wants another protocol has not answered', async () => {
  bed.source.answer = (_received, response) => switchProtocol(response);
  expect(await bed.request('/')).toMatchObject({ status: 502, body: 'the source did not answer\n' });
});

test('tap: an answer that breaks off breaks off for the user too', async () => {
  bed.source.answer = (_received, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half', () => response.destroy());
  };
  await expect(bed.request('/')).rejects.toThrow(/aborted|hang up|ECONNRESET/);
});

test('tap: a connection that idled to death is tried once more, and the user sees nothing', async () => {
  // What it copies, it keeps: a body that is not kept cannot be sent again.
  await bed.order(1);
  await bed.request('/first');
  const cut = cutNext(bed);
  expect(await bed.request('/second', { method: 'PUT' }, 'again')).toMatchObject({ status: 200 });
  expect(cut.count()).toBe(1);
  expect(bed.source.received.map(({ url, body }) => `${url} ${body}`)).toEqual([
    '/first ',
    '/second again',
    '/second again',
  ]);
});

test('tap: a POST is never sent twice, since the source may have done what it asks', async () => {
  await bed.order(1);
  await bed.request('/first');
  const cut = cutNext(bed);
  expect(await bed.request('/second', { method: 'POST' }, 'once')).toMatchObject({ status: 502 });
  expect([cut.count(), bed.source.received.length]).toEqual([1, 2]);
});

test.each([
  ['nothing', {}, 1],
  ['less than two seconds', { 'keep-alive': 'timeout=1' }, 2],
])(
  'tap: a source that says %s about how long it keeps connections: the next request has a fitting one',
  async (_said, headers, connectionCount) => {
    const ports = new Set<number | undefined>();
    bed.source.answer = (_received, response) => {
      ports.add(response.socket?.remotePort);
      response.writeHead(200, { connection: 'keep-alive', ...headers });
      response.end();
    };
    for (const path of ['/a', '/b']) await bed.request(path);
    expect(ports.size).toBe(connectionCount);
  },
);

test('tap: a connection to the source that idles is closed by the tap before a source would', async () => {
  bed.source.keepsConnections();
  await bed.request('/');
  await until(async () => (await bed.source.connectionCount()) === 0);
});

test('tap: a source that cuts a fresh connection is not asked twice', async () => {
  bed.source.answer = (_received, response) => void response.socket?.destroy();
  expect(await bed.request('/', { method: 'POST' }, 'once')).toMatchObject({ status: 502 });
  expect(bed.source.received).toHaveLength(1);
});

test('tap: a user who leaves takes the request to the source along', async () => {
  let isLeft = false;
  bed.source.answer = (_received, response) => void response.on('close', () => (isLeft = true));
  const request = http.request({ host: '127.0.0.1', port: bed.userPort, path: '/' });
  request.on('error', () => undefined);
  request.end();
  await until(() => bed.source.received.length === 1);
  request.destroy();
  await until(() => isLeft);
  expect((await bed.settle()).account).toMatchObject({ received: 1, skipped: 1 });
});

test('tap: a stopping tap answers what is under way and takes nothing new', async () => {
  let release = (): void => undefined;
  bed.source.answer = (_received, response) => (release = () => sendJson(response, { late: true }));
  const underWay = bed.request('/', { agent: new http.Agent({ keepAlive: true }) });
  await until(() => bed.source.received.length === 1);
  const stopped = bed.stopTap();
  await expect(bed.request('/new')).rejects.toThrow(/ECONNREFUSED/);
  release();
  expect(await underWay).toMatchObject({ status: 200, body: '{"late":true}' });
  await stopped;
});

/** Cuts the connection under the next request, once: what a source does whose idle limit has just run out. */
function cutNext({ source }: TapBed): { count: () => number } {
  const answer = source.answer;
  let count = 0;
  source.answer = (_received, response) => {
    count += 1;
    source.answer = answer;
    response.socket?.destroy();
  };
  return { count: () => count };
}
