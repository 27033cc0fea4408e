import type { ServerResponse } from 'node:http';
import http from 'node:http';
import { eventsOf } from '../../src/tap/event-stream';
import { TapBed, until } from './support';

let bed: TapBed;
beforeEach(async () => {
  bed = await TapBed.start();
});
afterEach(() => bed.stop());

function sendEvents(response: ServerResponse, ...chunks: string[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  for (const chunk of chunks) response.write(chunk);
  response.end();
}

test.each<[string, string, string[]]>([
  ['two events', 'data: a\n\ndata: b\n\n', ['a', 'b']],
  ['lines of one event', 'data: a\ndata:b\n\n', ['a\nb']],
  ['comments, names, IDs and line ends of all kinds', ': hi\r\nevent: x\rid: 7\ndata: a\r\n\r\n', ['a']],
  ['an empty line of data', 'data\n\n', ['']],
  ['an event that is not closed', 'data: a', ['a']],
  ['nothing', ': keep-alive\n\n', []],
])('eventsOf: reads %s', (_fact, text, events) => {
  expect(eventsOf(text)).toEqual(events);
});

test('stream: the user gets each chunk when it comes', async () => {
  let finish = (): void => undefined;
  bed.source.answer = (_received, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: first\n\n');
    finish = () => response.end('data: last\n\n');
  };
  const chunks: string[] = [];
  const ended = new Promise<void>((resolve) => {
    http.get({ host: '127.0.0.1', port: bed.userPort }, (response) => {
      response.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
      response.on('end', resolve);
    });
  });
  await until(() => chunks.length === 1);
  expect(chunks).toEqual(['data: first\n\n']);
  finish();
  await ended;
  expect(chunks).toEqual(['data: first\n\n', 'data: last\n\n']);
});

test.each<[string, string[], string[], number]>([
  ['JSON within tolerance, cut elsewhere', ['data: {"a":1}\n', '\n'], ['data: {"a":', '1.001}\n\n'], 0],
  ['JSON beyond tolerance', ['data: {"a":1}\n\n'], ['data: {"a":2}\n\n'], 1],
  ['a path that is not compared', ['data: {"id":1}\n\n'], ['data: {"id":2}\n\n'], 0],
  [
    'JSON that ends with a word',
    ['data: {"a":1}\n\n', 'data: [DONE]\n\n'],
    ['data: {"a":1}\n\n', 'data: [DONE]\n\n'],
    0,
  ],
  ['an event that is missing', ['data: {"a":1}\n\n', 'data: {"a":1}\n\n'], ['data: {"a":1}\n\n'], 1],
  ['text that is cut elsewhere', ['data: Hel\n\n', 'data: lo\n\n'], ['data: Hello\n\n'], 0],
  ['other text', ['data: Hello\n\n'], ['data: Hullo\n\n'], 1],
])('stream: %s is compared at its end', async (_fact, source, target, mismatched) => {
  bed.source.answer = (_received, response) => sendEvents(response, ...source);
  bed.target.answer = (_received, response) => sendEvents(response, ...target);
  const equivalence = { relativeTolerance: 0.01, absoluteTolerance: 0, mismatchRateMax: 0, ignore: ['$.id'] };
  await bed.order(1, { equivalence });
  await bed.request('/');
  expect((await bed.settle()).account).toMatchObject({ compared: 1, mismatched });
});

test('stream: first bytes and gaps of both sides are measured', async () => {
  bed.source.answer = (_received, response) => sendEvents(response, 'data: a\n\n');
  bed.target.answer = (_received, response) => sendEvents(response, 'data: a\n\n');
  await bed.order(1);
  await bed.request('/');
  await bed.settle();
  const { body } = await bed.control('GET', '/metrics');
  for (const name of ['first_byte_seconds', 'stream_gap_seconds'])
    for (const side of ['source', 'target']) expect(body).toContain(`crossfade_tap_${name}_count{side="${side}"} 1`);
});
