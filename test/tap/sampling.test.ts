import fc from 'fast-check';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { sampleKeyOf } from '../../src/tap/sampling';
import type { Draw } from '../../src/tap/sampling';
import { TapBed } from './support';

interface Asked {
  readonly method?: string;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly chunks?: readonly string[];
}

const SOCKET = new Socket();
const BY_CONVERSATION = { header: 'X-Conversation-Id' };

function drawOf(
  { method = 'POST', url = '/', headers = {}, chunks = [] }: Asked,
  sampleBy?: typeof BY_CONVERSATION,
): Draw {
  const request = new IncomingMessage(SOCKET);
  request.method = method;
  request.url = url;
  request.headersDistinct = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
  const key = sampleKeyOf(request, sampleBy);
  for (const chunk of chunks) request.emit('data', Buffer.from(chunk));
  return key.draw();
}

const conversation = (id: string, url = '/'): Draw =>
  drawOf({ url, headers: { 'x-conversation-id': id } }, BY_CONVERSATION);

test('sampleKeyOf: one conversation has one draw, whatever it says', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.webPath(), fc.string(), (id, url, text) => {
      const [one, other] = [
        drawOf({ url, headers: { 'x-conversation-id': id }, chunks: [text] }, BY_CONVERSATION),
        conversation(id),
      ];
      expect(one).toEqual(other);
    }),
    { seed: 1 },
  );
});

test('sampleKeyOf: without the header the request itself is the key, however its body is cut', () => {
  const whole = drawOf({ chunks: ['{"a":1}'] }, BY_CONVERSATION);
  expect(drawOf({ chunks: ['{"a"', ':1}'] })).toEqual(whole);
  const others = [
    drawOf({ chunks: ['{"a":2}'] }),
    drawOf({ url: '/b', chunks: ['{"a":1}'] }),
    drawOf({ method: 'PUT', chunks: ['{"a":1}'] }),
  ];
  expect(new Set([whole, ...others].map(({ copy }) => copy)).size).toBe(4);
});

test.each([0.05, 0.25, 0.5, 0.9])('sampleKeyOf: of many conversations a share of %p is drawn', (fraction) => {
  const count = 5_000;
  const draws = Array.from({ length: count }, (_, index) => conversation(`c-${index}`));
  const sigma = Math.sqrt(count * fraction * (1 - fraction));
  for (const kind of ['copy', 'noise'] as const) {
    const drawn = draws.filter((draw) => draw[kind] < fraction).length;
    expect(Math.abs(drawn - count * fraction)).toBeLessThan(4 * sigma);
  }
  const both = draws.filter(({ copy, noise }) => copy < fraction && noise < fraction).length;
  expect(Math.abs(both - count * fraction ** 2)).toBeLessThan(4 * Math.sqrt(count * fraction ** 2));
});

test('mirror: raising the fraction keeps what was copied and adds to it', async () => {
  const bed = await TapBed.start();
  try {
    const copiedAt = async (fraction: number): Promise<string[]> => {
      bed.target.received.length = 0;
      await bed.order(fraction, { sampleBy: BY_CONVERSATION });
      for (let index = 0; index < 40; index += 1)
        await bed.request('/', { headers: { 'x-conversation-id': `c-${index}` } });
      await bed.settle();
      return bed.target.received.map(({ headers }) => String(headers['x-conversation-id']));
    };
    const expected = (fraction: number): string[] =>
      Array.from({ length: 40 }, (_, index) => `c-${index}`).filter((id) => conversation(id).copy < fraction);
    expect((await copiedAt(0.3)).sort()).toEqual(expected(0.3).sort());
    expect((await copiedAt(0.6)).sort()).toEqual(expected(0.6).sort());
    expect(expected(0.6)).toEqual(expect.arrayContaining(expected(0.3)));
    expect(expected(0.3).length).toBeGreaterThan(0);
  } finally {
    await bed.stop();
  }
});
