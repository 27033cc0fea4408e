import type http from 'node:http';
import { beginStream, sendError, sendInference } from '../support/sagemaker/fake-endpoint';
import { payloadPart, streamException } from '../support/sagemaker/event-stream';
import { ProxyBed, until } from './support';

const ACCEPT = { 'content-type': 'application/json', accept: 'text/event-stream' };

let bed: ProxyBed;
afterEach(() => bed.stop());

/** Begins the stream and leaves it to the test. */
async function begin(config: Parameters<typeof ProxyBed.start>[0] = {}): Promise<() => http.ServerResponse> {
  bed = await ProxyBed.start(config);
  let upstream: http.ServerResponse | undefined;
  bed.endpoint.answer = (_asked, response) => {
    upstream = response;
    beginStream(response);
  };
  return () => upstream as http.ServerResponse;
}

interface Reading {
  response?: http.IncomingMessage;
  text: string;
  isEnded: boolean;
  isCut: boolean;
  readonly request: http.ClientRequest;
}

/** Reads an answer as it comes. */
function read(options: http.RequestOptions = { headers: ACCEPT }): Reading {
  const request = bed.open(options, (response) => {
    reading.response = response;
    response.on('data', (chunk: Buffer) => (reading.text += chunk.toString()));
    response.on('end', () => (reading.isEnded = true));
    response.on('error', () => (reading.isCut = true));
  });
  const reading: Reading = { text: '', isEnded: false, isCut: false, request };
  request.on('error', () => (reading.isCut = true));
  request.end('{}');
  return reading;
}

test('stream: every part reaches the user before the next one is there', async () => {
  const upstream = await begin();
  const reading = read();
  await until(() => upstream() !== undefined);
  upstream().write(payloadPart('data: {"a"'));
  await until(() => reading.text === 'data: {"a"');
  expect(reading.response).toMatchObject({
    statusCode: 200,
    headers: { 'content-type': 'text/event-stream', 'x-amzn-invoked-production-variant': 'crossfade' },
  });
  upstream().write(payloadPart(':1}\n\n'));
  await until(() => reading.text === 'data: {"a":1}\n\n');
  expect(reading.isEnded).toBe(false);
  upstream().end();
  await until(() => reading.isEnded);
  expect(bed.endpoint.asked).toMatchObject([{ url: '/endpoints/ranker/invocations-response-stream' }]);
});

test('stream: a part that arrives in pieces is passed on when it is whole', async () => {
  const upstream = await begin();
  const reading = read();
  await until(() => upstream() !== undefined);
  for (const byte of payloadPart('whole')) upstream().write(Buffer.from([byte]));
  await until(() => reading.text === 'whole');
  upstream().end();
  await until(() => reading.isEnded);
});

test('stream: the container is told what the user accepts', async () => {
  await begin();
  read();
  await until(() => bed.endpoint.asked.length === 1);
  expect(bed.endpoint.asked[0]?.headers['x-amzn-sagemaker-accept']).toBe('text/event-stream');
});

test('stream: the configured path is answered as a stream, others are not', async () => {
  const upstream = await begin({ streamPath: '/v1/chat' });
  const reading = read({ path: '/v1/chat?x=1' });
  await until(() => upstream() !== undefined);
  upstream().end(payloadPart('streamed'));
  await until(() => reading.text === 'streamed');
  bed.endpoint.answer = (_asked, response) => sendInference(response, 'whole');
  expect(await bed.ask({ path: '/v1/embed' })).toMatchObject({ status: 200, body: 'whole' });
  expect(bed.endpoint.asked.map(({ url }) => url.replace(/.*\//, ''))).toEqual([
    'invocations-response-stream',
    'invocations',
  ]);
});

test('stream: a user who hangs up between two parts ends the call', async () => {
  const upstream = await begin();
  const reading = read();
  await until(() => upstream() !== undefined);
  upstream().write(payloadPart('one'));
  await until(() => reading.text === 'one');
  let isEnded = false;
  upstream().on('close', () => (isEnded = true));
  reading.request.destroy();
  await until(() => isEnded);
});

test.each([
  ['a model that fails', streamException('ModelStreamError', { Message: 'x', ErrorCode: 'StreamBroken' })],
  ['a service that fails', streamException('InternalStreamFailure', { Message: 'x' })],
])('stream: %s after it began cuts the answer', async (_name, exception) => {
  const upstream = await begin();
  const reading = read();
  await until(() => upstream() !== undefined);
  upstream().write(payloadPart('half'));
  await until(() => reading.text === 'half');
  upstream().end(exception);
  await until(() => reading.isCut);
  expect(reading.isEnded).toBe(false);
});

test('stream: a connection that breaks cuts the answer', async () => {
  const upstream = await begin();
  const reading = read();
  await until(() => upstream() !== undefined);
  upstream().write(payloadPart('half'));
  await until(() => reading.text === 'half');
  upstream().destroy();
  await until(() => reading.isCut);
  expect(reading.isEnded).toBe(false);
});

test('stream: one that stalls for longer than the timeout is cut, and the call ends', async () => {
  const upstream = await begin({ timeoutMs: 100 });
  const reading = read();
  await until(() => upstream() !== undefined);
  let isEnded = false;
  upstream().on('close', () => (isEnded = true));
  upstream().write(payloadPart('half'));
  await until(() => reading.text === 'half');
  await until(() => reading.isCut && isEnded);
});

test('stream: a user who hangs up before the first part ends the call', async () => {
  const upstream = await begin();
  const reading = read();
  await until(() => upstream() !== undefined);
  let isEnded = false;
  upstream().on('close', () => (isEnded = true));
  reading.request.destroy();
  await until(() => isEnded);
});

test('stream: one without a part is an empty answer', async () => {
  const upstream = await begin();
  const reading = read();
  await until(() => upstream() !== undefined);
  upstream().end();
  await until(() => reading.isEnded);
  expect([reading.response?.statusCode, reading.text]).toEqual([200, '']);
});

test.each([
  ['is not answered', () => undefined],
  ['has no first part', (_asked: unknown, response: http.ServerResponse) => beginStream(response)],
])('stream: one that %s in time is a 504', async (_name, answer) => {
  await begin({ timeoutMs: 100 });
  bed.endpoint.answer = answer;
  expect(await bed.ask({ headers: ACCEPT })).toMatchObject({ status: 504 });
});

test('stream: what fails before it begins is told by its status', async () => {
  await begin();
  bed.endpoint.answer = (_asked, response) =>
    sendError(response, 424, 'ModelError', { OriginalStatusCode: 400, OriginalMessage: 'no prompt' });
  expect(await bed.ask({ headers: ACCEPT })).toMatchObject({ status: 400, body: 'no prompt' });
});

test('stream: a model that fails in the place of the first part is a 502', async () => {
  await begin();
  bed.endpoint.answer = (_asked, response) => {
    beginStream(response);
    response.end(streamException('ModelStreamError', { Message: 'x', ErrorCode: 'StreamBroken' }));
  };
  expect(await bed.ask({ headers: ACCEPT })).toMatchObject({ status: 502, body: 'the model broke its answer off\n' });
});

test('stream: a user who reads slowly slows the endpoint down, and gets every byte', async () => {
  const upstream = await begin();
  const part = payloadPart(Buffer.alloc(65_536, 'x'));
  let byteCount = 0;
  let isEnded = false;
  let response: http.IncomingMessage | undefined;
  bed
    .open({ headers: ACCEPT }, (answer) => {
      response = answer;
      answer.pause();
      answer.on('end', () => (isEnded = true));
    })
    .end('{}');
  await until(() => upstream() !== undefined);
  upstream().write(part);
  await until(() => response !== undefined);
  let sentCount = 1;
  while (upstream().write(part) || upstream().writableLength < 1_048_576) sentCount += 1;
  upstream().end();
  response?.on('data', (chunk: Buffer) => (byteCount += chunk.length)).resume();
  await until(() => isEnded);
  expect(byteCount).toBe((sentCount + 1) * 65_536);
});
