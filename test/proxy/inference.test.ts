import { ProxyBed, until } from './support';
import { sendError, sendInference } from '../support/sagemaker/fake-endpoint';

let bed: ProxyBed;
beforeEach(async () => {
  bed = await ProxyBed.start();
});
afterEach(() => bed.stop());

test('invoke-proxy: body, type and accept reach the endpoint, and its answer the user', async () => {
  bed.endpoint.answer = (_asked, response) =>
    sendInference(response, 'a,b', { 'content-type': 'text/csv', 'x-amzn-sagemaker-custom-attributes': 'trace=7' });
  const headers = { 'content-type': 'text/plain', accept: 'text/csv', authorization: 'Bearer secret' };

  expect(await bed.ask({ path: '/v1/embed?a=1', headers }, 'hello')).toMatchObject({
    status: 200,
    body: 'a,b',
    headers: {
      'content-type': 'text/csv',
      'content-length': '3',
      'x-amzn-invoked-production-variant': 'crossfade',
      'x-amzn-sagemaker-custom-attributes': 'trace=7',
      'x-amzn-requestid': 'request-1',
    },
  });
  const [asked] = bed.endpoint.asked;
  expect(asked).toMatchObject({
    url: '/endpoints/ranker/invocations',
    headers: { 'content-type': 'text/plain', accept: 'text/csv' },
  });
  expect(asked?.body.toString()).toBe('hello');
  expect(JSON.stringify(asked?.headers)).not.toContain('secret');
});

test('invoke-proxy: a body of any bytes comes through as it was, there and back', async () => {
  const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 256));
  bed.endpoint.answer = (asked, response) => sendInference(response, asked.body);
  const heard = await bed.ask({}, bytes);
  expect(bed.endpoint.asked[0]?.body.equals(bytes)).toBe(true);
  expect(heard.headers['content-length']).toBe('100000');
});

test('invoke-proxy: without a content type the endpoint hears of bytes, and of no accept', async () => {
  await bed.ask({ headers: {} });
  expect(bed.endpoint.asked[0]?.headers['content-type']).toBe('application/octet-stream');
  expect(bed.endpoint.asked[0]?.headers.accept).toBeUndefined();
});

test.each<[string, Record<string, string>, string | undefined]>([
  ['nothing', {}, undefined],
  ['a copy', { 'x-crossfade-shadow': '1' }, 'crossfade-shadow=1'],
  ['own attributes', { 'x-amzn-sagemaker-custom-attributes': 'trace=7' }, 'trace=7'],
  [
    'a copy with own attributes',
    { 'x-crossfade-shadow': '1', 'x-amzn-sagemaker-custom-attributes': 'trace=7' },
    'trace=7,crossfade-shadow=1',
  ],
])('invoke-proxy: of %s the container reads so much in its custom attributes', async (_name, headers, expected) => {
  await bed.ask({ headers });
  expect(bed.endpoint.asked[0]?.headers['x-amzn-sagemaker-custom-attributes']).toBe(expected);
});

test.each([
  [1_024, {}, 200],
  [1_025, {}, 400],
  [1_005, { 'x-crossfade-shadow': '1' }, 200],
  [1_006, { 'x-crossfade-shadow': '1' }, 400],
])('invoke-proxy: custom attributes of %d characters, with %j, are a %d', async (length, headers, status) => {
  const own = { 'x-amzn-sagemaker-custom-attributes': 'x'.repeat(length), ...headers };
  expect(await bed.ask({ headers: own })).toMatchObject({ status });
  expect(bed.endpoint.asked).toHaveLength(status === 200 ? 1 : 0);
});

test.each([
  ['GET', '/', {}, 405],
  ['PUT', '/', {}, 405],
  ['POST', '/', { 'content-encoding': 'gzip' }, 415],
  ['POST', '/', { 'content-encoding': 'identity' }, 200],
])('invoke-proxy: %s %s with %j is a %d', async (method, path, headers, status) => {
  expect(await bed.ask({ method, path, headers })).toMatchObject({ status });
  expect(bed.endpoint.asked).toHaveLength(status === 200 ? 1 : 0);
});

type Sent = [status: number, code: string, fields: object];

test.each<[string, Sent, object]>([
  [
    "the container's own error",
    [424, 'ModelError', { OriginalStatusCode: 422, OriginalMessage: '{"error":"too long"}' }],
    { status: 422, body: '{"error":"too long"}', headers: { 'content-type': 'application/json' } },
  ],
  [
    "the container's own text",
    [424, 'ModelError', { OriginalStatusCode: 500, OriginalMessage: '{broken' }],
    { status: 500, body: '{broken', headers: { 'content-type': 'text/plain' } },
  ],
  ['a container that did not answer', [424, 'ModelError', { OriginalStatusCode: 0 }], { status: 504 }],
  ['a container that leads elsewhere', [424, 'ModelError', { OriginalStatusCode: 302 }], { status: 502 }],
  ['a model that is not ready', [429, 'ModelNotReadyException', {}], { status: 503, headers: { 'retry-after': '1' } }],
  ['throttling', [400, 'ThrottlingException', {}], { status: 503, headers: { 'retry-after': '1' } }],
  ['a busy service', [503, 'ServiceUnavailable', {}], { status: 503, headers: { 'retry-after': '1' } }],
  ['a body that is too large for it', [413, 'ValidationError', {}], { status: 413 }],
  ['an unknown endpoint', [400, 'ValidationError', {}], { status: 502, body: 'the endpoint cannot be asked\n' }],
  ['a missing right', [403, 'AccessDeniedException', {}], { status: 502, body: 'the endpoint cannot be asked\n' }],
  ['a fault of its own', [500, 'InternalFailure', {}], { status: 502 }],
  ['a fault of what it depends on', [530, 'InternalDependencyException', {}], { status: 502 }],
])('invoke-proxy: what the user hears of %s', async (_name, sent, expected) => {
  bed.endpoint.answer = (_asked, response) => sendError(response, ...sent);
  expect(await bed.ask()).toMatchObject(expected);
});

test('invoke-proxy: an endpoint that fails is asked once', async () => {
  bed.endpoint.answer = (_asked, response) => sendError(response, 503, 'ServiceUnavailable', {});
  await bed.ask();
  expect(bed.endpoint.asked).toHaveLength(1);
});

test('invoke-proxy: a connection that breaks after the request was sent is a 502, and it is not sent again', async () => {
  bed.endpoint.answer = (_asked, response) => void response.socket?.destroy();
  expect(await bed.ask()).toMatchObject({ status: 502 });
  expect(bed.endpoint.asked).toHaveLength(1);
});

test('invoke-proxy: an endpoint that cannot be reached is a 502', async () => {
  await bed.endpoint.stop();
  expect(await bed.ask()).toMatchObject({ status: 502, body: 'the endpoint cannot be asked\n' });
});

test('invoke-proxy: a missing right is told the operator once a minute, with no message of AWS and no key', async () => {
  bed.endpoint.answer = (_asked, response) =>
    sendError(response, 403, 'AccessDeniedException', { Message: 'token=secret' });
  const denials = (): string[] => bed.logged.filter((line) => line.includes('sagemaker:InvokeEndpoint'));
  await bed.ask();
  await bed.ask();
  await bed.ask();
  expect(denials()).toEqual([
    'not allowed: give this process sagemaker:InvokeEndpoint on ranker (AccessDeniedException, HTTP 403, request request-1)',
  ]);
  bed.nowMs += 60_000;
  await bed.ask();
  expect(denials()).toEqual([expect.any(String), expect.stringMatching(/\(and 2 times before\)$/)]);
  expect(bed.logged.join()).not.toContain('secret');
});

test('invoke-proxy: connections to the endpoint are used again', async () => {
  const ports = new Set<number | undefined>();
  bed.endpoint.answer = (_asked, response) => {
    ports.add(response.socket?.remotePort);
    sendInference(response, '{}');
  };
  for (let count = 0; count < 5; count += 1) await bed.ask();
  expect(ports.size).toBe(1);
});

test('invoke-proxy: a user who leaves takes the request to the endpoint along', async () => {
  let isLeft = false;
  bed.endpoint.answer = (_asked, response) => void response.on('close', () => (isLeft = true));
  const request = bed.open({}, () => undefined);
  request.on('error', () => undefined);
  request.end('{}');
  await until(() => bed.endpoint.asked.length === 1);
  request.destroy();
  await until(() => isLeft);
  expect(bed.logged).toEqual([]);
});

test('invoke-proxy: a user who leaves while the answer comes takes the connection along', async () => {
  let isLeft = false;
  bed.endpoint.answer = (_asked, response) => {
    response.on('close', () => (isLeft = true));
    response.writeHead(200, { 'content-length': '100' }).write('half');
  };
  const request = bed.open({}, () => undefined);
  request.on('error', () => undefined);
  request.end('{}');
  await until(() => bed.endpoint.asked.length === 1);
  request.destroy();
  await until(() => isLeft);
});

test('invoke-proxy: each request has an inference ID of its own, by which a capture is joined', async () => {
  await bed.ask();
  await bed.ask();
  const [first, second] = bed.endpoint.asked.map(({ headers }) => headers['x-amzn-sagemaker-inference-id']);
  expect(first).toMatch(/^[0-9a-f-]{36}$/);
  expect(second).toMatch(/^[0-9a-f-]{36}$/);
  expect(first).not.toBe(second);
});

test('invoke-proxy: without a variant of its own it lets the weights choose, whatever users ask for', async () => {
  await bed.ask({ headers: { 'x-amzn-sagemaker-target-variant': 'crossfade' } });
  expect(bed.endpoint.asked[0]?.headers).not.toHaveProperty('x-amzn-sagemaker-target-variant');
});

test('invoke-proxy: with a variant of its own it asks that one alone', async () => {
  const pinned = await ProxyBed.start({ variant: 'crossfade' });
  try {
    await pinned.ask({ headers: { 'x-amzn-sagemaker-target-variant': 'primary' } });
    expect(pinned.endpoint.asked[0]?.headers['x-amzn-sagemaker-target-variant']).toBe('crossfade');
  } finally {
    await pinned.stop();
  }
});
